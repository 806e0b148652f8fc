"""The slider of a result, hung at the action by which it goes; it holds nothing of its own."""

from __future__ import annotations

import bpy

from ...blender.layers.found import LayerResult, result_of
from ...blender.layers.influence import influence_of, set_influence
from ...core.errors import REPORTED
from .known import chosen_results


def _result(row: bpy.types.PropertyGroup) -> LayerResult | None:
    return result_of(row.id_data, chosen_results(bpy.context))


def _get(row: bpy.types.PropertyGroup) -> float:
    result = _result(row)
    influence = influence_of(result) if result is not None else None
    return 1.0 if influence is None else influence


def _set(row: bpy.types.PropertyGroup, value: float) -> None:
    result = _result(row)
    if result is None:
        return
    try:
        set_influence(result, value)
    except REPORTED:  # its slider is greyed out; only a script comes here
        return


class NEURALMOTION_PG_layer_row(bpy.types.PropertyGroup):
    """What of a result is changed by dragging."""

    influence: bpy.props.FloatProperty(
        name="Influence",
        description="How much of it shows, on everything that it moves; its ends blend as before. "
        "At 1 it is as it was written",
        min=0.0,
        max=1.0,
        default=1.0,
        subtype="FACTOR",
        get=_get,
        set=_set,
    )


def register() -> None:
    """Hang the slider at every action."""
    bpy.utils.register_class(NEURALMOTION_PG_layer_row)
    bpy.types.Action.neural_motion_row = bpy.props.PointerProperty(type=NEURALMOTION_PG_layer_row)


def unregister() -> None:
    """Take it away."""
    del bpy.types.Action.neural_motion_row
    bpy.utils.unregister_class(NEURALMOTION_PG_layer_row)
