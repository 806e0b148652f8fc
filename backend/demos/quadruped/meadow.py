"""The demo's meadow: hills, a fence, trees, two paths, sun and sky."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import radians
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.demo_character.surface import Surface, merge_surfaces, sphere, tube

Array = NDArray[np.float64]

HORSE_CURVE: Final = (
    (-24.0, -1.5), (-20.0, -2.0), (-14.0, -1.0), (-7.0, 0.8), (0.0, 1.4), (7.0, 0.8),
    (14.0, -0.4), (19.0, -0.4), (23.5, 0.2),
)  # fmt: skip
"""(X, Y) metres of its control points."""
DOG_CURVE: Final = (
    (-21.5, -4.0), (-17.0, -3.9), (-12.0, -3.0), (-6.0, -1.4), (0.0, -1.0), (6.0, -1.6),
    (12.0, -2.8), (17.0, -3.0), (22.0, -2.6),
)  # fmt: skip

_X_M: Final = (-34.0, 42.0)
_Y_M: Final = (-14.0, 18.0)
_FINE_M: Final = 0.5
_FAR_M: Final = 160.0
_BUMP_M: Final = 0.48
_HILLS_X_M: Final = 13.0
_LEVELS_OFF_M: Final = 8.0
_FENCE_Y_M: Final = 8.5
_POST_M: Final = 2.4
_TREES: Final = 16
_SEED: Final = 11
_UP: Final = np.array([0.0, 0.0, 1.0])

_COLOURS: Final = {
    "Grass Light": (0.36, 0.48, 0.16),
    "Grass Dark": (0.29, 0.41, 0.13),
    "Path": (0.55, 0.44, 0.27),
    "Wood": (0.32, 0.24, 0.17),
    "Bark": (0.16, 0.11, 0.075),
    "Leaves": (0.10, 0.24, 0.065),
    "Leaves Light": (0.17, 0.31, 0.075),
}
"""Linear, as Workbench shows them; the sun's light needs less."""
_SUNLIT: Final = 0.6
_SKY: Final = (0.55, 0.71, 0.88)


@dataclass(frozen=True, eq=False)
class Meadow:
    """What was put into the scene.

    Args:
        ground: which the animals stand on.
        horse_path, dog_path: curves.
        horse_m, dog_m: their lengths over level ground.
    """

    ground: bpy.types.Object
    horse_path: bpy.types.Object
    dog_path: bpy.types.Object
    horse_m: float
    dog_m: float


def build_meadow(context: bpy.types.Context) -> Meadow:
    """Fill an empty scene with everything but the animals and the camera."""
    ground = _add_ground(context)
    horse, dog = (smooth_points(np.array(points)) for points in (HORSE_CURVE, DOG_CURVE))
    _add_track(context, "Horse Track", horse, 0.7)
    _add_track(context, "Dog Track", dog, 0.4)
    _add_fence(context)
    _add_trees(context)
    _add_light(context)
    return Meadow(
        ground,
        _add_curve(context, "Path of the Horse", horse),
        _add_curve(context, "Path of the Dog", dog),
        _length_m(horse),
        _length_m(dog),
    )


def _length_m(places: Array) -> float:
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


def ground_heights(x: Array, y: Array) -> Array:
    """Height of the hills, metres: slopes up to some 12°, level where paths end and far away."""
    hills = (
        0.9 * np.sin(0.42 * x + 0.6) * np.cos(0.08 * y + 0.2)
        + 0.35 * np.sin(0.23 * x - 0.16 * y + 1.2)
        + 0.05 * np.sin(1.1 * x + 0.6 * y)
    )
    away = np.maximum(np.abs(x) - _HILLS_X_M, np.abs(y) - 16.0)
    fade = np.clip(1.0 - away / _LEVELS_OFF_M, 0.0, 1.0)
    return np.asarray(_BUMP_M * hills * fade * fade * (3 - 2 * fade))


def _add_ground(context: bpy.types.Context) -> bpy.types.Object:
    """A grid, fine where somebody goes and coarse toward the horizon, chequered in metres."""
    x, y = (_grid_lines(*ends) for ends in (_X_M, _Y_M))
    places = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    heights = ground_heights(places[..., 0], places[..., 1])
    vertices = np.concatenate((places, heights[..., None]), axis=-1).reshape(-1, 3)
    here = (np.arange(len(x) - 1)[:, None] * len(y) + np.arange(len(y) - 1)).ravel()
    quads = np.stack((here, here + len(y), here + len(y) + 1, here + 1), axis=-1)
    middle = vertices[quads].mean(axis=1)
    near = (middle[:, 0] > _X_M[0]) & (middle[:, 0] < _X_M[1])
    near &= (middle[:, 1] > _Y_M[0]) & (middle[:, 1] < _Y_M[1])
    checks = np.where(near, np.floor(middle[:, :2]).astype(int).sum(axis=1) % 2, 0)
    ground = _add_mesh(context, "Meadow", Surface(vertices, quads), ("Grass Light", "Grass Dark"))
    ground.data.polygons.foreach_set("material_index", checks.astype(np.int32))
    return ground


def _grid_lines(low: float, high: float) -> Array:
    fine = np.arange(low, high + _FINE_M, _FINE_M)
    coarse = np.array([4.0, 10.0, 20.0, 40.0, 80.0, _FAR_M])
    return np.concatenate((low - coarse[::-1], fine, fine[-1] + coarse))


