"""What an edit changes on a rig: channels of its bones, on the frames where anything differs."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.keys.held import held_places, held_turns
from ....blender.keys.keyframes import Channel
from ....blender.keys.layer_values import other_layers, track_paths
from ....blender.paths import bone_of_path
from ....blender.rig.whole_body import whole_body_channels
from ....core.editing.edited import Edited
from ....core.motion.clip import MotionClip
from ....core.retarget.difference import carry_difference
from ..job import EditJob
from ..take import Take

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


def frames_to_key(job: EditJob) -> NDArray[np.int64]:
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
    desired = carry_difference(take.common, edited.clip, take.base, take.rig.joint_map, take.origin)
    channels = channels_to(context, armature, take, desired, where, partly)
    return _chosen(job, channels)


def channels_to(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    take: Take,
    desired: MotionClip,
    where: NDArray[np.int64],
    partly: Sequence[bpy.types.NlaTrack] | None = None,
) -> list[Channel]:
    """Channels that take a rig from what it does to something else.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        take: what it does.
        desired: T frames of the rig's skeleton.
        where: indices of the frames that get keys.
        partly: layers that the keys will lie over; None where no layer shall lie beneath.
    """
    frames = take.frames[where]
    turns, places = {}, {}
    if partly is not None:
        layered = _layered(armature, take.body.keyed, partly)
        turns = held_turns(context, armature, layered, frames, partly)
        places = held_places(context, armature, layered, frames, partly)
    base, then = (_at(clip, where) for clip in (take.base, desired))
    return whole_body_channels(
        armature, take.rig, take.body, take.posed.at(where), base, then, frames, turns, places
    )


def _layered(
    armature: bpy.types.Object, names: Sequence[str], partly: Sequence[bpy.types.NlaTrack]
) -> list[str]:
    """Bones that layers move to which the new one is merely added."""
    others = [track for track in other_layers(armature) if track not in partly]
    moved = {bone_of_path(path) for track in others for path in track_paths(track)}
    return [name for name in names if name in moved]


def _at(clip: MotionClip, where: NDArray[np.int64]) -> MotionClip:
    return MotionClip(
        clip.skeleton, clip.frame_rate_hz, clip.root_positions[where], clip.rotations_wxyz[where]
    )


def _chosen(job: EditJob, channels: list[Channel]) -> list[Channel]:
    """Those of the chosen bones, where what is keyed is among what was chosen."""
    chosen = set(job.bones) & set(job.take.body.keyed)
    if not chosen:
        return channels
    return [each for each in channels if bone_of_path(each.data_path) in chosen]
