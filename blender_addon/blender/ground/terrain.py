"""Samples the ground along a path by casting rays straight down on chosen meshes.

Where meshes lie over each other, the highest surface counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from ...core.errors import TerrainError
from ...core.ground.path import Path
from ...core.ground.terrain import HeightField
from ..axes import core_to_blender_points
from ..units import SceneUnits, metres_per_unit, units_of

Array = NDArray[np.float64]

CORRIDOR_M: Final = 1.0
"""Half the width of the strip that is sampled: feet, side samples and some straying."""

FINEST_M: Final = 0.025
_AREA_SPACING_M: Final = 0.1
_AREA_SAMPLES: Final = 200  # to either side
_RECTANGLE_SPACING_M: Final = 0.05
_RECTANGLE_RAYS: Final = 60_000
MAX_RAYS: Final = 200_000
MAX_SAMPLES: Final = 4_000_000
PATH_CHECK_M: Final = 0.1  # like the next, at a person's size
_NUDGES_M: Final = 0.002 * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])


@dataclass(frozen=True, eq=False)
class _Ground:
    """One mesh: its search tree, the way between its own space and the world, its highest Z."""

    tree: BVHTree
    world: Array
    inverse: Array
    top: float


def read_terrain(
    context: bpy.types.Context,
    objects: Sequence[bpy.types.Object],
    path: Path,
    *,
    size: float = 1.0,
) -> HeightField:
    """Sample the ground in a strip around a path.

    Args:
        context: gives the scene's units and the evaluated meshes.
        objects: what to walk on.
        path: in the world, core axes, metres.
        size: of the character, compared with a person; a giant needs a wider strip.

    Returns:
        Heights in the world, core axes, metres; holes beside the path are filled from the
        nearest ground.

    Raises:
        TerrainError: no mesh among the objects, or no ground under the path.
    """
    grounds = _read_grounds(context, objects)
    unit_m = metres_per_unit(context.scene)
    _check_under_path(grounds, path, units_of(context.scene), size)
    corridor = CORRIDOR_M * size
    spacing, origin, shape = _grid(path, corridor, FINEST_M * size)
    inside = _strip(path, corridor, spacing, origin, shape)
    cells = np.argwhere(inside)
    samples = np.full(shape, np.nan, np.float32)
    samples[inside] = _cast(grounds, origin + spacing * cells, unit_m)
    return HeightField(origin, spacing, fill_holes(samples, inside))


def read_area(
    context: bpy.types.Context,
    objects: Sequence[bpy.types.Object],
    place_xz: Array,
    *,
    size: float = 1.0,
) -> HeightField:
    """Sample the ground around a place, where it is not known beforehand who goes where.

    Args:
        context, objects: as for ``read_terrain``.
        place_xz: (2,) in the world, core axes, metres.
        size: of the character, compared with a person: the area is 40 m wide for one.

    Returns:
        Heights; beyond the area and in holes, those of the nearest ground.

    Raises:
        TerrainError: no mesh among the objects, or no ground under the place.
    """
    return _around(context, objects, place_xz, _AREA_SPACING_M * size, _AREA_SAMPLES)


def read_spot(
    context: bpy.types.Context,
    objects: Sequence[bpy.types.Object],
    place_xz: Array,
    *,
    size: float = 1.0,
) -> HeightField:
    """Sample the ground on which somebody stands; as ``read_area``, but small and fine."""
    samples = int(CORRIDOR_M / FINEST_M)
    return _around(context, objects, place_xz, FINEST_M * size, samples)


def read_rectangle(
    context: bpy.types.Context,
    objects: Sequence[bpy.types.Object],
    low_xz: Array,
    high_xz: Array,
    *,
    size: float = 1.0,
) -> tuple[HeightField, float]:
    """Sample the ground over a rectangle, where somebody goes who may fall anywhere.

    Args:
        context, objects: as for ``read_terrain``.
        low_xz, high_xz: (2,) its corners in the world, core axes, metres.
        size: of the character, compared with a person.

    Returns:
        Heights; beyond the rectangle and in holes, those of the nearest ground. The share of it
        that is holes.

    Raises:
        TerrainError: no mesh among the objects, or no ground anywhere below.
    """
    grounds = _read_grounds(context, objects)
    extent = high_xz - low_xz
    by_rays = np.sqrt(extent[0] * extent[1] / _RECTANGLE_RAYS)
    spacing = float(max(_RECTANGLE_SPACING_M * size, by_rays))
    counts = np.maximum(np.ceil(extent / spacing).astype(int), 1) + 1
    everywhere = np.ones((int(counts[0]), int(counts[1])), bool)
    places = low_xz + spacing * np.argwhere(everywhere)
    heights = _cast(grounds, places, metres_per_unit(context.scene)).reshape(everywhere.shape)
    holes = float(np.isnan(heights).mean())
    if holes == 1.0:
        raise TerrainError(
            "there is no ground under the character. Move it over the ground, or leave Ground "
            "empty for level ground"
        )
    return HeightField(low_xz, spacing, fill_holes(heights, everywhere)), holes


def _around(
    context: bpy.types.Context,
    objects: Sequence[bpy.types.Object],
    place_xz: Array,
    spacing: float,
    samples: int,
) -> HeightField:
    """Ground around a place, so many samples to either side."""
    grounds = _read_grounds(context, objects)
    unit_m = metres_per_unit(context.scene)
    if np.isnan(_cast(grounds, place_xz[None], unit_m)[0]):
        raise TerrainError(
            "there is no ground under the character. Move it over the ground, or leave Ground "
            "empty for level ground"
        )
    shape = (2 * samples + 1,) * 2
    origin = place_xz - spacing * samples
    everywhere = np.ones(shape, bool)
    heights = _cast(grounds, origin + spacing * np.argwhere(everywhere), unit_m)
    heights = heights.astype(np.float32).reshape(shape)
    return HeightField(origin, spacing, fill_holes(heights, everywhere))


def meshes_of(
    ground: bpy.types.Object | None,
    collection: bpy.types.Collection | None,
    armature: bpy.types.Object | None,
) -> list[bpy.types.Object]:
    """The meshes to walk on: the object and those of the collection, less the character's own."""
    objects = [ground] if ground is not None else []
    if collection is not None:
        objects += [item for item in collection.all_objects if item.type == "MESH"]
    chosen = [item for item in dict.fromkeys(objects) if not belongs_to(item, armature)]
    if not chosen and (ground is not None or collection is not None):
        name = collection.name if collection is not None else ground.name
        raise TerrainError(
            f"'{name}' holds no mesh to walk on but the character's own. Choose a mesh or a "
            "collection of meshes under Ground, or leave it empty for level ground"
        )
    return chosen


