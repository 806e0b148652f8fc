"""Where people are filmed: ground, walls, things in the way, light; drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.demos.film import use_workbench

Array = NDArray[np.float64]

GROUNDS: Final = ("plain", "checks", "patches")
WALLS: Final = ("none", "plain", "bricks", "patches")
OCCLUDERS: Final = ("none", "table", "wall edge")
_HALF_GROUND_M: Final = 14.0
_WALL_AWAY_M: Final = 5.0
_WALL_HIGH_M: Final = 4.0
_COLOURS: Final = 5
_FACES: Final = np.array(
    [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
)


@dataclass(frozen=True)
class Scenery:
    """What is around who is filmed.

    Args:
        seed: of colours and patterns.
        ground: of ``GROUNDS``.
        wall: of ``WALLS``: behind them, as the first frame's camera sees it.
        occluder: of ``OCCLUDERS``: between them and the camera.
        light: name of one of Blender's studio lights without its ending.
        shadows: whether there are any.
    """

    seed: int = 0
    ground: str = "checks"
    wall: str = "none"
    occluder: str = "none"
    light: str = "paint"
    shadows: bool = False


def draw_scenery(seed: int, occluders: float = 0.15) -> Scenery:
    """A scenery that a seed chooses.

    Args:
        seed: same seed, same scenery.
        occluders: how often something is in the way, 0 … 1.
    """
    rng = np.random.default_rng([seed, 5])
    lights = ("paint", "Default", "outdoor", "studio", "rim", "basic")
    return Scenery(
        seed,
        ground=str(rng.choice(GROUNDS)),
        wall=str(rng.choice(WALLS)),
        occluder=str(rng.choice(OCCLUDERS[1:])) if rng.random() < occluders else "none",
        light=str(rng.choice(lights)),
    )


def add_scenery(
    context: bpy.types.Context,
    scenery: Scenery,
    size_px: tuple[int, int],
    body: Array,
    camera: Array,
) -> None:
    """Build it, and set the scene up to be rendered.

    Args:
        context: whose scene.
        scenery: what.
        size_px: of the picture.
        body: (T, 3) the middle of who is filmed.
        camera: (T, 3) where the camera is; Blender's axes.
    """
    scene, rng = context.scene, np.random.default_rng([scenery.seed, 6])
    use_workbench(scene, *size_px, close_up=not scenery.shadows)
    shading = scene.display.shading
    if f"{scenery.light}.sl" in bpy.context.preferences.studio_lights:
        shading.studio_light = f"{scenery.light}.sl"
    world = bpy.data.worlds.new("Around")
    world.color = _draw_colour(rng).tolist()
    scene.world = world
    middle = 0.5 * (body.min(axis=0) + body.max(axis=0)) * [1.0, 1.0, 0.0]
    _add_ground(scene, scenery.ground, middle, rng)
    if scenery.wall != "none":
        _add_wall(scene, scenery.wall, middle, camera[0], float(np.ptp(body[:, :2])), rng)
    if scenery.occluder != "none":
        _add_occluder(scene, scenery.occluder, body, camera, rng)


def _draw_colour(rng: np.random.Generator) -> Array:
    """(3,) as rooms and streets have them: some are bright, most are greyish."""
    grey, vivid = rng.uniform(0.05, 0.8), rng.uniform(0.0, 0.7)
    return np.asarray((1.0 - vivid) * grey + vivid * rng.uniform(0.05, 0.8, 3))


def _add_ground(scene: bpy.types.Scene, kind: str, middle: Array, rng: np.random.Generator) -> None:
    step = {"plain": 2 * _HALF_GROUND_M, "checks": 1.0, "patches": 0.5}[kind]
    across = np.array([1.0, 0.0, 0.0])
    corner = middle - _HALF_GROUND_M * np.array([1.0, 1.0, 0.0])
    side = 2 * _HALF_GROUND_M
    tiles = _tiles(corner, across, np.array([0.0, 1.0, 0.0]), side, side, step, step)
    _add_tiles(scene, "Ground", *tiles, kind, rng)


def _add_wall(
    scene: bpy.types.Scene,
    kind: str,
    middle: Array,
    camera: Array,
    extent: float,
    rng: np.random.Generator,
) -> None:
    """A wall behind who is filmed, square to the view of the first frame."""
    ahead = (middle - camera) * [1.0, 1.0, 0.0]
    ahead /= max(float(np.linalg.norm(ahead)), 1e-6)
    across = np.array([ahead[1], -ahead[0], 0.0])
    away = _WALL_AWAY_M * rng.uniform(0.4, 1.2) + 0.5 * extent
    corner = middle + away * ahead - _HALF_GROUND_M * across
    wide, high = {"plain": (28.0, 4.0), "bricks": (0.5, 0.2), "patches": (0.4, 0.4)}[kind]
    up = np.array([0.0, 0.0, 1.0])
    tiles = _tiles(corner, across, up, 2 * _HALF_GROUND_M, _WALL_HIGH_M, wide, high)
    _add_tiles(scene, "Wall", *tiles, kind, rng)


def _tiles(
    corner: Array, across: Array, up: Array, wide: float, high: float, by: float, by_up: float
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Vertices (N, 3), quads (M, 4), and row and column of each quad, of a tiled plane."""
    columns, rows = max(round(wide / by), 1), max(round(high / by_up), 1)
    x, y = np.meshgrid(np.linspace(0, wide, columns + 1), np.linspace(0, high, rows + 1))
    places = corner + x.reshape(-1, 1) * across + y.reshape(-1, 1) * up
    row, column = (each.ravel() for each in np.mgrid[:rows, :columns])
    first = row * (columns + 1) + column
    quads = np.stack((first, first + 1, first + columns + 2, first + columns + 1), axis=-1)
    return places, quads, np.stack((row, column), axis=-1)


