"""Settings as they lie in a file, also where nothing is registered under their name any more.

Until Blender 4.5 groups of properties lie among the custom properties of their datablock. Blender
5.0 keeps them apart, and of an older file it reads they are in both places.
"""

from __future__ import annotations

from typing import Any

import bpy


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
    """Set the members of a group to stored values; those that it lacks are left out."""
    for prop in group.bl_rna.properties:
        name = prop.identifier
        if name not in values or name == "rna_type":
            continue
        value = values[name]
        if prop.type == "COLLECTION":
            rows = getattr(group, name)
            rows.clear()
            for each in value:
                fill(rows.add(), each)
        elif prop.type == "POINTER" and isinstance(value, dict):
            fill(getattr(group, name), value)
        elif prop.type == "ENUM":
            setattr(group, name, _identifier(prop, value))
        else:
            setattr(group, name, value)


def _identifier(prop: bpy.types.EnumProperty, number: int) -> str:
    return next(item.identifier for item in prop.enum_items_static if item.value == number)


def _stores(datablock: bpy.types.ID) -> list[Any]:
    stores: list[Any] = [datablock]
    if hasattr(datablock, "bl_system_properties_get"):
        system = datablock.bl_system_properties_get()
        if system is not None:
            stores.insert(0, system)
    return stores
