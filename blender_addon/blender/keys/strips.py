"""Strips of the NLA: where a new one goes, how its ends blend, and which it takes the place of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

import bpy

from .. import compat
from ..timeline import animation_rate_of
from .keyframes import Channel, frame_span, set_pose_markers, write_channel
from .layer_values import REST, capability_of, strip_curves, track_paths
from .takes import (
    is_active_ours_alone,
    is_ours_alone,
    is_track_ours_alone,
    let_leave,
    mark_strip,
)
from .undo import Undo, undone_on_error

Placed = tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]


@dataclass(frozen=True)
class StripEnds:
    """How a strip blends with what is below it.

    Args:
        blend_in_frames, blend_out_frames: over how many frames; 0 for at once.
    """

    blend_in_frames: float = 0.0
    blend_out_frames: float = 0.0

    @classmethod
    def of(cls, scene: bpy.types.Scene, blend_in_s: float, blend_out_s: float) -> StripEnds:
        """From seconds, at the scene's rate."""
        rate = animation_rate_of(scene)
        return cls(blend_in_s * rate, blend_out_s * rate)

    def apply(self, strip: bpy.types.NlaStrip) -> None:
        """Set them on a strip; each takes half of it at the most."""
        half = 0.5 * (strip.frame_end - strip.frame_start)
        strip.blend_in = min(self.blend_in_frames, half)
        strip.blend_out = min(self.blend_out_frames, half)


def write_strip(
    armature: bpy.types.Object,
    capability: str,
    name: str,
    channels: Sequence[Channel],
    ends: StripEnds,
    replace_last: bool,
    moments: Sequence[tuple[int, str]] = (),
    undo: Undo | None = None,
) -> bpy.types.Action:
    """Write channels as a strip on top of the NLA, below layers; on any error nothing is changed.

    The active action is pushed down to a track of its own.

    Args:
        armature: to animate.
        capability: such as "walk"; its strips follow one another on one track.
        name: of the action; Blender appends a number when it is taken.
        channels: each data path and index once.
        ends: how the strip blends.
        replace_last: earlier strips where this one lies, and an active action, that the same
            capability made and nobody laid a hand on make room.
        moments: frame and name of each pose marker.
        undo: answers for what was written, where something after this may fail.
    """
    first, last = frame_span(channels)
    replaced: list[bpy.types.Action] = []
    with undone_on_error(undo) as own:
        if armature.animation_data is None:
            armature.animation_data_create()
            own.callback(armature.animation_data_clear)
        action = bpy.data.actions.new(name)
        own.callback(bpy.data.actions.remove, action)
        owner = compat.new_fcurves(action, armature)
        for channel in channels:
            write_channel(owner, channel)
        set_pose_markers(action, moments)
        _push_down(armature, capability if replace_last else None, replaced, own)
        going = _make_room(armature, capability, first, last) if replace_last else []
        _add_strip(armature, action, capability, (first, last), ends, going, own)
        for _, strip in going:
            own.callback(setattr, strip, "mute", strip.mute)
            strip.mute = True
        own.afterwards(_take_out, armature, going)
        for earlier in (*replaced, *dict.fromkeys(strip.action for _, strip in going)):
            let_leave(earlier, own)
    return action


def _make_room(
    armature: bpy.types.Object, capability: str, first: float, last: float
) -> list[Placed]:
    """A capability's strips that nobody touched, where a new one lies.

    They are told before that one is there: written from the same settings it is like them.
    """
    return [
        (track, strip)
        for track, strip in strips_of_ours(armature, capability)
        if strip.frame_start < last and strip.frame_end > first
    ]


def _take_out(armature: bpy.types.Object, going: Sequence[Placed]) -> None:
    """Remove strips, and tracks that are empty then."""
    for track, strip in going:
        track.strips.remove(strip)
        if not len(track.strips):
            armature.animation_data.nla_tracks.remove(track)


def strips_of_ours(armature: bpy.types.Object, capability: str) -> list[Placed]:
    """A capability's strips that nobody laid a hand on, with their tracks."""
    data = armature.animation_data
    return [
        (track, strip)
        for track in (data.nla_tracks if data is not None else ())
        for strip in track.strips
        if is_ours_alone(strip, track, capability)
    ]


def _push_down(
    armature: bpy.types.Object,
    replacing: str | None,
    replaced: list[bpy.types.Action],
    undo: Undo,
) -> None:
    """Let the active action go on in a track of its own: it would hide any strip.

    What the capability ``replacing`` made and nobody laid a hand on goes instead.
    """
    data = armature.animation_data
    active = data.action
    if active is None:
        return
    before = compat.remember_assignment(armature)
    undo.callback(compat.restore_assignment, armature, before)
    if replacing is not None and is_active_ours_alone(armature, replacing):
        replaced.append(active)
        data.action = None
        return
    paths = {curve.data_path for curve in compat.fcurves_of(armature)}
    blending, blend_type = blending_of(data), data.action_blend_type
    track = data.nla_tracks.new(prev=_track_beneath(armature, paths))
    undo.callback(data.nla_tracks.remove, track)
    track.name = active.name
    first, last = played_range(armature)
    strip = track.strips.new(active.name, int(first), active)
    compat.assign_strip_slot(strip, before.slot_handle)
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start, strip.frame_end = first, last
    strip.blend_type, strip.influence, strip.extrapolation = blending
    data.action = None
    data.action_blend_type = "REPLACE"
    undo.callback(setattr, data, "action_blend_type", blend_type)


