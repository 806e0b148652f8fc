"""What the user sets about the keys that are written: shared properties, their panel, the reader.

A capability hangs ``NEURALMOTION_PG_layer_result`` under its own settings, draws it with
``draw_layer_result`` and reads it with ``layer_options``. One that writes actions derives a group
of its own from ``KeyProperties``, and reads it with ``action_options``.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..declared import overridable
from .density import KeyDensity
from .options import EASED_LAYER, ResultKind, ResultOptions

EVERY_FRAME_ITEM: Final = (
    KeyDensity.EVERY_FRAME.value,
    "Every Frame",
    "Exactly what was generated",
)
REDUCED_ITEM: Final = (
    KeyDensity.REDUCED.value,
    "Reduced",
    "As few keys as keep every joint within the limits below",
)
CONTACTS: Final = "CONTACTS"
"""Chosen frames: where a foot begins or ends to stand."""

CONTACTS_ITEM: Final = (
    CONTACTS,
    "On Contacts",
    "Where a foot begins or ends to stand, and halfway between: to go on by hand",
)
WRITE_TO_ITEMS: Final = (
    (
        ResultKind.ACTION.value,
        "New Action",
        "A new action animates the character; the one before is kept",
    ),
    (
        ResultKind.STRIP.value,
        "NLA Strip",
        "A strip on top of the NLA. The active action is pushed down to a track of its own",
    ),
)
"""What the keys of a whole body may be written to."""


def _blend_time(name: str, description: str, default_s: float = 0.0) -> Any:
    """How long an end of a result blends, in seconds."""
    return bpy.props.FloatProperty(
        name=name,
        description=description,
        default=default_s,
        min=0.0,
        soft_max=2.0,
        max=60.0,
        unit="TIME_ABSOLUTE",
    )


class KeyProperties:
    """Mix-in of what every group of result options has."""

    blend_in: _blend_time(
        "Blend In",
        "How long it takes to grow out of what is there at the first frame, in "
        "seconds. What carries a character along is not blended",
    )
    blend_out: _blend_time(
        "Blend Out",
        "How long it takes to end in what the animation before shows at the last "
        "frame, in seconds. What carries a character along is not blended",
    )


@overridable
class NEURALMOTION_PG_layer_result(KeyProperties, bpy.types.PropertyGroup):
    """How a layer is written."""

    blend_in: _blend_time(
        "Blend In",
        "How long the layer takes to come in at its first frame, in seconds",
        EASED_LAYER.blend_in_s,
    )
    blend_out: _blend_time(
        "Blend Out",
        "How long the layer takes to go out at its last frame, in seconds",
        EASED_LAYER.blend_out_s,
    )
    replace_last: bpy.props.BoolProperty(
        name="Replace Last Layer",
        description="Remove the layer generated before, if the new one covers it and nobody "
        "changed, renamed, moved, locked, muted or shared it since. Otherwise, and where this is "
        "off, it is kept and gives way where the new one lies",
        default=EASED_LAYER.replace_last,
    )
    density: bpy.props.EnumProperty(
        name="Keys",
        description="How many keys are written",
        items=(
            EVERY_FRAME_ITEM,
            (
                KeyDensity.REDUCED.value,
                "Reduced",
                "As few keys as keep every bone and shape within the limits below",
            ),
        ),
        default=EASED_LAYER.density.value,
    )
    turn_bound: bpy.props.FloatProperty(
        name="Rotation",
        description="Most that a bone may turn away from what was generated",
        default=EASED_LAYER.turn_bound_rad,
        min=0.0001,
        soft_max=0.1,
        max=1.0,
        precision=2,
        subtype="ANGLE",
    )
    shift_bound_mm: bpy.props.FloatProperty(
        name="Position (mm)",
        description="Most that a bone that slides may be away from what was generated, in "
        "millimetres",
        default=1000.0 * EASED_LAYER.shift_bound_m,
        min=0.01,
        soft_max=20.0,
        max=1000.0,
    )
    weight_bound: bpy.props.FloatProperty(
        name="Shape",
        description="Most that the value of a shape key may differ from what was generated",
        default=EASED_LAYER.weight_bound,
        min=0.0005,
        soft_max=0.1,
        max=1.0,
        precision=3,
        step=1,
    )


def draw_layer_result(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Draw a ``NEURALMOTION_PG_layer_result``."""
    draw_result_options(
        layout,
        chosen,
        ("replace_last", "blend_in", "blend_out", "density"),
        ("turn_bound", "shift_bound_mm", "weight_bound"),
    )


def draw_result_options(
    layout: bpy.types.UILayout,
    chosen: bpy.types.PropertyGroup,
    names: tuple[str, ...],
    bounds: tuple[str, ...],
) -> None:
    """Draw result options; the bounds only where keys are reduced."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    for name in names:
        layout.prop(chosen, name)
    if chosen.density == KeyDensity.REDUCED.value:
        column = layout.column(align=True)
        for name in bounds:
            column.prop(chosen, name)


def layer_options(chosen: bpy.types.PropertyGroup) -> ResultOptions:
    """The choices of a ``NEURALMOTION_PG_layer_result`` as the scene takes them."""
    return ResultOptions(
        kind=ResultKind.LAYER,
        replace_last=chosen.replace_last,
        blend_in_s=chosen.blend_in,
        blend_out_s=chosen.blend_out,
        density=KeyDensity(chosen.density),
        turn_bound_rad=chosen.turn_bound,
        shift_bound_m=chosen.shift_bound_mm / 1000.0,
        weight_bound=chosen.weight_bound,
    )


def action_options(chosen: bpy.types.PropertyGroup) -> ResultOptions:
    """The choices of a motion that becomes an action or a strip, as the scene takes them."""
    on_contacts = chosen.density == CONTACTS
    return ResultOptions(
        kind=ResultKind(chosen.kind),
        replace_last=chosen.replace_last,
        blend_in_s=chosen.blend_in,
        blend_out_s=chosen.blend_out,
        density=KeyDensity.CHOSEN_FRAMES if on_contacts else KeyDensity(chosen.density),
        turn_bound_rad=chosen.turn_bound,
        shift_bound_m=chosen.shift_bound_mm / 1000.0,
        markers=chosen.contacts,
    )


CLASSES = (NEURALMOTION_PG_layer_result,)
