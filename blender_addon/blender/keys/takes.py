"""The one rule for what the extension made and nobody laid a hand on since.

Everything that is generated is marked when it is written: what its action holds, and how it lies,
as the active action or as a strip on a track. What differs from that since in any way is the
animator's and is kept, whatever it was that was changed. Nothing else decides what makes room for
a new result.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import bpy

from .. import compat
from .fingerprint import MARKS, fingerprint, fingerprint_of_strip, fingerprint_of_track
from .undo import Undo

_LEAVING: Final = "neural_motion_leaving"
"""Custom property of an action that is about to make room."""
_FIELDS: Final = ("name", "keys", "place", "track", "below")
_BLENDS_OF_OURS: Final = ("REPLACE", "COMBINE")
"""How an active action is blended before and after a layer came on top of it."""


def mark_active(datablock: bpy.types.ID, capability: str) -> None:
    """Remember a datablock's active action as one that was written just now.

    Args:
        datablock: whose active action it is.
        capability: such as "walk".
    """
    _mark(datablock.animation_data.action, capability, _place_of_active(datablock))


def mark_strip(strip: bpy.types.NlaStrip, track: bpy.types.NlaTrack, capability: str) -> None:
    """Remember a strip as one that was written just now, once all of it is set."""
    place = fingerprint_of_strip(strip)
    below = sorted(_tracks_below(track))
    _mark(strip.action, capability, place, fingerprint_of_track(track), below)


def mark_again(
    strip: bpy.types.NlaStrip, track: bpy.types.NlaTrack, capability: str, undo: ExitStack
) -> None:
    """Remember an untouched strip as it lies now that the extension itself has changed something.

    Args:
        strip, track: with the mark of the capability.
        capability: that wrote it.
        undo: where taking it back is registered.
    """
    action, key = strip.action, _property(capability)
    undo.callback(action.__setitem__, key, action[key])
    mark_strip(strip, track, capability)


def is_active_ours_alone(datablock: bpy.types.ID, capability: str) -> bool:
    """Whether a capability wrote the active action, and nobody changed or shares it.

    Args:
        datablock: with or without animation.
        capability: such as "walk".
    """
    data = datablock.animation_data
    action = data.action if data is not None else None
    mark = _read_mark(action, capability)
    return bool(mark) and mark["place"] == _place_of_active(datablock) and _is_as_made(action, mark)


def is_ours_alone(strip: bpy.types.NlaStrip, track: bpy.types.NlaTrack, capability: str) -> bool:
    """Whether a capability wrote a strip, and nobody changed, moved or shares any of it.

    Args:
        strip: with the action that it plays.
        track: that it lies on.
        capability: such as "walk".
    """
    mark = _read_mark(strip.action, capability)
    return (
        bool(mark)
        and is_track_ours_alone(track, capability)
        and mark["place"] == fingerprint_of_strip(strip)
        and not _was_moved(track, mark["below"])
        and _is_as_made(strip.action, mark)
    )


def is_track_ours_alone(track: bpy.types.NlaTrack, capability: str) -> bool:
    """Whether a track is as a capability made it, and holds no strip that a hand put there."""
    now = fingerprint_of_track(track)
    marks = [(strip, _read_mark(strip.action, capability)) for strip in track.strips]
    return bool(marks) and not track.is_override_data and all(
        strip.type == "CLIP" and mark and mark["track"] == now
        and mark["name"] == strip.action.name  # a copy by hand bears the mark under another name
        for strip, mark in marks
    )  # fmt: skip


def let_leave(action: bpy.types.Action, undo: Undo) -> None:
    """Let an action make room for a new one: it goes when all is well.

    Args:
        action: that nothing else needs then.
        undo: where taking that back is registered.
    """
    action[_LEAVING] = True
    undo.callback(action.pop, _LEAVING)
    undo.afterwards(_remove_unless_used, action)


def is_leaving(action: bpy.types.Action) -> bool:
    """Whether an action is about to make room for a new one."""
    return _LEAVING in action


def _remove_unless_used(action: bpy.types.Action) -> None:
    if action.users == action.use_fake_user:
        bpy.data.actions.remove(action)
    else:
        del action[_LEAVING]


def was_made(action: bpy.types.Action, capability: str) -> bool:
    """Whether a capability wrote an action, whatever was changed since."""
    return _property(capability) in action


def makers_of(action: bpy.types.Action) -> frozenset[str]:
    """Capabilities that wrote an action, whatever was changed since.

    Args:
        action: with any custom properties.
    """
    marks = (key for key in action.keys() if key.startswith(MARKS))  # noqa: SIM118
    return frozenset(key.removeprefix(MARKS) for key in marks)


def _mark(
    action: bpy.types.Action,
    capability: str,
    place: str,
    track: str = "",
    below: Sequence[str] = (),
) -> None:
    keys = fingerprint(action)
    values = (action.name, keys, place, track, list(below))
    action[_property(capability)] = json.dumps(dict(zip(_FIELDS, values, strict=True)))


def _property(capability: str) -> str:
    return f"{MARKS}{capability}"


def _read_mark(action: bpy.types.Action | None, capability: str) -> dict[str, Any]:
    """Empty for what is not ours, and for what an earlier version wrote, which tells too little."""
    return _parse(action.get(_property(capability))) if action is not None else {}


def _parse(text: object) -> dict[str, Any]:
    """A mark; empty for an earlier version's, and where somebody wrote into it."""
    try:
        mark = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return mark if isinstance(mark, dict) and tuple(mark) == _FIELDS else {}


def _is_as_made(action: bpy.types.Action, mark: dict[str, Any]) -> bool:
    return (
        action.library is None
        and action.override_library is None
        and action.asset_data is None
        and not action.use_fake_user
        and action.users == 1
        and mark["keys"] == fingerprint(action)
    )


def _place_of_active(datablock: bpy.types.ID) -> str:
    """How an action is blended with what lies beneath, and that it is no strip."""
    data = datablock.animation_data
    blend = data.action_blend_type
    blend = "ours" if blend in _BLENDS_OF_OURS else blend
    return (
        f"active {blend} {data.action_extrapolation} {data.action_influence:g} "
        f"{compat.slot_number(data)}"
    )


def _tracks_below(track: bpy.types.NlaTrack) -> set[str]:
    tracks = list(track.id_data.animation_data.nla_tracks)
    return set().union(*map(_tokens, tracks[: tracks.index(track)]))


def _was_moved(track: bpy.types.NlaTrack, below: list[str]) -> bool:
    """Whether a track that lay below this one lies above it now."""
    tracks = list(track.id_data.animation_data.nla_tracks)
    above = set().union(*map(_tokens, tracks[tracks.index(track) + 1 :]))
    return bool(above & set(below) - _tracks_below(track))


def _tokens(track: bpy.types.NlaTrack) -> set[str]:
    """What tells a track: the takes on it, else its name."""
    takes = {
        mark["keys"]
        for strip in track.strips
        if strip.action is not None
        for key in strip.action.keys()  # noqa: SIM118
        if key.startswith(MARKS) and (mark := _parse(strip.action[key]))
    }
    return takes or {track.name}