def blending_of(data: bpy.types.AnimData) -> tuple[str, float, str]:
    """How the active action is seen: blend type, influence and extrapolation.

    They can be set at any time, but where there is no track Blender goes by none of them.
    """
    if not len(data.nla_tracks):
        return "REPLACE", 1.0, "HOLD"
    return data.action_blend_type, data.action_influence, data.action_extrapolation


def played_range(armature: bpy.types.Object) -> tuple[float, float]:
    """From where to where a strip must play the active action to show what that shows.

    A strip holds its ends. An active action has none: it plays whatever range is set by hand, and
    what goes on beyond the last key, by extrapolation or a modifier, does so in all of the scene.
    """
    first, last = armature.animation_data.action.curve_frame_range
    curves = compat.fcurves_of(armature)
    if any(curve.extrapolation != "CONSTANT" or len(curve.modifiers) for curve in curves):
        scenes = armature.users_scene
        first = min([first, *(scene.frame_start for scene in scenes)])
        last = max([last, *(scene.frame_end for scene in scenes)])
    return first, max(last, first + 1.0)


def _track_beneath(armature: bpy.types.Object, paths: Set[str]) -> bpy.types.NlaTrack | None:
    """Above which track something goes that animates these paths; None puts it on top.

    Below the layers, which add to it. Where a track above them that is none replaces the same,
    above that one, for it would be hidden otherwise.
    """
    below, layered = None, False
    for track in armature.animation_data.nla_tracks:
        is_layer = capability_of(track) not in ("", REST)
        layered |= is_layer
        if not layered or (not is_layer and track_paths(track) & paths):
            below = track
    return below


def _add_strip(
    armature: bpy.types.Object,
    action: bpy.types.Action,
    capability: str,
    span: tuple[float, float],
    ends: StripEnds,
    going: Sequence[Placed],
    undo: Undo,
) -> None:
    tracks = armature.animation_data.nla_tracks
    own = _tracks_of(armature, capability)
    track = next((track for track in own if _has_room(track, *span)), None)
    if track is None:
        paths = {curve.data_path for curve in compat.action_fcurves(action)}
        track = tracks.new(prev=_track_beneath(armature, paths))
        undo.callback(tracks.remove, track)
        track.name = action.name
    strip = track.strips.new(action.name, int(span[0]), action)
    undo.callback(track.strips.remove, strip)
    compat.assign_strip_slot(strip)
    strip.blend_type = "REPLACE"
    strip.extrapolation = "NOTHING" if ends.blend_out_frames > 0 else _held(armature, strip, going)
    ends.apply(strip)
    mark_strip(strip, track, capability)


def _held(armature: bpy.types.Object, strip: bpy.types.NlaStrip, going: Sequence[Placed]) -> str:
    """To which side a strip goes on as it ends: to both where nothing else says what is before.

    Else the character would stand in its rest pose, wherever its object is, until the strip begins.
    What makes room for it, what begins later and what animates nothing that it does say nothing.
    """
    paths = {curve.data_path for curve in strip_curves(strip)}
    others = {
        each.data_path
        for track in armature.animation_data.nla_tracks
        if not capability_of(track) and not track.mute
        for other in track.strips
        if all(other != gone for _, gone in going) and _plays_before(other, track, strip)
        for each in strip_curves(other)
    }
    return "HOLD_FORWARD" if others & paths else "HOLD"


def _plays_before(
    other: bpy.types.NlaStrip, track: bpy.types.NlaTrack, strip: bpy.types.NlaStrip
) -> bool:
    """Whether a strip shows before another begins; none holds back over one on its own track."""
    if other.frame_start < strip.frame_start:
        return True
    return other.extrapolation == "HOLD" and all(each != strip for each in track.strips)


def _tracks_of(armature: bpy.types.Object, capability: str) -> Iterator[bpy.types.NlaTrack]:
    """Tracks on which nothing lies but strips that a capability put there, uppermost first.

    None of its layers: what they combine with may lie above them, and would add to a strip there.
    """
    for track in reversed(list(armature.animation_data.nla_tracks)):
        if not capability_of(track) and is_track_ours_alone(track, capability):
            yield track


def _has_room(track: bpy.types.NlaTrack, first: float, last: float) -> bool:
    return all(strip.frame_end <= first or strip.frame_start >= last for strip in track.strips)
