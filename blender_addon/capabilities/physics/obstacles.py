"""Meshes as solid things in the way: their convex hulls, and where they are at each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bmesh
import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import BLENDER_TO_CORE, blender_to_core_points
from ...blender.ground.terrain import belongs_to
from ...blender.rig.evaluation import Probe, evaluated_apart, sample
from ...blender.vertices import coordinates
from ...core.errors import PhysicsError
from ...core.maths.rotations import make_continuous, matrix_to_quaternion
from ...core.notes import Note
from ...core.physics.world import Obstacle

Array = NDArray[np.float64]

_MOST_CORNERS: Final = 64
"""Of a hull; rounder things are told from their outermost points."""
_MOST_OBSTACLES: Final = 200
_FLAT: Final = 1e-3
"""In the figure's metres: what is thinner in a direction is made as thick as below."""
_THICK: Final = 0.02
_SAME_SIZE: Final = 1e-3
_NOTHING: Final = 1e-6


@dataclass(frozen=True, eq=False)
class IntoFigure:
    """The way from the scene into the size of a simulated figure.

    Args:
        origin: (3,) of the figure's world in the scene, core axes, metres.
        ratio: size of the character against the figure.
        unit_m: metres in one Blender unit.
    """

    origin: Array
    ratio: float
    unit_m: float

    @property
    def per_unit(self) -> float:
        """The figure's metres in one Blender unit."""
        return self.unit_m / self.ratio

    def places(self, places: Array) -> Array:
        """Places (..., 3) in Blender's axes and units to the figure's world."""
        there = self.unit_m * blender_to_core_points(np.asarray(places, np.float64))
        return np.asarray((there - self.origin) / self.ratio)


def read_obstacles(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object], into: IntoFigure, frames: Array
) -> tuple[tuple[Obstacle, ...], tuple[str, ...]]:
    """Read meshes as solid things; nothing is changed.

    Args:
        context: whose scene's time it is.
        objects: meshes.
        into: the way into the figure's size.
        frames: (T,) of animation, a sixtieth of a second apart.

    Returns:
        What is in the way, and what is good to know.

    Raises:
        PhysicsError: one is in Edit Mode, there are too many, or one is nowhere.
    """
    if not objects:
        return (), ()
    _check(objects)
    hulls = _hulls(context, objects, float(frames[0]))
    probes = {each.name: Probe(each.name, lambda seen: seen.matrix_world) for each in objects}
    worlds = sample(context, objects, probes, frames)
    found, notes = [], []
    for each in objects:
        if len(hulls[each.name]) == 0:
            notes.append(Note(f"the obstacle '{each.name}' has no vertices and is left out"))
            continue
        if _vanishes(worlds[each.name][0]):
            notes.append(Note(f"the obstacle '{each.name}' is scaled to nothing and is left out"))
            continue
        obstacle, told = _obstacle(each.name, hulls[each.name], worlds[each.name], into)
        found.append(obstacle)
        notes += told
    return tuple(found), tuple(notes)


def without_own(
    objects: Sequence[bpy.types.Object], armature: bpy.types.Object
) -> tuple[list[bpy.types.Object], list[str]]:
    """Meshes that are no part of the character itself, and what is told of the others."""
    own = [each for each in objects if belongs_to(each, armature)]
    told = [
        Note(f"the obstacle '{each.name}' is a part of the character and is left out")
        for each in own
    ]
    return [each for each in objects if each not in own], list(told)


def solid_among(
    objects: Sequence[bpy.types.Object],
) -> tuple[list[bpy.types.Object], list[str]]:
    """The meshes, and what is told of all that is none."""
    told = [
        Note(
            f"the obstacle '{each.name}' is no mesh and is left out. Make its instances real, or "
            "convert it to a mesh"
        )
        for each in objects
        if each.type != "MESH"
    ]
    return [each for each in objects if each.type == "MESH"], list(told)


def _check(objects: Sequence[bpy.types.Object]) -> None:
    if len(objects) > _MOST_OBSTACLES:
        raise PhysicsError(
            f"there are {len(objects)} obstacles; at most {_MOST_OBSTACLES} can be in the way. "
            "Choose a collection of those that the character may touch"
        )
    for each in objects:
        if each.mode == "EDIT":
            raise PhysicsError(f"the obstacle '{each.name}' is in Edit Mode. Leave it with Tab")