def belongs_to(item: bpy.types.Object, armature: bpy.types.Object | None) -> bool:
    """Whether a mesh is a part of a character: moved by it, or worn by it."""
    if armature is None:
        return False
    skinned = any(m.type == "ARMATURE" and m.object == armature for m in item.modifiers)
    return skinned or item.parent == armature


def _read_grounds(context: bpy.types.Context, objects: Sequence[bpy.types.Object]) -> list[_Ground]:
    depsgraph = context.evaluated_depsgraph_get()
    grounds = []
    for item in objects:
        if item.type != "MESH":
            raise TerrainError(f"'{item.name}' is not a mesh. Choose a mesh under Ground")
        if item.mode == "EDIT":
            raise TerrainError(f"the ground '{item.name}' is in Edit Mode. Leave it with Tab first")
        evaluated = item.evaluated_get(depsgraph)
        world = np.array(evaluated.matrix_world, np.float64)
        if abs(np.linalg.det(world[:3, :3])) < 1e-12 or not len(evaluated.data.polygons):
            continue  # nothing to stand on; the check under the path says so if it matters
        tree = BVHTree.FromObject(item, depsgraph)
        corners = np.array(evaluated.bound_box, np.float64) @ world[:3, :3].T + world[:3, 3]
        top = float(corners[:, 2].max()) + 1.0
        grounds.append(_Ground(tree, world, np.linalg.inv(world), top))
    return grounds


def _check_under_path(
    grounds: Sequence[_Ground], path: Path, units: SceneUnits, size: float
) -> None:
    unit_m = units.metres
    count = min(max(int(path.length_m / (PATH_CHECK_M * size)), 1) + 1, MAX_RAYS)
    distances = np.linspace(0.0, path.length_m, count)
    places = path.positions(distances)
    missing = np.flatnonzero(np.isnan(_cast(grounds, places, unit_m)))
    for nudge in _NUDGES_M:  # a ray along the border of a mesh, or between two tiles, may miss
        again = _cast(grounds, places[missing] + size * nudge, unit_m)
        missing = missing[np.isnan(again)]
    if len(missing):
        first = missing[0]
        x, z = places[first] / unit_m
        raise TerrainError(
            "there is no ground under the path "
            f"{units.length(distances[first])} from its start, at X {x:.2f}, Y {-z:.2f}. Close the "
            "hole or move the curve (or leave Ground empty for level ground)"
        )


