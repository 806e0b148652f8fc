"""Takes a result out that nobody laid a hand on, and lets an active action become a strip."""

from __future__ import annotations

import bpy

from ...core.errors import InputError
from ...core.wording import listed
from .. import compat
from ..keys.giving_way import made_over
from ..keys.layer_values import capability_of
from ..keys.layers import remove_layer
from ..keys.strips import blending_of, played_range
from ..keys.undo import undone_on_error
from .found import LayerResult, Placed, is_untouched


def check_can_be_removed(result: LayerResult) -> None:
    """Refuse to remove what a hand was laid on, and what something else was computed against.

    Raises:
        InputError: says what it is, and what to do.
    """
    touched = [each.label for each in result.placed if not is_untouched(each, result.capability)]
    if touched:
        raise InputError(
            f"'{result.name}' was changed, muted, renamed, moved or shared by hand (on "
            f"{listed(list(dict.fromkeys(touched)))}), so it is kept. Mute it, or delete its "
            "strips in the NLA editor"
        )
    own = {each.action for each in result.placed}
    for each in result.strips:
        over = made_over(each.datablock, each.track) if capability_of(each.track) else None
        if over is not None and not any(strip.action in own for strip in over.strips):
            raise InputError(
                f"'{over.name}' was made over '{result.name}' and would be wrong without it. "
                "Remove that first"
            )


def remove_result(result: LayerResult) -> None:
    """Take a result out, with its actions.

    Raises:
        InputError: it is kept.
    """
    check_can_be_removed(result)
    for each in result.placed:
        if each.track is None:
            _take_off(each)
        elif capability_of(each.track):
            remove_layer(each.datablock, each.track)
        else:
            _take_out(each)


def _take_off(placed: Placed) -> None:
    placed.datablock.animation_data.action = None
    if placed.action.users == 0:
        bpy.data.actions.remove(placed.action)


def _take_out(placed: Placed) -> None:
    placed.track.strips.remove(placed.strip)
    if not len(placed.track.strips):
        placed.datablock.animation_data.nla_tracks.remove(placed.track)
    if placed.action.users == 0:
        bpy.data.actions.remove(placed.action)


def push_down(result: LayerResult) -> None:
    """Let active actions go on as strips on top of the NLA, where they are evaluated as before.

    Raises:
        InputError: there is none, or it cannot be changed.
    """
    active = [each for each in result.placed if each.strip is None]
    if not active:
        raise InputError(f"'{result.name}' lies in the NLA already")
    for each in active:
        if not each.datablock.is_editable or not each.datablock.animation_data.use_nla:
            raise InputError(
                f"the NLA of '{each.label}' cannot be used. Tick the box beside its name in the "
                "NLA editor, or make it editable"
            )
    with undone_on_error() as undo:
        for each in active:
            data = each.datablock.animation_data
            before = compat.remember_assignment(each.datablock)
            undo.callback(compat.restore_assignment, each.datablock, before)
            first, last = played_range(each.datablock)
            undo.callback(setattr, data.nla_tracks, "active", data.nla_tracks.active)
            blending = blending_of(data)
            track = data.nla_tracks.new()
            undo.callback(data.nla_tracks.remove, track)
            track.name = each.action.name
            strip = track.strips.new(each.action.name, int(first), each.action)
            compat.assign_strip_slot(strip, before.slot_handle)
            strip.action_frame_start, strip.action_frame_end = first, last
            strip.frame_start, strip.frame_end = first, last
            strip.blend_type, strip.influence, strip.extrapolation = blending
            data.action = None
