"""One action, or one strip of the NLA, played alone for as long as something looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import bpy

from ...core.errors import SettingsError
from ...core.wording import listed
from .. import compat
from .sampled import action_slot_of

_FITS: Final = 0.5
"""Of an action's F-curves at least so many must lead somewhere."""
_WHOLE: Final = (("mute", False), ("blend_type", "REPLACE"), ("blend_in", 0.0), ("blend_out", 0.0),
                 ("use_animated_influence", False), ("influence", 1.0))  # fmt: skip


def find_strip(obj: bpy.types.Object, name: str) -> bpy.types.NlaStrip | None:
    """A strip of an object's NLA by its name; one that is not muted counts before others."""
    data = obj.animation_data
    strips = [s for track in (data.nla_tracks if data else ()) for s in track.strips]
    found = [strip for strip in strips if strip.name == name and strip.action is not None]
    return min(found, key=lambda strip: strip.mute, default=None)


@contextmanager
def played_alone(obj: bpy.types.Object, name: str) -> Iterator[tuple[float, float]]:
    """Let a strip or, where there is none of that name, an action play with nothing else beside.

    Args:
        obj: whose animation is as before afterwards.
        name: of a strip of its NLA, or of an action.

    Yields:
        First and last frame of animation on which it plays.

    Raises:
        SettingsError: there is neither, or it moves nothing of the object.
    """
    strip = find_strip(obj, name)
    action = strip.action if strip is not None else bpy.data.actions.get(name)
    if action is None:
        raise SettingsError(_not_found(obj, name))
    handle, share = action_slot_of(obj, action)
    if share < _FITS:
        raise SettingsError(
            f"the action '{action.name}' was made for another rig: only {100 * share:.0f} % of "
            f"what it moves exists in '{obj.name}'. Choose the character it was made for"
        )
    with ExitStack() as undo:
        had = obj.animation_data is not None
        undo.callback(_cleared, obj, had)
        data = obj.animation_data or obj.animation_data_create()
        undo.callback(compat.restore_assignment, obj, compat.remember_assignment(obj))
        data.action = None
        for track in data.nla_tracks:
            _set(undo, track, "is_solo", False)  # a track that plays solo silences all else
            holds = strip is not None and any(each == strip for each in track.strips)
            _set(undo, track, "mute", not holds)
            for each in track.strips if holds else ():
                if each != strip:
                    _set(undo, each, "mute", True)
        if strip is None:
            yield _assigned(undo, obj, action, handle)
        else:
            _set(undo, data, "use_nla", True)
            for what, value in _WHOLE:
                _set(undo, strip, what, value)
            yield strip.frame_start, strip.frame_end


def _cleared(obj: bpy.types.Object, had: bool) -> None:
    if not had:
        obj.animation_data_clear()


def _assigned(
    undo: ExitStack, obj: bpy.types.Object, action: bpy.types.Action, handle: int | None
) -> tuple[float, float]:
    data = obj.animation_data
    for what, value in (("action_blend_type", "REPLACE"), ("action_influence", 1.0),
                        ("action_extrapolation", "HOLD")):  # fmt: skip
        _set(undo, data, what, value)
    fake = action.use_fake_user
    data.action = action
    if compat.HAS_SLOTS and handle is not None:
        data.action_slot = next(slot for slot in action.slots if slot.handle == handle)
    undo.callback(setattr, action, "use_fake_user", fake)
    first, last = action.curve_frame_range
    return first, last


def _set(undo: ExitStack, owner: object, name: str, value: object) -> None:
    before = getattr(owner, name)
    if before != value:
        undo.callback(setattr, owner, name, before)
        setattr(owner, name, value)


def _not_found(obj: bpy.types.Object, name: str) -> str:
    data = obj.animation_data
    strips = [s.name for track in (data.nla_tracks if data else ()) for s in track.strips]
    have = f"it has the strips {listed(strips)}" if strips else "it has no strip"
    if not name:
        return f"no action or strip of '{obj.name}' is chosen; {have}. Choose two of them"
    return (
        f"there is no strip '{name}' of '{obj.name}' and no action of that name; {have}. "
        "Choose one that is there"
    )
