"""Blender properties that follow from settings declared in core, and groups that hang at objects.

An object may be the editable override of a linked one. Only properties that say so can be changed
there and are kept, so every member of a group at an object says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final, get_type_hints

import bpy

from ..core.settings import Declared, Unit, declared

OVERRIDABLE: Final = {"LIBRARY_OVERRIDABLE"}
IS_PATH: Final = {"ANIMATABLE"} | (
    {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
)
"""Options of a path that may begin with // for the folder of the file."""
_ANGLE_DECIMALS: Final = 4
_LARGEST_STEP: Final = 100
"""Blender's own limit."""
_UNITS: Final = {Unit.SECONDS: "TIME_ABSOLUTE", Unit.METRES_PER_SECOND: "VELOCITY"}


def property_of(each: Declared) -> Any:
    """The Blender property of a setting, with its default, range and tooltip."""
    about = each.setting
    told: dict[str, Any] = {
        "name": about.title, "description": tooltip_of(each), "default": each.default,
    }  # fmt: skip
    if isinstance(each.default, bool):
        return bpy.props.BoolProperty(**told)
    whole = isinstance(each.default, int)
    for name, end in (
        ("min", about.minimum), ("max", about.maximum),
        ("soft_min", about.soft_minimum), ("soft_max", about.soft_maximum),
    ):  # fmt: skip
        if math.isfinite(end):
            told[name] = int(end) if whole else end
    if whole:
        return bpy.props.IntProperty(**told)
    if about.unit in _UNITS:
        told["unit"] = _UNITS[about.unit]
    if about.unit is Unit.DEGREES:
        _turn_to_radians(told)
    if about.step:
        told["step"] = min(round(about.step * 100), _LARGEST_STEP)
    if about.precision:
        told["precision"] = about.precision
    return bpy.props.FloatProperty(**told)


def _turn_to_radians(told: dict[str, Any]) -> None:
    """Blender keeps angles in radians and shows them in what the scene's units say."""
    told["subtype"] = "ANGLE"
    for name in {"default", "min", "max", "soft_min", "soft_max"} & told.keys():
        told[name] = math.radians(told[name])


def tooltip_of(each: Declared) -> str:
    """What the panel tells about a setting."""
    return each.setting.description + (". Can be keyed" if each.setting.keyed else "")


def with_settings(*sources: type) -> Callable[[type], type]:
    """Decorator of a group: it gets the settings of these dataclasses, too."""

    def add(group: type) -> type:
        for each in (setting for source in sources for setting in declared(source)):
            group.__annotations__.setdefault(each.name, property_of(each))
        return group

    return add


def overridable(group: type) -> type:
    """Decorator of a group that hangs at objects: its members can be changed in overrides."""
    group.__annotations__ = get_type_hints(group)
    for member in group.__annotations__.values():
        rows = {"USE_INSERTION"} if member.function is bpy.props.CollectionProperty else set()
        member.keywords["override"] = OVERRIDABLE | rows
    return group


def set_undone(undo: ExitStack, group: Any, name: str, value: Any) -> None:
    """Set a property, and register how to take that back: to what it was, or to unset.

    Args:
        undo: where.
        group: a group of settings that stays where it is until then.
        name: of its property.
        value: the new one.
    """
    before = getattr(group, name)
    if before == value:
        return
    if group.is_property_set(name):
        undo.callback(setattr, group, name, before)
    else:
        undo.callback(group.property_unset, name)
    setattr(group, name, value)


def values_of(group: bpy.types.PropertyGroup, source: type, unit_m: float = 1.0) -> dict[str, Any]:
    """What a group holds of a dataclass' settings, by field.

    Args:
        group: made ``with_settings(source)``.
        source: the dataclass.
        unit_m: metres in one of the scene's units.
    """
    values = {}
    for each in declared(source):
        value = getattr(group, each.name)
        if each.setting.unit is Unit.METRES_PER_SECOND:
            value *= unit_m
        elif each.setting.unit is Unit.DEGREES:
            value = round(math.degrees(value), _ANGLE_DECIMALS)
        values[each.field] = _within(each, value)
    return values


def _within(each: Declared, value: float | bool) -> float | bool:
    """A number as Blender keeps it, in single precision, may lie a rounding beyond its range."""
    if not isinstance(value, float):
        return value
    return min(max(value, each.setting.minimum), each.setting.maximum)
