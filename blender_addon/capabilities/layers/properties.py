"""How the list of a character's results is shown."""

from __future__ import annotations

from enum import Enum

import bpy

from ...blender.declared import overridable
from ...blender.layers.found import LayerResult


class Sorting(Enum):
    """What stands at the top of the list."""

    TIME = "TIME"
    STACK = "STACK"


@overridable
class NEURALMOTION_PG_layers(bpy.types.PropertyGroup):
    """The list of one character's results."""

    sorting: bpy.props.EnumProperty(
        name="Sort By",
        description="What stands at the top",
        items=(
            (Sorting.STACK.value, "Stack", "What is evaluated last, as in the NLA editor"),
            (Sorting.TIME.value, "Time", "What begins first"),
        ),
        default=Sorting.STACK.value,
    )


def in_order(results: list[LayerResult], sorting: str) -> list[LayerResult]:
    """Results as they are listed."""
    if sorting == Sorting.TIME.value:
        return sorted(results, key=lambda each: (*each.span, each.name))
    return sorted(results, key=lambda each: (-each.height, each.name))
