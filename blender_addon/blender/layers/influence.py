"""How much of a result shows: its influence, scaled with the ease in and out that it has.

Blender works a strip's influence out of its blending, unless it is animated. Then the blending does
not count, so that what is set here is keyed with the same ease. At 1 the strip is as before.
"""

from __future__ import annotations

import json
from typing import Any, Final

import bpy

from ..keys.fingerprint import MARKS
from .found import LayerResult, Placed
from .switching import check_can_be_switched

_SET: Final = f"{MARKS}influence"
"""Custom property of an action: keys that were set on its strip's influence, and what was before.
"""
_NEAR: Final = 1e-4


def influence_of(result: LayerResult) -> float | None:
    """How much of a result shows, 0 to 1; None where a hand animated that."""
    found = [_read(each) for each in result.strips]
    if any(value is None for value in found):
        return None
    return max((value for value in found if value is not None), default=1.0)


def set_influence(result: LayerResult, value: float) -> None:
    """Let so much of a result show, with the ease in and out that it has.

    Args:
        result: which.
        value: 0 to 1.

    Raises:
        InputError: it cannot be switched.
    """
    check_can_be_switched(result)
    for each in result.strips:
        if _read(each) is not None:
            _write(each, min(max(value, 0.0), 1.0))


def _read(placed: Placed) -> float | None:
    strip = placed.strip
    if not strip.use_animated_influence:
        return 1.0
    curve = strip.fcurves.find("influence")
    known = _remembered(placed.action)
    if curve is None or known is None or len(curve.modifiers):
        return None
    keys = [tuple(key.co) for key in curve.keyframe_points]
    same = len(keys) == len(known["keys"]) and all(
        abs(a - b) < _NEAR * max(abs(b), 1.0)
        for key, other in zip(keys, known["keys"], strict=True)
        for a, b in zip(key, other, strict=True)
    )
    return float(known["value"]) if same else None


def _remembered(action: bpy.types.Action) -> dict[str, Any] | None:
    text = action.get(_SET)
    try:
        known = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return (
        known if isinstance(known, dict) and {"value", "keys", "before"} <= known.keys() else None
    )


def _write(placed: Placed, value: float) -> None:
    strip, action = placed.strip, placed.action
    known = _remembered(action) if strip.use_animated_influence else None
    before = known["before"] if known is not None else strip.influence
    if value >= 1.0:
        _as_before(strip, before)
        if _SET in action and action.is_editable:
            del action[_SET]
        return
    strip.use_animated_influence = True
    curve = strip.fcurves.find("influence")
    curve.keyframe_points.clear()
    keys = _eased(strip, value)
    for frame, height in keys:
        curve.keyframe_points.insert(frame, height).interpolation = "LINEAR"
    curve.update()
    action[_SET] = json.dumps({"value": value, "keys": keys, "before": before})
    strip.influence = value  # tells Blender that something changed
    placed.datablock.update_tag()


def _as_before(strip: bpy.types.NlaStrip, before: float) -> None:
    if not strip.use_animated_influence:
        return
    curve = strip.fcurves.find("influence")
    if curve is not None:
        curve.keyframe_points.clear()
    strip.use_animated_influence = False
    strip.influence = before
    strip.id_data.update_tag()


def _eased(strip: bpy.types.NlaStrip, value: float) -> list[tuple[float, float]]:
    """Keys of the influence: as its blending would have it, to another height."""
    first, last = strip.frame_start, strip.frame_end
    keys = {first + strip.blend_in: value, last - strip.blend_out: value}
    keys[first] = 0.0 if strip.blend_in > 0 else value
    keys[last] = 0.0 if strip.blend_out > 0 else value
    return sorted(keys.items())
