"""Settings of a character that is the editable override of a linked one are kept with the file.

From 5.0 on Blender notes that a whole group was replaced where the linked object has no such group
yet, and cannot carry that out when the file is loaded. Groups are made when they are looked at, so
both sides are looked at before a file is saved; then only the members that differ are noted.
"""

from __future__ import annotations

import bpy

from .stored import peek


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _before_save(_path: str, *_more: object) -> None:
    for obj in bpy.data.objects:
        override = obj.override_library
        if override is not None and override.reference is not None and peek(obj, "neural_motion"):
            for each in (obj, override.reference):
                _look_at(each.neural_motion)


def _look_at(group: bpy.types.PropertyGroup) -> None:
    for prop in group.bl_rna.properties:
        if prop.type == "POINTER" and prop.identifier != "rna_type":
            member = getattr(group, prop.identifier)
            if isinstance(member, bpy.types.PropertyGroup):
                _look_at(member)


def register() -> None:
    """Look before each saving."""
    bpy.app.handlers.save_pre.append(_before_save)


def unregister() -> None:
    """Look no more."""
    bpy.app.handlers.save_pre.remove(_before_save)
