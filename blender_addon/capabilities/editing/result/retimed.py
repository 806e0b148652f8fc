"""Edits that give frames another time: all that animated the rig, sampled anew, and the difference.

1. Every animated channel, fingers, object and custom properties with them, is sampled where the
   edit says that each frame lies. 2. The rig is looked at as it moves so. 3. What carries it, its
   object or root bone, goes along where the edit goes elsewhere. 4. What is left of the difference
   goes to the bones of the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender import compat
from ....blender.keys.alone import played_alone
from ....blender.keys.keyframes import Channel, write_action
from ....blender.keys.options import ResultOptions
from ....blender.keys.sampled import blended, channels_of, evaluated_values, seen_curves
from ....blender.rig.take import Take, channels_to, likeness, read_take
from ....core.editing.edited import Edited
from ....core.motion.clip import MotionClip
from ....core.retarget.difference import carry_difference
from ..job import EditJob
from .carriers import carrier_channels
from .last import last_left_out

Array = NDArray[np.float64]
Values = dict[str, Array]


def retimed_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    options: ResultOptions,
) -> list[Channel]:
    """Every channel of a new action; nothing is changed.

    Args:
        context: whose scene.
        armature: only looked at.
        job, edited: what was made.
        options: of the result.
    """
    frames = job.take.first + np.arange(edited.clip.frame_count, dtype=np.float64)
    channels = sampled_channels(context, armature, job, edited, frames, options)
    animated = {channel.data_path for channel in channels}
    take = _as_played(context, armature, job, channels, frames)
    desired = _desired(take, edited)
    carried = carrier_channels(armature, take, desired, animated)
    if carried:
        channels = overridden(channels, carried)
        take = _as_played(context, armature, job, channels, frames)
        desired = _desired(take, edited)
    body = channels_to(context, armature, take, desired, np.arange(len(frames)))
    return overridden(channels, body)


def _desired(take: Take, edited: Edited) -> MotionClip:
    return carry_difference(take.common, edited.clip, take.base, take.rig.joint_map, take.origin)


def sampled_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    frames: Array,
    options: ResultOptions,
) -> list[Channel]:
    """What animates a rig at the frames that an edit says lie beneath its own.

    Args:
        context: whose scene.
        armature: only looked at.
        job, edited: what was made.
        frames: (N,) of the new keys.
        options: of the result.
    """
    parts = _parts(context, armature, job, options)
    curves: dict[str, list[bpy.types.FCurve]] = {}
    for playing, _ in parts:
        with playing():
            for path, found in seen_curves(armature).items():
                curves.setdefault(path, []).extend(found)
    values = _sampled(context, armature, parts, list(curves), edited.source)
    if edited.other is not None and edited.share is not None and np.any(edited.share):
        others = _sampled(context, armature, parts, list(curves), edited.other)
        share = np.asarray(edited.share, np.float64)
        values = {p: blended(armature, p, values[p], others[p], share) for p in values}
    return channels_of(armature, curves, values, frames)


_Part = tuple["_Playing", Take]


class _Playing:
    """Lets one of the originals play, as often as it is asked to."""

    def __init__(self, make: object) -> None:
        self._make = make

    def __call__(self) -> AbstractContextManager[object]:
        return self._make()  # type: ignore[operator, no-any-return]


def _parts(
    context: bpy.types.Context, armature: bpy.types.Object, job: EditJob, options: ResultOptions
) -> list[_Part]:
    """Each original, and how it is played."""
    if job.second is None:
        scene = context.scene

        def before() -> AbstractContextManager[None]:
            return last_left_out(armature, job.edit, options, job.span, scene)

        return [(_Playing(before), job.take)]
    return [(_Playing(lambda take=take: played_alone(armature, take.source)), take)
            for take in (job.take, job.second)]  # fmt: skip


def _sampled(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    parts: Sequence[_Part],
    paths: Sequence[str],
    source: Array,
) -> Values:
    """(N, C) by data path; the second original's frames follow those of the first."""
    values: Values = {}
    begin = 0
    for playing, take in parts:
        count = len(take.frames)
        # Beyond the first and the last frame the pose there is held.
        here = (source >= begin - 0.5) | (begin == 0)
        here &= (source < begin + count - 0.5) | (take is parts[-1][1])
        at = take.frames[0] + np.clip(source[here] - begin, 0.0, count - 1.0)
        begin += count
        if not here.any():
            continue
        with playing():
            found = evaluated_values(context, armature, paths, at)
        for path, rows in found.items():
            whole = values.setdefault(path, np.zeros((len(source), rows.shape[1])))
            whole[here] = rows
    return values


def _as_played(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    channels: Sequence[Channel],
    frames: Array,
) -> Take:
    """What the rig does when these keys are played, near the origin of what was read."""
    with playing_only(armature, channels):
        take = read_take(context, armature, job.take.rig, frames, whole=True)
    common = likeness(take.rig, take.base, job.take.origin)
    return Take(take.rig, take.body, frames, take.posed, take.base, common, job.take.origin)


@contextmanager
def playing_only(armature: bpy.types.Object, channels: Sequence[Channel]) -> Iterator[None]:
    """Let keys play and nothing else beside; afterwards all is as it was."""
    with ExitStack() as undo:
        before = compat.remember_assignment(armature)
        kept = before.action.use_fake_user if before.action is not None else False
        action = write_action(armature, f"{armature.name} Played", channels)
        undo.callback(bpy.data.actions.remove, action)
        if before.action is not None and before.action.is_editable:
            undo.callback(setattr, before.action, "use_fake_user", kept)
        undo.callback(compat.restore_assignment, armature, before)
        data = armature.animation_data
        for what, value in (("action_blend_type", "REPLACE"), ("action_influence", 1.0)):
            undo.callback(setattr, data, what, getattr(data, what))
            setattr(data, what, value)
        yield


def overridden(channels: Sequence[Channel], others: Sequence[Channel]) -> list[Channel]:
    """Channels, and others in the place of those of the same name."""
    taken = {(each.data_path, each.index) for each in others}
    kept = [each for each in channels if (each.data_path, each.index) not in taken]
    return [*kept, *others]
