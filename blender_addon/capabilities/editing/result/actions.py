"""Edits written as new actions or strips; what was there before keeps every key it had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np

from ....blender import compat
from ....blender.keys.copied import can_be_copied, copied_with
from ....blender.keys.density import KeyCount, thin_out
from ....blender.keys.keyframes import Channel, group_channels, set_pose_markers
from ....blender.keys.options import ResultKind, ResultOptions
from ....blender.keys.playback import PlayedRig, thin_out_on_rig
from ....blender.keys.played import played_span
from ....blender.keys.result import write_result
from ....blender.keys.sampled import channels_of, evaluated_values, seen_curves
from ....blender.keys.takes import is_ours_alone, let_leave, mark_active, mark_strip
from ....blender.keys.undo import Undo
from ....blender.units import metres_per_unit
from ....core.editing.edited import Edited
from ..choice import Edit
from ..editors import keeps_time
from ..job import EditJob
from ..written import CAPABILITY
from .difference import difference_channels
from .last import beginning_of, last_left_out, remember_beginning
from .repeating import repeat_for_ever
from .retimed import retimed_channels

Written = tuple[bpy.types.Action, KeyCount]


def write_actions(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Sequence[Edited],
    options: ResultOptions,
    undo: Undo,
) -> list[Written]:
    """Write each variant as an action or a strip; only the first one plays.

    Args:
        context: whose scene.
        armature: gets the actions.
        job, edited: what was made.
        options: how they are written.
        undo: where taking it back is registered.

    Returns:
        The actions, the one that plays first, with their keys; none where nothing differs.
    """
    ready = [_prepared(context, armature, job, each, options) for each in edited]
    written: list[Written] = []
    for number in reversed(range(len(ready))):
        if not ready[number][0]:
            continue
        ways = options if not written else replace(options, replace_last=False)
        write = _write_copy if ready[number][1] else _write_new
        made = write(context, armature, job, edited[number], ready[number][0], ways, undo)
        written.insert(0, made)
    for action, _ in written[1:]:
        undo.callback(setattr, action, "use_fake_user", action.use_fake_user)
        action.use_fake_user = True
    return written


def _prepared(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    options: ResultOptions,
) -> tuple[list[Channel], bool]:
    """Channels of a result, and whether they go into a copy of the action that is there."""
    if not keeps_time(edited, job.take.common):
        return retimed_channels(context, armature, job, edited, options), False
    with last_left_out(armature, job.edit, options, job.span, context.scene):
        changed = difference_channels(context, armature, job, edited)
        if not changed:
            return [], False
        paths = list(group_channels(changed))
        if options.kind is ResultKind.ACTION and can_be_copied(armature, paths):
            return changed, True
        return _all_with(context, armature, changed), False


def _all_with(
    context: bpy.types.Context, armature: bpy.types.Object, changed: Sequence[Channel]
) -> list[Channel]:
    """All that plays on every frame of it, with other values where something changes."""
    first, last = played_span(armature)
    low = min(first, *(int(each.frames[0]) for each in changed))
    high = max(last, *(int(each.frames[-1]) for each in changed))
    frames = np.arange(low, high + 1, dtype=np.float64)
    curves = {**{path: [] for path in group_channels(changed)}, **seen_curves(armature)}
    values = evaluated_values(context, armature, curves, frames)
    for each in changed:
        place = np.searchsorted(frames, each.frames)
        values[each.data_path][place, each.index] = each.values
    return channels_of(armature, curves, values, frames)


def _write_copy(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    channels: Sequence[Channel],
    options: ResultOptions,
    undo: Undo,
) -> Written:
    """A copy of the action that is there, changed where the edit says."""
    bounds = options.bounds(metres_per_unit(context.scene) * job.take.rig.object_scale)
    unit = 1000.0 * metres_per_unit(context.scene)
    thinned, keys = thin_out(channels, options.density, bounds, unit, keep_ends=True)
    leaving = None
    before = beginning_of(armature, job.edit) if options.replace_last else None
    if before is not None:
        now = compat.remember_assignment(armature)
        leaving, name = now.action, now.action.name
        undo.callback(setattr, leaving, "name", name)
        undo.callback(compat.restore_assignment, armature, now)
        leaving.name = f"{name} (before)"
        compat.restore_assignment(armature, before)
    original = compat.remember_assignment(armature)
    if original.action.is_editable:
        undo.callback(setattr, original.action, "use_fake_user", original.action.use_fake_user)
        original.action.use_fake_user = True
    action = copied_with(armature, _name(armature, job.edit), thinned, undo)
    if leaving is not None:
        let_leave(leaving, undo)
    _finish(armature, job, edited, action, options, original)
    return action, keys


def _write_new(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    channels: Sequence[Channel],
    options: ResultOptions,
    undo: Undo,
) -> Written:
    """A new action, or a strip, that holds all that moves the rig."""
    thinned, keys = thin_out_on_rig(context, _played(armature, job), channels, options)
    original = beginning_of(armature, job.edit) if options.replace_last else None
    if options.kind is ResultKind.ACTION:  # what another edit made is a motion like any other
        options = replace(options, replace_last=original is not None)
    original = original or compat.remember_assignment(armature)
    if armature.animation_data is not None and options.kind is ResultKind.ACTION:
        data = armature.animation_data
        for what, value in (("action_blend_type", "REPLACE"), ("action_influence", 1.0)):
            undo.callback(setattr, data, what, getattr(data, what))
            setattr(data, what, value)
    action = write_result(
        context, armature, CAPABILITY, _name(armature, job.edit), thinned, options, undo=undo
    )
    _finish(armature, job, edited, action, options, original)
    return action, keys


def _played(armature: bpy.types.Object, job: EditJob) -> PlayedRig:
    rig = job.take.rig
    return PlayedRig(
        armature,
        tuple(name for name in rig.skeleton.names if name in rig.joint_map),
        rig.unit_m * rig.object_scale,
        by_hierarchy=rig.controls is None,
    )


def _name(armature: bpy.types.Object, edit: Edit) -> str:
    return f"{armature.name} {edit.value.title()}"


def _finish(
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    action: bpy.types.Action,
    options: ResultOptions,
    original: compat.Assignment,
) -> None:
    """Markers, the range of a cycle, and what the action was made from; then it counts as made."""
    first = job.take.first
    if options.markers:
        set_pose_markers(action, [(first + n, text) for n, text in sorted(edited.markers.items())])
    if job.edit is Edit.LOOP:
        action.use_frame_range = action.use_cyclic = True
        action.frame_start, action.frame_end = first, first + edited.clip.frame_count - 1
        if options.kind is ResultKind.ACTION:
            repeat_for_ever(action, edited, action.frame_start, action.frame_end)
    remember_beginning(action, job.edit, original)
    if options.kind is ResultKind.STRIP:
        for track in armature.animation_data.nla_tracks:
            for strip in track.strips:
                if strip.action == action and is_ours_alone(strip, track, CAPABILITY):
                    mark_strip(strip, track, CAPABILITY)
    else:
        mark_active(armature, CAPABILITY)
