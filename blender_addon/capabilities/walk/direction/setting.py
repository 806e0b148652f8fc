"""Sets a character's direction as a preset has it."""

from __future__ import annotations

import math
from typing import Any, Final

import bpy

from ....core.settings import Unit, declared
from ....core.walk.presets import PRESETS
from ....core.walk.settings import WALKING_M_S, Direction
from .presets import KeptDirection

_FACING: Final = "facing"
_SAME: Final = 1e-4  # of a speed: less is rounding


def set_direction(context: bpy.types.Context, walk: Any, kept: KeptDirection) -> None:
    """Set sliders, style and, unless the user set one, the speed.

    Args:
        context: whose scene's units hold.
        walk: the settings of a character.
        kept: what to set.
    """
    for each in declared(Direction):
        if each.name != _FACING:
            value = getattr(kept.direction, each.field)
            in_degrees = each.setting.unit is Unit.DEGREES
            setattr(walk.direction, each.name, math.radians(value) if in_degrees else value)
    if kept.style is not None:
        walk.direction.style = kept.style.name
        walk.direction.second_style = kept.style.other
        walk.direction.blend = kept.style.blend
    else:
        _set_speed(context, walk, kept.speed)


def _set_speed(context: bpy.types.Context, walk: Any, factor: float) -> None:
    """The usual speed times a factor, unless there is one that no preset has set."""
    # Not above: switching the extension on does not wait for it.
    from ..pace import lengths_per_person

    usual = WALKING_M_S * lengths_per_person(context, walk.id_data)
    presets = {1.0, *(each.speed for each in PRESETS)}
    if any(abs(walk.speed / (usual * each) - 1.0) < _SAME for each in presets):
        walk.speed = usual * factor