def _add_tiles(
    scene: bpy.types.Scene,
    name: str,
    places: Array,
    quads: NDArray[np.int64],
    at: NDArray[np.int64],
    kind: str,
    rng: np.random.Generator,
) -> None:
    base = _draw_colour(rng)
    spread = {"plain": 0.0, "checks": 0.25, "bricks": 0.1, "patches": 0.25}[kind]
    colours = np.clip(base + spread * rng.uniform(-1.0, 1.0, (_COLOURS, 3)), 0.01, 0.95)
    chosen = rng.integers(0, _COLOURS, len(quads))
    if kind == "checks":
        chosen = at.sum(axis=1) % 2
    thing = _add_mesh(scene, name, places, quads, colours)
    thing.data.polygons.foreach_set("material_index", chosen.astype(np.int32))


def _add_mesh(
    scene: bpy.types.Scene, name: str, places: Array, quads: NDArray[np.int64], colours: Array
) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(places.tolist(), [], quads.tolist())
    for number, colour in enumerate(colours):
        made = bpy.data.materials.new(f"{name} {number}")
        made.diffuse_color = (*colour.tolist(), 1.0)
        made.roughness, made.specular_intensity = 1.0, 0.0
        mesh.materials.append(made)
    thing = bpy.data.objects.new(name, mesh)
    scene.collection.objects.link(thing)
    return thing


def _add_occluder(
    scene: bpy.types.Scene, kind: str, body: Array, camera: Array, rng: np.random.Generator
) -> None:
    """A table, or the end of a wall, between the camera and where the person is halfway."""
    half = len(body) // 2
    there = body[half] * [1.0, 1.0, 0.0]
    toward = (camera[half] - there) * [1.0, 1.0, 0.0]
    toward /= max(float(np.linalg.norm(toward)), 1e-6)
    across, up = np.array([-toward[1], toward[0], 0.0]), np.array([0.0, 0.0, 1.0])
    if kind == "table":
        middle = there + rng.uniform(0.7, 0.9) * toward + rng.uniform(-0.4, 0.4) * across
        boxes = [(middle + 0.72 * up, (0.8, 0.35, 0.03))]
        corners = [(x, y) for x in (-0.75, 0.75) for y in (-0.3, 0.3)]
        boxes += [
            (middle + x * across + y * toward + 0.35 * up, (0.03, 0.03, 0.35)) for x, y in corners
        ]
    else:
        side = rng.choice((-1.0, 1.0))
        middle = there + 0.9 * toward + side * rng.uniform(0.35, 0.6) * across
        boxes = [(middle + 1.5 * up, (0.25, 0.06, 1.5))]
    colour = rng.uniform(0.05, 0.7, 3)
    for place, half_sizes in boxes:
        _add_box(scene, place, half_sizes, across, toward, colour)


def _add_box(
    scene: bpy.types.Scene,
    place: Array,
    half: tuple[float, float, float],
    across: Array,
    toward: Array,
    colour: Array,
) -> None:
    signs = np.array(
        [[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1],
         [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]], np.float64,
    )  # fmt: skip
    axes = np.stack((across, toward, [0.0, 0.0, 1.0]))
    _add_mesh(scene, "In the Way", place + (signs * half) @ axes, _FACES, colour[None])
