"""Settings of a character that is the editable override of a linked one are kept with the file.

Blender notes a line that was added to a list by the names of it and of the one before it: of lines
without names only one would be there again after loading. So each gets a name before a file is
saved, those of characters that others may link as well.

From 5.0 on Blender notes that a whole group was replaced where the linked object has no such group
yet, and cannot carry that out when the file is loaded. Groups are made when they are looked at, so
both sides are looked at before a file is saved; then only the members that differ are noted.
"""

from __future__ import annotations

import bpy

from ...blender.rows import name_rows
from .stored import peek


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _before_save(_path: str, *_more: object) -> None:
    for obj in bpy.data.objects:
        if not peek(obj, "neural_motion"):
            continue
        override = obj.override_library
        linked = override.reference if override is not None else None
        if linked is not None:
            for each in (obj, linked):
                _look_at(each.neural_motion)
        if obj.is_editable:
            _name_lines(obj.neural_motion, linked.neural_motion if linked is not None else None)


def _look_at(group: bpy.types.PropertyGroup) -> None:
    for member in _members(group):
        _look_at(getattr(group, member))


def _name_lines(group: bpy.types.PropertyGroup, linked: bpy.types.PropertyGroup | None) -> None:
    for prop in group.bl_rna.properties:
        if prop.type == "COLLECTION":
            rows = getattr(group, prop.identifier)
            others = getattr(linked, prop.identifier) if linked is not None else ()
            name_rows(rows, others)
            for row in rows if _has_lists(prop.fixed_type) else ():
                _name_lines(row, next((each for each in others if each.name == row.name), None))
    for member in _members(group):
        inner = getattr(linked, member) if linked is not None else None
        _name_lines(getattr(group, member), inner)


def _has_lists(kind: bpy.types.Struct) -> bool:
    return any(prop.type == "COLLECTION" for prop in kind.properties)


def _members(group: bpy.types.PropertyGroup) -> list[str]:
    """The groups in a group."""
    return [
        prop.identifier
        for prop in group.bl_rna.properties
        if prop.type == "POINTER"
        and prop.identifier != "rna_type"
        and isinstance(getattr(group, prop.identifier), bpy.types.PropertyGroup)
    ]


def register() -> None:
    """Look before each saving."""
    bpy.app.handlers.save_pre.append(_before_save)


def unregister() -> None:
    """Look no more."""
    bpy.app.handlers.save_pre.remove(_before_save)
