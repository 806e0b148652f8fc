"""Cycles that play on: Blender repeats no action by itself, whatever its frame range says."""

from __future__ import annotations

from typing import Final

import bpy

from ....blender import compat
from ....core.editing.edited import Edited

_TURNS_DEG: Final = 0.5
"""A cycle that turns further goes into another direction each time, which no curve can do alone."""
_GOES: Final = 1e-3
"""In the curve's unit: what ends further from where it began goes on from there."""
_GOES_ON: Final = ("location", "rotation_euler")


def repeat_for_ever(action: bpy.types.Action, edited: Edited, first: float, last: float) -> bool:
    """Let every curve of an action repeat before and after it, and its way go on.

    Args:
        action: a cycle, new.
        edited: what it was made of.
        first, last: its frames.

    Returns:
        Whether it repeats; not where each cycle turns.
    """
    if abs(edited.measures.get("turn_deg", 0.0)) > _TURNS_DEG:
        return False
    for curve in compat.action_fcurves(action):
        goes = abs(curve.evaluate(last) - curve.evaluate(first)) > _GOES
        offset = goes and curve.data_path.endswith(_GOES_ON)
        cycles = curve.modifiers.new("CYCLES")
        cycles.mode_before = cycles.mode_after = "REPEAT_OFFSET" if offset else "REPEAT"
    return True
