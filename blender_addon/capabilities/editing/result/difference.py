"""What an edit changes on a rig: channels of its bones, on the frames where anything differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.keys.held import held_turns, held_values
from ....blender.keys.keyframes import Channel, group_channels
from ....blender.keys.layer_values import other_layers, track_paths
from ....blender.keys.sampled import compatible_eulers, evaluated_values
from ....blender.paths import bone_of_path
from ....blender.rig.take import Take, look_at, part_of, pieces
from ....blender.rig.whole_body import whole_body_channels
from ....core.conventions import Ints
from ....core.editing.edited import Edited
from ....core.motion.clip import MotionClip
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


def channels_to(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    take: Take,
    desired: MotionClip,
    where: Ints,
    partly: Sequence[bpy.types.NlaTrack] | None = None,
    *,
    every: bool = False,
) -> list[Channel]:
    """Channels that take a rig from what it does to something else.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        take: what it does.
        desired: T frames of the rig's skeleton.
        where: indices of the frames that get keys.
        partly: layers that the keys will lie over; None where no layer shall lie beneath.
        every: bones that do not change as well.
    """
    frames = take.frames[where]
    layered = [] if partly is None else _layered(armature, take.body.keyed, partly)
    bones = armature.pose.bones
    held = [name for name in layered if bones[name].rotation_mode == "QUATERNION"]
    turns = held_turns(context, armature, held, frames, partly or ()) if held else {}
    base, then = (part_of(clip, where) for clip in (take.base, desired))
    channels = whole_body_channels(
        armature, take.rig, take.body, take.posed.at(where), base, then, frames, turns,
        every=every,
    )  # fmt: skip
    return (
        _beneath_others(context, armature, channels, layered, partly or ()) if layered else channels
    )


def _beneath_others(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    channels: Sequence[Channel],
    layered: Sequence[str],
    partly: Sequence[bpy.types.NlaTrack],
) -> list[Channel]:
    """Channels whose numbers other layers add to, less what those add.

    Quaternions are multiplied instead, and go by what their bones hold already.
    """
    found: list[Channel] = []
    for path, group in group_channels(channels).items():
        if bone_of_path(path) not in layered or path.endswith("rotation_quaternion"):
            found += group
            continue
        frames = group[0].frames
        seen = evaluated_values(context, armature, [path], frames)[path]
        own = held_values(context, armature, {path: frames}, partly)[path]
        values = np.stack([each.values for each in group], axis=1).astype(np.float64)
        if path.endswith("rotation_euler"):
            values = compatible_eulers(armature, path, values, seen)
        values += own - seen
        found += [replace(each, values=values[:, n]) for n, each in enumerate(group)]
    return found


def _layered(
    armature: bpy.types.Object, names: Sequence[str], partly: Sequence[bpy.types.NlaTrack]
) -> list[str]:
    """Bones that layers move to which the new one is merely added."""
    others = [track for track in other_layers(armature) if track not in partly]
    moved = {bone_of_path(path) for track in others for path in track_paths(track)}
    return [name for name in names if name in moved]


def _chosen(job: EditJob, channels: list[Channel]) -> list[Channel]:
    """Those of the chosen bones, where what is keyed is among what was chosen."""
    chosen = set(job.bones) & set(job.take.body.keyed)
    if not chosen:
        return channels
    return [each for each in channels if bone_of_path(each.data_path) in chosen]
