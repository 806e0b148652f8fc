"""Everything a .blend file holds, as plain values that can be compared."""

from __future__ import annotations

from typing import Any

import bpy

# Rebuilt by Blender at will, or nothing an animator set.
_SKIPPED = {
    "rna_type", "bl_rna", "original", "session_uid", "is_evaluated", "users", "tag", "id_data",
    "is_runtime_data", "users_collection", "preview", "collection_import", "asset_data", "display",
}  # fmt: skip
_COUNTED = {"vertex_groups"}
_KINDS = ("objects", "armatures", "curves", "actions", "collections")
_OF_SCENES = ("name", "frame_start", "frame_end", "frame_current", "frame_subframe", "objects",
              "camera", "world", "gravity", "cursor", "animation_data", "neural_motion",
              "unit_settings", "collection")  # fmt: skip


def snapshot() -> dict[str, Any]:
    """Every property of objects, armatures, curves, actions; shapes of meshes; scene settings."""
    bpy.context.view_layer.update()
    taken: dict[str, Any] = {}
    for kind in _KINDS:
        for block in getattr(bpy.data, kind):
            taken[f"{kind}/{block.name}"] = _struct(block, 0)
            taken[f"{kind}/{block.name}/users"] = block.users
    for mesh in bpy.data.meshes:
        taken[f"meshes/{mesh.name}"] = [tuple(vertex.co) for vertex in mesh.vertices], mesh.users
    for scene in bpy.data.scenes:
        taken[f"scenes/{scene.name}"] = _struct(scene, 0, only=_OF_SCENES)
    return taken


def _struct(value: Any, depth: int, only: tuple[str, ...] | None = None) -> Any:
    taken = {}
    names = [name for name in value.bl_rna.properties.keys() if name not in _SKIPPED]  # noqa: SIM118
    for name in names:
        if only is not None and name not in only:
            continue
        try:
            found = getattr(value, name)
        except (AttributeError, RuntimeError, ValueError):
            continue
        taken[name] = _plain(value.bl_rna.properties[name], found, depth)
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
