"""Where a result begins: where the one began whose place it takes, at the playhead, or on a frame.

An animator generates, plays, changes something and generates again: the playhead is somewhere else
by then, and the result is not meant to follow it.
"""

from __future__ import annotations

from typing import Final

import bpy

from .options import ResultKind, ResultOptions
from .strips import strips_of_ours
from .takes import is_active_ours_alone

_DELAY: Final = "neural_motion_delay"
"""Custom property of an action: how many frames later it begins than was asked for."""


def remember_delay(action: bpy.types.Action, frames: int) -> None:
    """Remember that a result begins later than it was asked for."""
    if frames:
        action[_DELAY] = frames


def start_of_replaced(
    datablock: bpy.types.ID, capability: str, options: ResultOptions, frame: int, length: float
) -> int | None:
    """Where the result was asked to begin whose place a new one would take; None if there is none.

    Args:
        datablock: what is animated.
        capability: such as "walk".
        options: of the new one.
        frame: where it would begin otherwise.
        length: about how many frames it will have.
    """
    if not options.replace_last:
        return None
    if is_active_ours_alone(datablock, capability):
        return asked_start(datablock.animation_data.action)
    if options.kind is not ResultKind.STRIP:
        return None
    covered = [
        strip
        for _, strip in strips_of_ours(datablock, capability)
        if strip.frame_start < frame + length and strip.frame_end > frame
    ]
    first = min(covered, key=lambda strip: strip.frame_start, default=None)
    return None if first is None else asked_start(first.action)


def asked_start(action: bpy.types.Action) -> int:
    """Where a result was asked to begin."""
    return round(action.frame_range[0]) - int(action.get(_DELAY, 0))
