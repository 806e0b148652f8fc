"""Everything a .blend file holds, as plain values that can be compared."""

from __future__ import annotations

from typing import Any

import bpy

# Rebuilt by Blender at will, or the screen's own business.
_SKIPPED = {
    "rna_type", "bl_rna", "original", "session_uid", "is_evaluated", "users", "tag", "id_data",
    "depsgraph", "view_layers", "is_runtime_data", "users_collection", "is_dirty", "loop_triangles",
    "loop_triangle_polygons", "corner_normals", "vertex_normals", "polygon_normals", "preview",
    "orientation", "collection_import", "asset_data", "display", "display_settings",
    "view_settings", "sequencer_colorspace_settings", "color_management",
    "linear_colorspace_settings",
}  # fmt: skip
_COUNTED = {"vertices", "edges", "loops", "polygons", "attributes", "vertex_groups"}
_KINDS = ("objects", "armatures", "curves", "meshes", "actions", "collections", "scenes",
          "materials", "shape_keys")  # fmt: skip


def snapshot() -> dict[str, Any]:
    """Every property of every datablock that an animator's file is made of."""
    bpy.context.view_layer.update()
    taken: dict[str, Any] = {}
    for kind in _KINDS:
        for block in getattr(bpy.data, kind):
            taken[f"{kind}/{block.name}"] = _struct(block, 0)
            taken[f"{kind}/{block.name}/users"] = block.users
    return taken


def _struct(value: Any, depth: int) -> Any:
    taken = {}
    for property_ in value.bl_rna.properties:
        name = property_.identifier
        if name in _SKIPPED:
            continue
        try:
            found = getattr(value, name)
        except (AttributeError, RuntimeError, ValueError):
            continue
        taken[name] = _plain(property_, found, depth)
    return taken


def _plain(property_: Any, found: Any, depth: int) -> Any:
    if property_.type == "POINTER":
        if found is None or isinstance(found, bpy.types.ID):
            return None if found is None else found.name
        return _struct(found, depth + 1) if depth < 4 else "…"
    if property_.type == "COLLECTION":
        if property_.identifier in _COUNTED:
            return len(found)
        return [
            item.name if isinstance(item, bpy.types.ID) else _struct(item, depth + 1)
            for item in found
            if depth < 6
        ]
    if getattr(property_, "is_array", False):
        return _flat(found)
    return found if not isinstance(found, set) else sorted(found)


def _flat(values: Any) -> tuple[Any, ...]:
    return tuple(_flat(v) if hasattr(v, "__len__") else v for v in values)
