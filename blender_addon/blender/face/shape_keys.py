"""Shape keys of a face, which is often several meshes: head, teeth, tongue, lashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import FaceError
from ...core.face.maps import FaceMapping, find_channels_of_meshes
from ..drivers import driven_paths
from ..keys.layer_values import REST, active_curves, capability_of, track_paths
from ..vertices import coordinates

Array = NDArray[np.floating]

STILL = 1e-4
"""A weight that never gets farther from 0 than this does not move a face."""

_BOX_MARGIN = 0.05  # of a face's size


def find_face_meshes(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes of a character that have shape keys.

    Args:
        obj: an armature, standing for all meshes that it deforms or that are parented to it; a
            mesh, standing for the character it belongs to: all meshes of its armature, or else
            itself, what is parented to it, and what lies within it and has a parent in common,
            such as teeth beside their head.

    Returns:
        In the order of their names, the object itself first. Meshes that share their data, and so
        their shape keys, are given once.
    """
    shaped = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys is not None]
    meshes, seen = [], set()
    for each in sorted(shaped, key=lambda o: (o != obj, o.name)):
        if each.data not in seen and belongs_to_character(each, obj):
            seen.add(each.data)
            meshes.append(each)
    return meshes


def meshes_deformed_by(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that follow an armature by a modifier, with shape keys or without."""
    return [o for o in bpy.data.objects if o.type == "MESH" and _is_deformed_by(o, armature)]


def belongs_to_character(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether an object is part of the character that another object stands for."""
    owner = armature_of(obj) or obj
    if _belongs_to(other, owner):
        return True
    family = obj.parent is not None and owner == obj and other.type == obj.type == "MESH"
    return family and _shares_a_parent(other, obj) and _lies_within(other, obj)


def shape_key_names(meshes: Iterable[bpy.types.Object]) -> tuple[str, ...]:
    """Names of all shape keys but each mesh's rest shape, each once."""
    names = {
        block.name: None
        for mesh in meshes
        for block in mesh.data.shape_keys.key_blocks
        if block != mesh.data.shape_keys.reference_key
    }
    return tuple(names)


def face_channels(meshes: Iterable[bpy.types.Object]) -> FaceMapping:
    """Which shapes of these meshes do what, as their names tell."""
    return find_channels_of_meshes([shape_key_names([mesh]) for mesh in meshes])


def having_shapes(
    meshes: Iterable[bpy.types.Object], shapes: Iterable[str]
) -> list[bpy.types.Object]:
    """Those of the meshes that have any of these shapes."""
    desired = set(shapes)
    return [m for m in meshes if any(b.name in desired for b in m.data.shape_keys.key_blocks)]


def linked_keys(name: str) -> str:
    """What to tell and to do where the shape keys of a mesh are linked; overriding its object does
    not override them."""
    return (
        f"the shape keys of '{name}' are linked from another file and cannot be animated here. "
        f"Right-click the mesh data below '{name}' in the Outliner ▸ Library Override ▸ Make, or "
        "use Object ▸ Relations ▸ Make Local ▸ Selected Objects and Data"
    )


def check_face_meshes(obj: bpy.types.Object, meshes: Sequence[bpy.types.Object]) -> None:
    """Refuse a face that cannot be animated by shape keys.

    Raises:
        FaceError: there are no shape keys, or they are absolute, linked or edited right now; says
            what to do.
    """
    if not meshes:
        where = "none of its meshes has" if obj.type == "ARMATURE" else "it has no"
        raise FaceError(
            f"'{obj.name}' cannot speak: {where} shape keys. Choose the mesh of the face, or its "
            "armature, or give it shapes such as the ARKit ones"
        )
    for mesh in meshes:
        keys = mesh.data.shape_keys
        if mesh.data.is_editmode:
            raise FaceError(f"'{mesh.name}' is in Edit Mode. Leave it with Tab first")
        if not keys.use_relative:
            raise FaceError(
                f"the shape keys of '{mesh.name}' are absolute: they play one after the other. "
                "Tick Relative in Properties ▸ Data ▸ Shape Keys"
            )
        if not keys.is_editable:
            raise FaceError(linked_keys(mesh.name))


def beyond_slider(mesh: bpy.types.Object, weights: Mapping[str, Array]) -> list[str]:
    """Shapes whose weights leave the range of their slider, where Blender cuts them off."""
    return [
        block.name
        for block in mesh.data.shape_keys.key_blocks
        if block.name in weights
        and len(weights[block.name])
        and (
            weights[block.name].max() > block.slider_max + STILL
            or weights[block.name].min() < block.slider_min - STILL
        )
    ]


def armature_of(obj: bpy.types.Object) -> bpy.types.Object | None:
    """The armature itself, or the one that deforms or carries a mesh."""
    if obj.type == "ARMATURE":
        return obj
    for modifier in obj.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            return modifier.object
    return armature_of(obj.parent) if obj.parent is not None else None


def _shares_a_parent(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    above = obj.parent
    while above is not None:
        if _belongs_to(other, above):
            return True
        above = above.parent
    return False


def _lies_within(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether the middle of a mesh is in the box around another one: faces side by side are two."""
    box, inner = _box(obj), _box(other)
    margin = _BOX_MARGIN * np.linalg.norm(box[1] - box[0])
    middle = inner.mean(axis=0)
    return bool((middle >= box[0] - margin).all() and (middle <= box[1] + margin).all())


def _box(obj: bpy.types.Object) -> Array:
    """(2, 3) lowest and highest corner in the world."""
    places = coordinates(obj.data.vertices) if len(obj.data.vertices) else np.zeros((1, 3))
    world = np.array(obj.matrix_world)
    places = places @ world[:3, :3].T + world[:3, 3]
    return np.stack((places.min(axis=0), places.max(axis=0)))


def _belongs_to(mesh: bpy.types.Object, obj: bpy.types.Object) -> bool:
    if mesh == obj or _is_deformed_by(mesh, obj):
        return True
    return mesh.parent is not None and _belongs_to(mesh.parent, obj)


def _is_deformed_by(mesh: bpy.types.Object, armature: bpy.types.Object) -> bool:
    return any(m.type == "ARMATURE" and m.object == armature for m in mesh.modifiers)


def animated_paths(datablock: bpy.types.ID, capability: str = "") -> set[str]:
    """Data paths that the active action or an NLA track that is heard moves.

    Args:
        datablock: an object, or the shape keys of a mesh.
        capability: its own layers are left out, for a new one takes their place.
    """
    paths = set(active_curves(datablock))
    data = datablock.animation_data
    for track in data.nla_tracks if data is not None else ():
        if not track.mute and capability_of(track) not in (REST, capability or REST):
            paths |= track_paths(track)
    return paths


def driven_shapes(mesh: bpy.types.Object, shapes: Iterable[str]) -> list[str]:
    """Those of these shapes whose value a driver sets, which no key can change."""
    driven = driven_paths(mesh.data.shape_keys)
    return [shape for shape in shapes if shape_path(shape) in driven]


def shape_path(shape: str) -> str:
    """RNA path of a shape's value from its shape-key datablock."""
    return f'key_blocks["{bpy.utils.escape_identifier(shape)}"].value'
