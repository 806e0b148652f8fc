"""Settings as they lie in a file, also where nothing is registered under their name any more.

Until Blender 4.5 groups of properties lie among the custom properties of their datablock. Blender
5.0 keeps them apart, and of an older file it reads they are in both places.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import bpy

from ...blender.rows import fit_rows

_UNFIT: Final = (AttributeError, OverflowError, TypeError, ValueError)
"""What Blender raises where a value cannot be that of a property."""

_logger = logging.getLogger(__name__)


def peek(datablock: bpy.types.ID, name: str) -> dict[str, Any]:
    """What lies under a name; empty if nothing does. Enumerations are numbers, no defaults."""
    values: dict[str, Any] = {}
    for store in _stores(datablock):
        if name in store:
            values = store[name].to_dict() | values
    return values


def is_set(values: dict[str, Any]) -> bool:
    """Whether anything is set; Blender makes groups and lists when they are only looked at."""
    return any(is_set(v) if isinstance(v, dict) else v != [] for v in values.values())


def remove(datablock: bpy.types.ID, name: str, *inner: str) -> None:
    """Remove a group, or of a group only these members."""
    for store in _stores(datablock):
        if name in store:
            if not inner:
                del store[name]
            for each in inner:
                if each in store[name]:
                    del store[name][each]


def fill(group: bpy.types.PropertyGroup, values: dict[str, Any]) -> None:
    """Set the members of a group to stored values.

    Those that it lacks are left out. What does not fit a member is logged, and its default kept.
    """
    for prop in group.bl_rna.properties:
        name = prop.identifier
        if name not in values or name == "rna_type":
            continue
        try:
            _set(group, prop, values[name])
        except _UNFIT as error:
            _logger.warning(
                "'%s': the stored %s = %r of %s does not fit (%s); the default is kept",
                group.id_data.name, name, values[name], type(group).__name__, error,
            )  # fmt: skip


def _set(group: bpy.types.PropertyGroup, prop: bpy.types.Property, value: Any) -> None:
    if prop.type == "COLLECTION":
        rows = getattr(group, prop.identifier)
        fit_rows(rows, len(value))
        for row, each in zip(rows, value, strict=False):
            fill(row, each)
    elif prop.type == "POINTER" and isinstance(value, dict):
        fill(getattr(group, prop.identifier), value)
    elif prop.type == "ENUM":
        setattr(group, prop.identifier, _identifier(prop, value))
    else:
        setattr(group, prop.identifier, value)


def _identifier(prop: bpy.types.EnumProperty, number: int) -> str:
    """The choice of a number; ValueError if there is none."""
    named = {item.value: item.identifier for item in prop.enum_items_static}
    if number not in named:
        raise ValueError(f"there is no choice {number}, only {', '.join(map(str, sorted(named)))}")
    return named[number]


def _stores(datablock: bpy.types.ID) -> list[Any]:
    stores: list[Any] = [datablock]
    if hasattr(datablock, "bl_system_properties_get"):
        system = datablock.bl_system_properties_get()
        if system is not None:
            stores.insert(0, system)
    return stores
