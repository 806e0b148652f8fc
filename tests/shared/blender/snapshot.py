"""Everything a .blend file holds, as plain values that can be compared."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

# Rebuilt by Blender at will, or nothing an animator set.
_SKIPPED = {
    "rna_type", "bl_rna", "original", "session_uid", "is_evaluated", "users", "tag", "id_data",
    "is_runtime_data", "users_collection", "preview", "collection_import", "asset_data", "display",
}  # fmt: skip
_COUNTED = {"vertex_groups"}
# What others point to is listed once, where it lives, and named wherever it is pointed to.
_NAMED = (bpy.types.ID, bpy.types.Bone, bpy.types.PoseBone, bpy.types.BoneCollection,
          bpy.types.FCurve)  # fmt: skip
_HOMES = {
    ("Armature", "bones"), ("Armature", "collections_all"), ("Pose", "bones"),
    ("Action" if bpy.app.version < (4, 4) else "ActionChannelbag", "fcurves"),
}  # fmt: skip
# Keys come in thousands: each property of all at once.
_OF_KEYS = {
    np.float32: {"co": 2, "handle_left": 2, "handle_right": 2, "amplitude": 1, "back": 1,
                 "period": 1},
    np.int32: {"interpolation": 1, "easing": 1, "type": 1, "handle_left_type": 1,
               "handle_right_type": 1},
    np.bool_: {"select_control_point": 1, "select_left_handle": 1, "select_right_handle": 1},
}  # fmt: skip
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


def struct_of(value: Any) -> dict[str, Any]:
    """Every property of one thing, with what it is made of."""
    return _struct(value, 0)


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
        at_home = (value.bl_rna.identifier, name) in _HOMES
        taken[name] = _plain(value.bl_rna.properties[name], found, depth, at_home)
    return taken


def _plain(property_: Any, found: Any, depth: int, at_home: bool) -> Any:
    if property_.type == "POINTER":
        if found is None or isinstance(found, _NAMED):
            return None if found is None else _name(found)
        return _struct(found, depth + 1) if depth < 4 else "…"
    if property_.type == "COLLECTION" and property_.fixed_type.identifier == "Keyframe":
        return _keys(found)
    if property_.type == "COLLECTION":
        if property_.identifier in _COUNTED:
            return len(found)
        return [
            _name(item) if isinstance(item, _NAMED) and not at_home else _struct(item, depth + 1)
            for item in found
            if depth < 6
        ]
    if getattr(property_, "is_array", False):
        return _flat(found)
    return found if not isinstance(found, set) else sorted(found)


def _name(found: Any) -> str:
    if isinstance(found, bpy.types.FCurve):
        return f"{found.data_path}[{found.array_index}]"
    return found.name


def _keys(points: Any) -> dict[str, bytes]:
    taken = {}
    for dtype, widths in _OF_KEYS.items():
        for name, width in widths.items():
            values = np.empty(len(points) * width, dtype)
            points.foreach_get(name, values)
            taken[name] = values.tobytes()
    return taken


def _flat(values: Any) -> tuple[Any, ...]:
    return tuple(_flat(v) if hasattr(v, "__len__") else v for v in values)
