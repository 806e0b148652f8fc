"""Where a walk goes: a new action, or a strip of the NLA; what an earlier one becomes.

The animator's own is never touched. What the extension made is known by a fingerprint of its keys,
kept on the action: as soon as a key is changed by hand it is the animator's, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from typing import Final

import bpy
import numpy as np

from ...blender import compat
from ...blender.keys.keyframes import Channel, check_can_be_animated, write_action, write_channel
from ...blender.keys.layer_values import capability_of
from ...blender.keys.layers import check_nla_plays, undone_on_error
from .keys import KeyDensity

FINGERPRINT: Final = "neural_motion_walk"


class ResultKind(Enum):
    """What the keys are written to."""

    ACTION = "ACTION"
    STRIP = "STRIP"


@dataclass(frozen=True)
class ResultOptions:
    """How a walk is written.

    Args:
        kind: a new action that animates the rig at once, or a strip in the NLA.
        replace_last: an earlier walk that nobody changed or uses elsewhere makes room.
        blend_in_s, blend_out_s: how long the walk takes to grow out of the pose at its first frame
            and to end in the one at its last; its place on the path is not blended.
        density: on which frames keys are set.
        turn_bound_rad, shift_bound_m: largest errors of reduced keys: of a bone's rotation, and of
            any joint's place.
    """

    kind: ResultKind = ResultKind.ACTION
    replace_last: bool = True
    blend_in_s: float = 0.0
    blend_out_s: float = 0.0
    density: KeyDensity = KeyDensity.EVERY_FRAME
    turn_bound_rad: float = np.radians(0.5)
    shift_bound_m: float = 0.005


DEFAULT_RESULT: Final = ResultOptions()


def check_result(armature: bpy.types.Object, options: ResultOptions) -> None:
    """Refuse an armature to which a walk could not be written, or would not show.

    Raises:
        InputError: says what to do.
    """
    check_can_be_animated(armature)
    if options.kind is ResultKind.STRIP:
        check_nla_plays(armature, "strip")


def write_walk_action(
    armature: bpy.types.Object, name: str, channels: Sequence[Channel], options: ResultOptions
) -> bpy.types.Action:
    """Write channels as the options say; on any error everything is as it was.

    Raises:
        InputError: the armature cannot be animated now.
    """
    if options.kind is ResultKind.ACTION:
        data = armature.animation_data
        earlier = data.action if data is not None else None
        makes_room = options.replace_last and earlier is not None and _is_ours_alone(earlier)
        had_fake_user = earlier is not None and earlier.use_fake_user
        action = write_action(armature, name, channels)
        action[FINGERPRINT] = fingerprint(action)
        if earlier is not None and makes_room and not had_fake_user:
            earlier.use_fake_user = False
            bpy.data.actions.remove(earlier)
            action.name = name  # it is free again
        return action
    return _write_strip(armature, name, channels, options)


def fingerprint(action: bpy.types.Action) -> str:
    """Changes with every key of an action."""
    digest = hashlib.sha256()
    for curve in compat.action_fcurves(action):
        digest.update(f"{curve.data_path}[{curve.array_index}]{curve.mute}".encode())
        count = len(curve.keyframe_points)
        for name in ("co", "handle_left", "handle_right"):
            numbers = np.empty(2 * count, np.float32)
            curve.keyframe_points.foreach_get(name, numbers)
            digest.update(numbers.tobytes())
        kinds = np.empty(count, np.uint8)
        curve.keyframe_points.foreach_get("interpolation", kinds)
        digest.update(kinds.tobytes() + bytes([len(curve.modifiers)]))
    return digest.hexdigest()


def _is_ours_alone(action: bpy.types.Action) -> bool:
    """Whether we made it, nobody changed it, and nothing else or nobody wants to keep it."""
    return (
        action.get(FINGERPRINT) == fingerprint(action)
        and action.library is None
        and action.asset_data is None
        and not action.use_fake_user
        and action.users == 1
    )


def _write_strip(
    armature: bpy.types.Object, name: str, channels: Sequence[Channel], options: ResultOptions
) -> bpy.types.Action:
    first = min(float(channel.frames[0]) for channel in channels)
    last = max(float(channel.frames[-1]) for channel in channels)
    replaced: list[bpy.types.Action] = []
    with undone_on_error() as undo:
        if armature.animation_data is None:
            armature.animation_data_create()
            undo.callback(armature.animation_data_clear)
        action = bpy.data.actions.new(name)
        undo.callback(bpy.data.actions.remove, action)
        owner = compat.new_fcurves(action, armature)
        for channel in channels:
            write_channel(owner, channel)
        action[FINGERPRINT] = fingerprint(action)
        _push_down(armature, options, replaced, undo)
        _add_strip(armature, action, first, last, options, undo)
    if options.replace_last:
        replaced += _take_out(armature, action, first, last)
    for earlier in replaced:
        if earlier.users == 0:
            bpy.data.actions.remove(earlier)
    return action


def _take_out(
    armature: bpy.types.Object, newest: bpy.types.Action, first: float, last: float
) -> list[bpy.types.Action]:
    """Take out strips of earlier walks that nobody changed, where the new one lies."""
    replaced = []
    for track in list(armature.animation_data.nla_tracks):
        emptied = len(track.strips) > 0
        for strip in list(track.strips):
            overlaps = strip.frame_start < last and strip.frame_end > first
            if strip.action in (None, newest) or not overlaps:
                continue
            if _is_ours_alone(strip.action):
                replaced.append(strip.action)
                track.strips.remove(strip)
        if emptied and not len(track.strips):
            armature.animation_data.nla_tracks.remove(track)
    return replaced


def _push_down(
    armature: bpy.types.Object,
    options: ResultOptions,
    replaced: list[bpy.types.Action],
    undo: ExitStack,
) -> None:
    """Let the active action go on in a track of its own: it would hide any strip."""
    data = armature.animation_data
    active = data.action
    if active is None:
        return
    before = compat.remember_assignment(armature)
    undo.callback(compat.restore_assignment, armature, before)
    if options.replace_last and _is_ours_alone(active):
        replaced.append(active)
        data.action = None
        return
    track = data.nla_tracks.new(prev=_last_below_layers(armature))
    undo.callback(data.nla_tracks.remove, track)
    track.name = active.name
    start, _ = active.frame_range
    strip = track.strips.new(active.name, int(start), active)
    compat.assign_strip_slot(strip, before.slot_handle)
    strip.frame_start = start
    blending = data.action_blend_type, data.action_influence, data.action_extrapolation
    strip.blend_type, strip.influence, strip.extrapolation = blending
    data.action = None
    data.action_blend_type = "REPLACE"
    undo.callback(setattr, data, "action_blend_type", blending[0])


def _last_below_layers(armature: bpy.types.Object) -> bpy.types.NlaTrack | None:
    """The uppermost track that is no layer of ours; None puts a track on top."""
    below = None
    for track in armature.animation_data.nla_tracks:
        if capability_of(track):
            break
        below = track
    return below


def _add_strip(
    armature: bpy.types.Object,
    action: bpy.types.Action,
    first: float,
    last: float,
    options: ResultOptions,
    undo: ExitStack,
) -> None:
    tracks = armature.animation_data.nla_tracks
    track = next((track for track in _walk_tracks(armature) if _has_room(track, first, last)), None)
    if track is None:
        track = tracks.new(prev=_last_below_layers(armature))
        undo.callback(tracks.remove, track)
        track.name = action.name
    strip = track.strips.new(action.name, int(first), action)
    undo.callback(track.strips.remove, strip)
    compat.assign_strip_slot(strip)
    strip.blend_type = "REPLACE"
    strip.extrapolation = "NOTHING" if options.blend_out_s > 0 else "HOLD_FORWARD"
    rate = _frame_rate()
    length = last - first
    strip.blend_in = min(options.blend_in_s * rate, 0.5 * length)
    strip.blend_out = min(options.blend_out_s * rate, 0.5 * length)


def _frame_rate() -> float:
    render = bpy.context.scene.render
    return render.fps / render.fps_base


def _walk_tracks(armature: bpy.types.Object) -> Iterator[bpy.types.NlaTrack]:
    """Tracks that hold nothing but walks, uppermost first."""
    for track in reversed(list(armature.animation_data.nla_tracks)):
        actions = [strip.action for strip in track.strips]
        if actions and all(action is not None and FINGERPRINT in action for action in actions):
            yield track


def _has_room(track: bpy.types.NlaTrack, first: float, last: float) -> bool:
    return all(strip.frame_end <= first or strip.frame_start >= last for strip in track.strips)