def _hulls(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object], frame: float
) -> dict[str, Array]:
    """(N, 3) corners of each object's hull in its own axes, by its name."""
    found = {}
    with evaluated_apart(context, objects) as set_frame:
        depsgraph = set_frame(frame)
        for each in objects:
            seen = each.evaluated_get(depsgraph)
            mesh = seen.to_mesh()
            places = coordinates(mesh.vertices).astype(np.float64).reshape(-1, 3)
            seen.to_mesh_clear()
            found[each.name] = hull_corners(places[np.isfinite(places).all(axis=1)])
    return found


def hull_corners(places: Array) -> Array:
    """(N, 3) corners of the convex hull of places (V, 3); the outermost where they are many.

    Args:
        places: none of them is no number.
    """
    places = _outermost(np.unique(places, axis=0), 16 * _MOST_CORNERS)
    if len(places) < 4:
        return places
    made = bmesh.new()
    try:
        for place in places.tolist():
            made.verts.new(place)
        hull = bmesh.ops.convex_hull(made, input=made.verts[:], use_existing_faces=False)
        inside = set(hull["geom_interior"])
        corners = np.array([tuple(each.co) for each in made.verts if each not in inside])
    finally:
        made.free()
    return _outermost(corners if len(corners) >= 4 else places, _MOST_CORNERS)


def _outermost(places: Array, most: int) -> Array:
    """Those that lie furthest out in one of so many directions, where there are more."""
    if len(places) <= most:
        return places
    number = np.arange(most) + 0.5
    height, turn = 1.0 - 2.0 * number / most, np.pi * (1.0 + 5.0**0.5) * number
    ring = np.sqrt(1.0 - height**2)
    ways = np.stack((ring * np.cos(turn), ring * np.sin(turn), height), axis=1)
    return places[np.unique((places @ ways.T).argmax(axis=0))]


def _obstacle(
    name: str, corners: Array, worlds: Array, into: IntoFigure
) -> tuple[Obstacle, tuple[str, ...]]:
    """A hull in its object's axes, as large as the object is at first; and what is told of it."""
    if not np.isfinite(worlds).all():
        raise PhysicsError(
            f"the obstacle '{name}' has a location, rotation or scale that is not a number. Look "
            "for a driver or constraint that divides by zero"
        )
    turns, sizes = _parted(worlds[:, :3, :3])
    places = into.places(worlds[:, :3, 3])
    sized = corners @ sizes[0].T
    told = ()
    if np.abs(sizes - sizes[0]).max() > _SAME_SIZE * np.abs(sizes[0]).max():
        told = (Note(f"the obstacle '{name}' changes its size; it is as large as at first"),)
    rotations = BLENDER_TO_CORE @ turns @ BLENDER_TO_CORE.T
    quaternions = make_continuous(matrix_to_quaternion(rotations)).astype(np.float64)
    if np.abs(worlds - worlds[0]).max() < 1e-9:
        places, quaternions = places[:1], quaternions[:1]
    solid = _solid(into.per_unit * blender_to_core_points(sized))
    return Obstacle(name, solid, places, quaternions), told


def _vanishes(world: Array) -> bool:
    """Whether an object is scaled to a point, as things are that shall not be seen."""
    return bool(np.abs(world[:3, :3]).max() < _NOTHING)


def _parted(matrices: Array) -> tuple[Array, Array]:
    """Rotation and what is left, (T, 3, 3) each, of matrices that may be scaled and sheared.

    A mirrored one is turned as if it were not; its corners are mirrored.
    """
    left, _, right = np.linalg.svd(matrices)
    flipped = np.linalg.det(left @ right) < 0.0
    left = left.copy()
    left[flipped, :, -1] *= -1.0
    turns = left @ right
    return turns, np.swapaxes(turns, -1, -2) @ matrices


def _solid(corners: Array) -> Array:
    """Corners (N, 3) of something that is not flat: a plane or a line becomes a thin slab."""
    middle = corners.mean(axis=0)
    _, _, ways = np.linalg.svd(np.vstack((corners - middle, np.zeros((3, 3)))), full_matrices=False)
    for way in ways:
        along = (corners - middle) @ way
        if np.ptp(along) < _FLAT:
            corners = np.concatenate((corners - 0.5 * _THICK * way, corners + 0.5 * _THICK * way))
    return corners