def _grid(path: Path, corridor: float, finest: float) -> tuple[float, Array, tuple[int, int]]:
    """Spacing, first sample and size of a grid over the path and its strip."""
    xz = path.points[:, [0, 2]]
    low, high = xz.min(axis=0) - corridor, xz.max(axis=0) + corridor
    extent = high - low
    by_rays = np.sqrt(2 * corridor * (path.length_m + 2 * corridor) / MAX_RAYS)
    by_samples = np.sqrt(extent[0] * extent[1] / MAX_SAMPLES)
    spacing = float(max(finest, by_rays, by_samples))
    counts = np.ceil(extent / spacing).astype(int) + 1
    return spacing, low, (int(counts[0]), int(counts[1]))


def _strip(
    path: Path, corridor: float, spacing: float, origin: Array, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Grid cells within the corridor: discs stamped along the path, a quarter radius apart."""
    count = int(np.ceil(path.length_m / (0.25 * corridor))) + 1
    places = path.positions(np.linspace(0.0, path.length_m, count))
    centres = np.round((places - origin) / spacing).astype(int)
    reach = int(np.ceil(corridor / spacing))
    steps = np.arange(-reach, reach + 1)
    disc = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    disc = disc[(disc**2).sum(axis=1) <= reach**2]
    inside = np.zeros(shape, bool)
    limit = np.array(shape) - 1
    for centre in centres:
        cells = np.clip(centre + disc, 0, limit)
        inside[cells[:, 0], cells[:, 1]] = True
    return inside


def _cast(grounds: Sequence[_Ground], places_xz: Array, unit_m: float) -> NDArray[np.float32]:
    """Height in metres of the highest surface at each place (N, 2); NaN where there is none."""
    core = np.stack((places_xz[:, 0], np.zeros(len(places_xz)), places_xz[:, 1]), axis=-1)
    starts = core_to_blender_points(core) / unit_m
    highest = np.full(len(places_xz), np.nan)
    for ground in grounds:
        heights = _cast_one(ground, starts)
        highest = np.fmax(highest, heights)
    return (highest * unit_m).astype(np.float32)


def _cast_one(ground: _Ground, starts: Array) -> Array:
    """World Z of the first hit from above, by rays given in the mesh's own space."""
    heights = np.full(len(starts), np.nan)
    above = starts.copy()
    above[:, 2] = ground.top
    origins = above @ ground.inverse[:3, :3].T + ground.inverse[:3, 3]
    direction = Vector(ground.inverse[:3, :3] @ np.array([0.0, 0.0, -1.0]))
    up = ground.world[2]
    cast = ground.tree.ray_cast
    for n, origin in enumerate(origins.tolist()):
        hit = cast(origin, direction)[0]
        if hit is not None:
            heights[n] = up[0] * hit[0] + up[1] * hit[1] + up[2] * hit[2] + up[3]
    return heights


def fill_holes(samples: NDArray[np.float32], desired: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give every cell a height: holes in the desired strip from the nearest ground, the rest of
    the grid, where nobody walks, from whatever lies next along its row or column.

    Args:
        samples: (Nx, Nz) heights, NaN where unknown; at least one is known.
        desired: (Nx, Nz) cells that matter.
    """
    filled = _fill_nearest(samples, desired)
    if np.isnan(filled).any():
        filled = _carry_along(_carry_along(filled.T).T)
    return filled


def _fill_nearest(samples: NDArray[np.float32], desired: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Grow the known cells into the desired holes, ring by ring."""
    padded = np.pad(samples, 1, constant_values=np.nan)
    values, stride = padded.ravel(), padded.shape[1]
    open_cells = (np.pad(desired, 1) & np.isnan(padded)).ravel()
    front = np.flatnonzero(~np.isnan(values)) if open_cells.any() else np.empty(0, int)
    straight = (1, -1, stride, -stride)
    diagonal = (stride + 1, stride - 1, -stride + 1, -stride - 1)
    while len(front):
        reached = []
        for step in (*straight, *diagonal):
            from_cells = front[open_cells[front + step]]
            values[from_cells + step] = values[from_cells]
            open_cells[from_cells + step] = False
            reached.append(from_cells + step)
        front = np.concatenate(reached)
    return values.reshape(padded.shape)[1:-1, 1:-1]


def _carry_along(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill unknown cells of each row from the last known one, or from the first."""
    known = ~np.isnan(samples)
    columns = np.arange(samples.shape[1])
    last = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    last = np.where(last < 0, np.argmax(known, axis=1)[:, None], last)
    return np.take_along_axis(samples, last, axis=1)