def smooth_points(points: Array, pieces: int = 16) -> Array:
    """(N, 2) places close together on the Catmull-Rom line through control points (M, 2)."""
    ends = np.concatenate((2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]))
    a, b, c, d = (ends[i : len(ends) - 3 + i, None] for i in range(4))
    t = np.arange(pieces)[:, None] / pieces
    fine = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate((fine.reshape(-1, 2), points[-1:]))


def _add_track(context: bpy.types.Context, name: str, places: Array, width_m: float) -> None:
    """A worn ribbon of earth along places (N, 2), ragged at its edges."""
    rng = np.random.default_rng(_SEED)
    way = np.gradient(places, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    aside = np.stack((-way[:, 1], way[:, 0]), axis=-1)
    halves = 0.5 * width_m * (1 + 0.25 * rng.standard_normal((2, len(places), 1)))
    rows = [places - halves[0] * aside, places, places + halves[1] * aside]
    flat = np.stack(rows, axis=1)
    heights = ground_heights(flat[..., 0], flat[..., 1]) + 0.015
    vertices = np.concatenate((flat, heights[..., None]), axis=-1).reshape(-1, 3)
    here = (3 * np.arange(len(places) - 1)[:, None] + np.arange(2)).ravel()
    quads = np.stack((here, here + 3, here + 4, here + 1), axis=-1)
    _add_mesh(context, name, Surface(vertices, quads), ("Path",))


def _add_fence(context: bpy.types.Context) -> None:
    """Posts and two rails behind the paths."""
    x = np.arange(_X_M[0], _X_M[1], _POST_M)
    y = _FENCE_Y_M + 1.2 * np.sin(0.11 * x)
    feet = np.stack((x, y, ground_heights(x, y)), axis=-1)
    parts = [_stick(foot - 0.2 * _UP, foot + 1.25 * _UP, 0.07) for foot in feet]
    for height in (0.6, 1.1):
        line = feet + np.array([0.0, -0.08, height])
        parts += [_stick(a, b, 0.045) for a, b in pairwise(line)]
    _add_mesh(context, "Fence", merge_surfaces(parts), ("Wood",))


def _stick(start: Array, end: Array, radius: float) -> Surface:
    line = np.stack((start, end))
    up = (0.0, 0.0, 1.0) if abs(end[2] - start[2]) < abs(end[0] - start[0]) else (0.0, 1.0, 0.0)
    return tube(line, up, np.full(2, radius), np.full(2, radius), 6)


def _add_trees(context: bpy.types.Context) -> None:
    """Trees behind the fence, in two greens."""
    rng = np.random.default_rng(_SEED)
    trunks: list[Surface] = []
    crowns: tuple[list[Surface], list[Surface]] = ([], [])
    for number in range(_TREES):
        x = _X_M[0] + (number + rng.uniform(0.1, 0.9)) * (_X_M[1] - _X_M[0]) / _TREES
        y = _FENCE_Y_M + rng.uniform(4.0, 16.0)
        foot = np.array([x, y, float(ground_heights(np.array(x), np.array(y)))])
        tall = rng.uniform(3.2, 5.5)
        trunks.append(_stick(foot - 0.3 * _UP, foot + 0.6 * tall * _UP, 0.05 * tall))
        for _ in range(4):
            off = rng.normal(0.0, 0.17 * tall, 3) + 0.78 * tall * _UP
            ball = sphere(foot + off, rng.uniform(0.2, 0.32) * tall, 7, 10)
            crowns[number % 2].append(ball)
    _add_mesh(context, "Trunks", merge_surfaces(trunks), ("Bark",))
    for name, parts in zip(("Leaves", "Leaves Light"), crowns, strict=True):
        _add_mesh(context, name, merge_surfaces(parts), (name,))


def _add_mesh(
    context: bpy.types.Context, name: str, surface: Surface, colours: Sequence[str]
) -> bpy.types.Object:
    """A mesh object in Blender's axes."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(surface.vertices.tolist(), [], surface.quads.tolist())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(surface.quads), np.bool_))
    for colour in colours:
        mesh.materials.append(_material(colour))
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    thing.display.show_shadows = name not in ("Meadow", "Horse Track", "Dog Track")
    context.scene.collection.objects.link(thing)
    return thing


def _material(name: str) -> bpy.types.Material:
    made = bpy.data.materials.new(name)
    made.diffuse_color = (*_COLOURS[name], 1.0)
    made.roughness, made.specular_intensity = 1.0, 0.0
    if bpy.app.version < (5, 0, 0):
        made.use_nodes = True
    shader: Any = next(n for n in made.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shade = tuple(_SUNLIT * value for value in _COLOURS[name])
    shader.inputs["Base Color"].default_value = (*shade, 1.0)
    shader.inputs["Roughness"].default_value = 1.0
    return made


def _add_curve(context: bpy.types.Context, name: str, points: Array) -> bpy.types.Object:
    """A curve through places close together (N, 2), on the ground."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(len(points) - 1)
    heights = ground_heights(*points.T)
    for point, (x, y), height in zip(spline.points, points, heights, strict=True):
        point.co = (x, y, float(height), 1.0)
    curve = bpy.data.objects.new(name, data)
    context.scene.collection.objects.link(curve)
    return curve


def _add_light(context: bpy.types.Context) -> None:
    data: Any = bpy.data.lights.new("Sun", "SUN")
    data.energy, data.angle = 3.2, radians(2.0)
    sun = bpy.data.objects.new("Sun", data)
    sun.rotation_euler = (radians(46), radians(-22), radians(-25))
    sun.location = (0.0, -4.0, 8.0)
    context.scene.collection.objects.link(sun)
    world = bpy.data.worlds.new("Sky")
    world.color = _SKY
    context.scene.world = world
