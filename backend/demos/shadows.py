"""Coarse shadows of characters, for pictures made where OpenGL is done in software.

Shadow volumes are made anew whenever a mesh deforms: there they cost more than all else together.
A shadow on the ground does not show whether it was thrown by a character or by hulls inside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HELD: Final = 0.5  # share of a vertex from which on it is part of a bone's hull
_DIRECTIONS: Final = 32  # in which a hull reaches as far as what it stands for
_FEWEST: Final = 8
_DEPTH_M: Final = 0.008
_DEPTH_SHARE: Final = 0.25  # of the shortest half axis
_LONG: Final = 1.6  # a limb is so much longer than wide, and keeps its length
_LOOSE: Final = "Hair"  # a hull would fill its hollow


@dataclass(frozen=True, eq=False)
class _Held:
    """(N, 3) vertices at rest in the armature's space, and the commonest material there."""

    places: Array
    material: bpy.types.Material | None


def coarsen_shadows(scene: bpy.types.Scene) -> None:
    """Let hulls inside the characters throw their shadows, one for each bone.

    A hull is closed and rigid, so that no light falls through it as a streak. It lies under skin
    and cloth and has their colour: where a joint bends so far that it comes through, it is not
    noticed. The hulls stay in the scene: save it before.
    """
    worn: dict[bpy.types.Object, list[bpy.types.Object]] = defaultdict(list)
    for thing in [o for o in scene.objects if o.type == "MESH"]:
        thing.display.show_shadows = False
        modifiers: Any = thing.modifiers
        for modifier in modifiers:
            if modifier.type == "ARMATURE" and modifier.object is not None:
                worn[modifier.object].append(thing)
    for armature, meshes in worn.items():
        _add_hulls(scene, armature, [each for each in meshes if _LOOSE not in each.name])


def _add_hulls(
    scene: bpy.types.Scene, armature: bpy.types.Object, meshes: list[bpy.types.Object]
) -> None:
    import bmesh  # there only once bpy is loaded, and sorted imports would put it first

    mesh = bpy.data.meshes.new(f"{armature.name} Shadow")
    thing = bpy.data.objects.new(mesh.name, mesh)
    scene.collection.objects.link(thing)
    thing.parent = armature
    solid = bmesh.new()
    layer = solid.verts.layers.deform.verify()
    for bone, held in _held_by_bone(armature, meshes).items():
        group, slot = thing.vertex_groups.new(name=bone), len(mesh.materials)
        mesh.materials.append(held.material)
        for vertex in _add_hull(solid, _inner(held.places)):
            vertex[layer][group.index] = 1.0
            for face in vertex.link_faces:
                face.material_index = slot
    solid.to_mesh(mesh)
    solid.free()
    modifier: Any = thing.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    thing.display.show_shadows = True


def _held_by_bone(armature: bpy.types.Object, meshes: list[bpy.types.Object]) -> dict[str, _Held]:
    """What each bone holds, if it is enough for a hull."""
    found: dict[str, list[tuple[Array, bpy.types.Material | None]]] = defaultdict(list)
    for thing in meshes:
        places, materials = _places(armature, thing), _materials(thing.data)
        names = [group.name for group in thing.vertex_groups]
        for vertex in thing.data.vertices:
            for each in vertex.groups:
                if each.weight > _HELD:
                    found[names[each.group]].append((places[vertex.index], materials[vertex.index]))
    bones = armature.data.bones
    return {
        name: _Held(
            np.array([p for p, _ in held]), Counter(m for _, m in held).most_common(1)[0][0]
        )
        for name, held in found.items()
        if name in bones and len(held) >= _FEWEST
    }


def _places(armature: bpy.types.Object, thing: bpy.types.Object) -> Array:
    """(V, 3) vertices at rest, in the armature's space."""
    places = np.empty(3 * len(thing.data.vertices), np.float32)
    thing.data.vertices.foreach_get("co", places)
    matrix = np.array(armature.matrix_world.inverted() @ thing.matrix_world)
    return np.asarray(places.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])


def _materials(mesh: bpy.types.Mesh) -> list[bpy.types.Material | None]:
    """The material at each vertex."""
    slots = [*mesh.materials] or [None]
    found: list[bpy.types.Material | None] = [slots[0]] * len(mesh.vertices)
    for face in mesh.polygons:
        for vertex in face.vertices:
            found[vertex] = slots[face.material_index]
    return found


def _inner(places: Array) -> Array:
    """(M, 3) outermost points of a cloud, moved inward along its own axes."""
    middle = places.mean(axis=0)
    axes = np.linalg.svd(places - middle, full_matrices=False)[2]
    along = (places - middle) @ axes.T
    outer = along[np.unique(np.argmax(along @ _directions().T, axis=0))]
    low, high = outer.min(axis=0), outer.max(axis=0)
    half = np.maximum(0.5 * (high - low), 1e-6)
    depth = np.full(3, max(_DEPTH_M, _DEPTH_SHARE * float(half.min())))
    depth[half > _LONG * np.median(half)] = 0.0
    centre = 0.5 * (low + high)
    shrunk = centre + (outer - centre) * np.clip(1.0 - depth / half, 0.3, 1.0)
    return np.asarray(middle + shrunk @ axes)


def _directions() -> Array:
    """(D, 3) evenly over the sphere."""
    number = np.arange(_DIRECTIONS) + 0.5
    height, turn = 1 - 2 * number / _DIRECTIONS, np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - height**2)
    return np.stack((across * np.cos(turn), across * np.sin(turn), height), axis=-1)


def _add_hull(solid: Any, places: Array) -> list[Any]:
    """Add the convex hull of points; returns its vertices."""
    import bmesh

    vertices = [solid.verts.new(place) for place in places.tolist()]
    hull = bmesh.ops.convex_hull(solid, input=vertices)
    outer = {piece for piece in hull["geom"] if isinstance(piece, bmesh.types.BMVert)}
    bmesh.ops.delete(solid, geom=[v for v in vertices if v not in outer], context="VERTS")
    return list(outer)
