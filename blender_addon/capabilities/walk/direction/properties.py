"""What the user sets in the Direction sub-panel, and of each place along the path."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ....blender.declared import overridable, values_of, with_settings
from ....core.settings import declared
from ....core.walk.direction import DirectionChange, Directions, StyleChange, StyleChoice
from ....core.walk.settings import Direction
from .style_menu import style_property

SLIDERS: Final = {each.name.upper(): each for each in declared(Direction)}
"""What can change along a path beside speed, stops and style, by the kind of a mark."""


def _mark_kinds() -> tuple[tuple[str, str, str, str, int], ...]:
    """Files keep the numbers: the first two are as they always were."""
    first = (
        ("SPEED", "Speed", "Go on at another speed", "NONE", 0),
        ("STOP", "Stop", "Stand still for a while", "NONE", 1),
        ("STYLE", "Style", "Go on in another style", "NONE", 2),
    )
    sliders = tuple(
        (kind, each.setting.title, each.setting.description, "NONE", number)
        for number, (kind, each) in enumerate(SLIDERS.items(), 3)
    )
    return first + sliders


MARK_KINDS: Final = _mark_kinds()


class _Styled:
    """Mix-in of groups that choose a style of walking, kept by its name."""

    style: bpy.props.StringProperty(
        name="Style Name", description="Name of the style; empty for that which the seed picks"
    )
    style_menu: style_property("style", "Style", "A named style of walking of the chosen model")
    second_style: bpy.props.StringProperty(
        name="Second Style Name", description="Name of the style to blend with; empty for none"
    )
    second_style_menu: style_property(
        "second_style", "Second Style", "Another style to blend with", first=False
    )
    blend: bpy.props.FloatProperty(
        name="Blend",
        description="How much of the second style",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )


@overridable
@with_settings(Direction)
class NEURALMOTION_PG_path_mark(_Styled, bpy.types.PropertyGroup):
    """A place on the path where something changes."""

    kind: bpy.props.EnumProperty(
        name="What", description="What changes from here on", items=MARK_KINDS, default="STOP"
    )
    distance: bpy.props.FloatProperty(
        name="At",
        description="Distance from the start of the path",
        default=2.0,
        min=0.0,
        unit="LENGTH",
    )
    speed: bpy.props.FloatProperty(
        name="Speed",
        description="Desired speed from here on",
        default=2.5,
        min=0.0,
        step=10,
        unit="VELOCITY",
    )
    seconds: bpy.props.FloatProperty(
        name="For",
        description="How long to stand, in seconds",
        default=2.0,
        min=0.0,
        max=600.0,
        soft_max=30.0,
        unit="TIME_ABSOLUTE",
    )


@overridable
@with_settings(Direction)
class NEURALMOTION_PG_direction(_Styled, bpy.types.PropertyGroup):
    """How a character walks."""

    preset: bpy.props.StringProperty(
        name="Preset", description="Name to save style and sliders under"
    )


VALUE_OF_KIND: Final = {
    "SPEED": "speed",
    "STOP": "seconds",
    "STYLE": "style_menu",
    **{kind: each.name for kind, each in SLIDERS.items()},
}
"""Which member of a mark says what changes to."""


def style_of(chosen: Any) -> StyleChoice:
    """The style set in the panel, or at a mark."""
    return StyleChoice(chosen.style, chosen.second_style, float(chosen.blend))


def directions_of(chosen: Any, marks: Any, unit_m: float) -> Directions:
    """Everything said of a walk.

    Args:
        chosen: the settings of a character.
        marks: along its path.
        unit_m: metres in one of the scene's units.
    """
    changes = tuple(
        DirectionChange(
            mark.distance * unit_m,
            SLIDERS[mark.kind].field,
            values_of(mark, Direction)[SLIDERS[mark.kind].field],
        )
        for mark in marks
        if mark.kind in SLIDERS
    )
    styles = tuple(
        StyleChange(mark.distance * unit_m, style_of(mark))
        for mark in marks
        if mark.kind == "STYLE"
    )
    start = Direction(**values_of(chosen, Direction))
    return Directions(start, changes, style_of(chosen), styles)
