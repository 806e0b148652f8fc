"""Mutes a result, or lets it play alone, on everything that it moves at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import bpy

from ...core.errors import InputError
from ...core.wording import linked
from ..keys.giving_way import mute_layers
from ..keys.layer_values import REST, capability_of
from .found import LayerResult, Placed


def check_can_be_switched(result: LayerResult) -> None:
    """Refuse a result that is not in the NLA, or not to be changed in this file.

    Raises:
        InputError: says what to do.
    """
    for each in result.placed:
        if not each.datablock.is_editable:
            raise InputError(linked(each.label))
        if each.datablock.animation_data.use_tweak_mode:
            raise InputError(
                f"'{each.label}' is in tweak mode of the NLA editor. Leave it first (Tab there)"
            )
    if not result.strips:
        raise InputError(
            f"'{result.name}' is the active action, which always plays in full. Push it down first"
        )


def is_muted(result: LayerResult) -> bool:
    """Whether none of a result plays."""
    strips = result.strips
    return bool(strips) and all(_is_muted(each) for each in strips)


def set_muted(result: LayerResult, muted: bool) -> None:
    """Mute a result on everything that it moves, or let it play again.

    What nothing else moves goes back to where it was without the layer.

    Raises:
        InputError: it cannot be switched.
    """
    check_can_be_switched(result)
    for each in result.strips:
        if not muted:
            each.track.mute = each.strip.mute = False
        elif len(each.track.strips) > 1:
            each.strip.mute = True
        elif capability_of(each.track):
            with ExitStack() as undo:
                mute_layers(each.datablock, [each.track], undo)
                undo.pop_all()
        else:
            each.track.mute = True


def is_solo(result: LayerResult) -> bool:
    """Whether a result plays alone on everything that it moves."""
    strips = result.strips
    return bool(strips) and all(each.track.is_solo for each in strips)


def set_solo(result: LayerResult, solo: bool, results: Iterable[LayerResult]) -> None:
    """Let a result play alone on everything that it moves, or with the others again.

    Args:
        result: which.
        solo: alone or not.
        results: of the same character; of these one alone is solo.

    Raises:
        InputError: it cannot be switched.
    """
    check_can_be_switched(result)
    others = [each for other in results for each in other.strips] if solo else []
    for each in (*others, *result.strips):
        if each.track.is_solo:
            each.track.is_solo = False
    if solo:
        for each in result.strips:
            each.track.is_solo = True


def silenced_on(datablocks: Iterable[bpy.types.ID], results: Sequence[LayerResult]) -> list[str]:
    """Names of what does not play because something else is solo: results, tracks, actions."""
    names: list[str] = []
    for datablock in datablocks:
        data = datablock.animation_data
        if not any(track.is_solo for track in data.nla_tracks):
            continue
        if data.action is not None:
            names.append(_name_of(data.action, results) or data.action.name)
        for track in data.nla_tracks:
            if not (track.is_solo or track.mute or capability_of(track) == REST):
                actions = [strip.action for strip in track.strips if strip.action is not None]
                ours = [name for each in actions if (name := _name_of(each, results))]
                names += ours or [track.name]
    return list(dict.fromkeys(names))


def _name_of(action: bpy.types.Action, results: Sequence[LayerResult]) -> str:
    held = (r.name for r in results if any(p.action == action for p in r.placed))
    return next(held, "")


def _is_muted(placed: Placed) -> bool:
    return bool(placed.track.mute or placed.strip.mute)
