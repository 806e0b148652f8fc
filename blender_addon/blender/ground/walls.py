"""Walls to walk along: the outline of what is selected, or of what stands nearest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from mathutils.geometry import convex_hull_2d
from numpy.typing import NDArray

from ...core.errors import PathError
from ...core.ground.path_shapes import Outline, around, simplified
from ..face.shape_keys import armature_of
from ..vertices import coordinates

Array = NDArray[np.float64]

# All of them at a person's size, in metres.
_DISTANCE: Final = 0.6
_TOLERANCE: Final = 0.1
_HEAD: Final = 2.0
_KNEE: Final = 0.4
_DIRECTIONS: Final = 720
"""So many tell a convex outline to a few hundred thousandths of its size."""


def find_wall(
    context: bpy.types.Context, grounds: Collection[bpy.types.Object], size: float
) -> list[bpy.types.Object]:
    """The selected meshes; where none is, the nearest to the 3D cursor that stands in the way.

    Args:
        context: whose selection, and what is visible there.
        grounds: what is walked on, so no wall.
        size: Blender units that are to who walks what a metre is to a person.

    Raises:
        PathError: there is none.
    """
    selected = [each for each in context.selected_objects if _may_be_wall(each, grounds)]
    if selected:
        return selected
    cursor = context.scene.cursor.location
    nearest = [
        (_away(each, cursor), each.name, each)
        for each in context.visible_objects
        if _may_be_wall(each, grounds) and _stands_in_way(each, cursor.z, size)
    ]
    if not nearest:
        raise PathError(
            "there is no wall: no mesh is selected, and none that is visible rises to the knee "
            "above the 3D cursor. Select the mesh to walk along, or choose another shape"
        )
    return [min(nearest)[2]]


def along_wall(
    context: bpy.types.Context, wall: Sequence[bpy.types.Object], length: float, size: float
) -> Outline:
    """The way along a wall, from its point nearest to the 3D cursor.

    Args:
        context: evaluates the meshes, and has the cursor.
        wall: meshes, walked around as one.
        length: in Blender units; more than once around is once around.
        size: as in ``find_wall``.

    Returns:
        In the world, seen from above; begun in the direction that is more along −Y.

    Raises:
        PathError: the meshes have no vertices.
    """
    cursor = context.scene.cursor.location
    seen = _footprint(context, wall, cursor.z + _HEAD * size)
    if not len(seen):
        names = ", ".join(f"'{each.name}'" for each in wall)
        raise PathError(f"{names} has no vertices to walk along. Select another mesh")
    hull = simplified(_hull(seen), _TOLERANCE * size)
    outline = around(hull, _DISTANCE * size).from_nearest(cursor.xy)
    heading = outline.pieces[0, 1] - outline.pieces[0, 0]
    return (outline if heading[1] <= 0.0 else outline.reversed()).first(length)


def _may_be_wall(thing: bpy.types.Object, grounds: Collection[bpy.types.Object]) -> bool:
    return thing.type == "MESH" and thing not in grounds and armature_of(thing) is None


def _corners(thing: bpy.types.Object) -> Array:
    """(8, 3) of the box around an object, in the world."""
    return np.array([thing.matrix_world @ Vector(corner) for corner in thing.bound_box])


def _stands_in_way(thing: bpy.types.Object, floor: float, size: float) -> bool:
    heights = _corners(thing)[:, 2]
    return bool(heights.max() > floor + _KNEE * size and heights.min() < floor + _HEAD * size)


def _away(thing: bpy.types.Object, place: Vector) -> float:
    """Distance of a place from the box around an object, seen from above."""
    corners = _corners(thing)[:, :2]
    nearest = np.clip(np.array(place.xy), corners.min(axis=0), corners.max(axis=0))
    return float(np.linalg.norm(nearest - np.array(place.xy)))


def _footprint(context: bpy.types.Context, wall: Sequence[bpy.types.Object], below: float) -> Array:
    """(N, 2) vertices in the world up to a height; all of them where none lies below it."""
    graph = context.evaluated_depsgraph_get()
    found = [np.empty((0, 3))]
    for each in wall:
        seen = each.evaluated_get(graph)
        mesh = seen.to_mesh()
        matrix = np.array(seen.matrix_world)
        found.append(coordinates(mesh.vertices) @ matrix[:3, :3].T + matrix[:3, 3])
        seen.to_mesh_clear()
    places = np.concatenate(found)
    places = places[np.isfinite(places).all(axis=1)]
    low = places[places[:, 2] <= below]
    return (low if len(low) else places)[:, :2]


def _outermost(places: Array) -> Array:
    """(N, 2) of which only those are left that lie furthest out in one of many directions."""
    angles = np.linspace(0.0, 2.0 * np.pi, _DIRECTIONS, endpoint=False)
    furthest = [int((places @ (np.cos(angle), np.sin(angle))).argmax()) for angle in angles]
    return places[sorted(set(furthest))]


def _hull(places: Array) -> Array:
    """(N, 2) corners of the convex shape around places, counter-clockwise."""
    out = np.unique(_outermost(places), axis=0)
    if len(out) < 3:
        return out
    hull = out[convex_hull_2d([Vector(each) for each in out])]
    x, y = hull.T
    turns_left = (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() >= 0.0
    return hull if turns_left else hull[::-1]
