"""What an edit changes on a rig: channels of its bones, on the frames where anything differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.keys.keyframes import Channel
from ....blender.paths import bone_of_path
from ....blender.rig.take import Take, channels_to, look_at, part_of, pieces
from ....core.conventions import Ints
from ....core.editing.edited import Edited
from ....core.retarget.difference import carry_difference
from ..job import EditJob

Array = NDArray[np.float64]

_SAME_TURN = 2e-6
_SAME_PLACE_M = 2e-6


def differs(take: Take, edited: Edited) -> bool:
    """Whether an edit that keeps the time of every frame changed anything of a take."""
    before, after = take.common, edited.clip
    if np.abs(after.root_positions - before.root_positions).max() > _SAME_PLACE_M:
        return True
    own, new = before.rotations_wxyz, after.rotations_wxyz
    signed = np.where(np.sum(own * new, axis=-1, keepdims=True) < 0, -new, new)
    return bool(np.abs(signed - own).max() > _SAME_TURN)


def frames_to_key(job: EditJob) -> Ints:
    """Indices of the frames of a job's take that may change."""
    frames, (first, last) = job.take.frames, job.span
    return np.flatnonzero((frames >= first) & (frames <= last))


def difference_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    partly: Sequence[bpy.types.NlaTrack] = (),
) -> list[Channel]:
    """Channels of an edit that keeps the time of every frame; none where nothing differs.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        job: what was read.
        edited: what was made of it.
        partly: layers that the result will lie over, and be computed against.
    """
    take = job.take
    if not differs(take, edited):
        return []
    where = frames_to_key(job)
    if take.base is None:
        return _chosen(job, _long_channels(context, armature, take, edited, where, partly))
    desired = carry_difference(take.common, edited.clip, take.base, take.rig.joint_map, take.origin)
    return _chosen(job, channels_to(context, armature, take, desired, where, partly))


def _long_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    take: Take,
    edited: Edited,
    where: Ints,
    partly: Sequence[bpy.types.NlaTrack],
) -> list[Channel]:
    """Channels of a long take, part by part; a bone that changes in none of them gets no keys."""
    found: dict[tuple[str, int], list[Channel]] = {}
    changed: set[tuple[str, int]] = set()
    for start, stop, low, high in pieces(len(take.frames), take.common.frame_rate_hz):
        own = where[(where >= start) & (where < stop)] - low
        if not len(own):
            continue
        frames = take.frames[low:high]
        posed, base = look_at(context, armature, take.rig, take.body, frames)
        before, after = (part_of(c, np.arange(low, high)) for c in (take.common, edited.clip))
        here = replace(take, frames=frames, posed=posed, base=base, common=before)
        desired = carry_difference(before, after, base, take.rig.joint_map, take.origin)
        for each in channels_to(context, armature, here, desired, own, partly, every=True):
            found.setdefault((each.data_path, each.index), []).append(each)
        pruned = channels_to(context, armature, here, desired, own, partly)
        changed |= {(each.data_path, each.index) for each in pruned}
    return [_joined(parts) for key, parts in found.items() if key in changed]


def _joined(parts: Sequence[Channel]) -> Channel:
    """One channel of several that follow one another."""
    frames, values = (np.concatenate([getattr(each, what) for each in parts])
                      for what in ("frames", "values"))  # fmt: skip
    return replace(parts[0], frames=frames, values=values)


def _chosen(job: EditJob, channels: list[Channel]) -> list[Channel]:
    """Those of the chosen bones, where what is keyed is among what was chosen."""
    chosen = set(job.bones) & set(job.take.body.keyed)
    if not chosen:
        return channels
    return [each for each in channels if bone_of_path(each.data_path) in chosen]
