"""What is around someone who walks: ground that is stepped on, and things to be walked around.

An obstacle that is low enough is ground, its top as high as it is; any other is an outline on the
ground that neither feet nor body may come near. What moves is neither: it comes as a surprise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from ...conventions import Floats
from ...ground.terrain import FlatTerrain, HeightField
from ...maths.rotations import quaternion_rotate
from ..world import Obstacle, World

STEP_UP_M: Final = 0.12
"""So high over the ground feet step on a thing; what is higher they walk around."""
PASSING_M: Final = 0.42
"""So far from a thing the middle of a body passes at ease whose arms hang: they swing beside it."""
_HEADROOM_M: Final = 2.0
"""What begins over this is passed under."""
_SPACING_M: Final = 0.02
_MOST_SAMPLES: Final = 4_000_000
_FREE_SPACING_M: Final = 0.04
_FAR_M: Final = 1.0
_AROUND_M: Final = 1.5
_MOST_CORNERS: Final = 12
_XZ: Final = [0, 2]


@dataclass(frozen=True, eq=False)
class Outline:
    """A convex thing from above.

    Args:
        corners: (V, 2) x, z in order around it, metres.
    """

    corners: Floats

    def distances(self, places: Floats) -> Floats:
        """(...) metres from places (..., 2) to its edge; negative within."""
        start, end = self.corners, np.roll(self.corners, -1, axis=0)
        along = end - start
        off = places[..., None, :] - start
        share = (off * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
        nearest = off - np.clip(share, 0.0, 1.0)[..., None] * along
        distance = np.linalg.norm(nearest, axis=-1).min(-1)
        beside = along[:, 0] * off[..., 1] - along[:, 1] * off[..., 0]
        inside = (beside >= 0.0).all(-1) if len(start) > 2 else np.zeros(distance.shape, bool)
        return np.where(inside, -distance, distance)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What a walk has to reckon with.

    Args:
        ground: with everything that is stepped on.
        outlines: of what is walked around.
        free: how far it is from each place to the nearest of these, sampled; None where there are
            none.
        passing_m: so far from a thing the middle of the body passes at ease.
    """

    ground: FlatTerrain | HeightField
    outlines: tuple[Outline, ...] = ()
    free: HeightField | None = None
    passing_m: float = PASSING_M

    @property
    def is_level(self) -> bool:
        """Whether there is nothing to be stepped on."""
        return isinstance(self.ground, FlatTerrain)

    def clearance(self, places: Floats) -> Floats:
        """(...) metres from places (..., 2) to the nearest thing to walk around; far if none."""
        if self.free is None:
            return np.full(places.shape[:-1], _FAR_M)
        return np.asarray(self.free.heights(places), np.float64)


def surroundings_of(world: World, way: Floats, passing_m: float = PASSING_M) -> Surroundings:
    """What lies along a way.

    Args:
        world: ground and obstacles, in the figure's own size.
        way: (N, 2) x, z of places about which something may be walked, metres.
        passing_m: so far from a thing the middle of the body passes at ease.
    """
    low, high = way.min(axis=0) - _AROUND_M, way.max(axis=0) + _AROUND_M
    steps: list[Floats] = []
    outlines: list[Outline] = []
    for obstacle in world.obstacles:
        corners = _standing(obstacle)
        if obstacle.moves or (corners[:, _XZ].max(0) < low).any():
            continue
        if (corners[:, _XZ].min(0) > high).any():
            continue
        under = _ground_under(world, corners[:, _XZ].mean(axis=0))
        if corners[:, 1].max() <= under + STEP_UP_M:
            steps.append(corners)
        elif corners[:, 1].min() < under + _HEADROOM_M:
            outlines.append(Outline(_hull(corners[:, _XZ])))
    ground = _raised(world.ground, steps, low, high) if steps else world.ground
    return Surroundings(ground, tuple(outlines), _distances(outlines, low, high), passing_m)


def _distances(outlines: list[Outline], low: Floats, high: Floats) -> HeightField | None:
    """Metres to the nearest outline, on a grid; beyond a body's reach all is as good as far."""
    if not outlines:
        return None
    spacing, places = _grid(low, high, _FREE_SPACING_M)
    out = np.full(places.shape[:-1], _FAR_M)
    for outline in outlines:
        part = _part(outline.corners, low, spacing, places.shape[:2], _FAR_M)
        out[part] = np.minimum(out[part], outline.distances(places[part]))
    return HeightField(low, spacing, out)


def _grid(low: Floats, high: Floats, finest_m: float) -> tuple[float, Floats]:
    """Spacing, and places (Nx, Nz, 2) of a grid."""
    size = high - low
    spacing = max(finest_m, float(np.sqrt(size.prod() / _MOST_SAMPLES)))
    counts = np.ceil(size / spacing).astype(np.int64) + 1
    x, z = (low[n] + spacing * np.arange(counts[n]) for n in (0, 1))
    return spacing, np.stack(np.meshgrid(x, z, indexing="ij"), axis=-1)


def _part(
    corners: Floats, low: Floats, spacing: float, counts: tuple[int, ...], around_m: float = 0.0
) -> tuple[slice, slice]:
    """The samples within corners (V, 2) and so far around them."""
    first = np.clip(((corners.min(0) - around_m - low) / spacing).astype(int), 0, counts)
    last = np.clip(((corners.max(0) + around_m - low) / spacing).astype(int) + 2, 0, counts)
    return slice(first[0], last[0]), slice(first[1], last[1])


def _standing(obstacle: Obstacle) -> Floats:
    turned = quaternion_rotate(obstacle.turns[0], np.asarray(obstacle.corners, np.float64))
    return np.asarray(turned + obstacle.places[0])


def _ground_under(world: World, place: Floats) -> float:
    height = float(world.ground.heights(place))
    return height if np.isfinite(height) else 0.0


def _raised(
    ground: FlatTerrain | HeightField, steps: list[Floats], low: Floats, high: Floats
) -> HeightField:
    """The ground with the tops of what stands on it."""
    spacing, places = _grid(low, high, _SPACING_M)
    heights = np.asarray(ground.heights(places), np.float64)
    heights = np.where(np.isfinite(heights), heights, np.nanmin(heights, initial=0.0))
    for corners in steps:
        part = _part(corners[:, _XZ], low, spacing, heights.shape)
        heights[part] = np.maximum(heights[part], tops(corners, places[part]))
    return HeightField(low, spacing, heights)


def tops(corners: Floats, places: Floats) -> Floats:
    """(...) how high the hull of corners (N, 3) is at places (..., 2); −inf beside it.

    Every three corners span a triangle within the hull, and its top is made of such.
    """
    corners = _outermost(corners)
    flat = places.reshape(-1, 2)
    out = np.full(len(flat), -np.inf)
    for a, b, c in combinations(corners, 3):
        edges = np.stack(((b - a)[_XZ], (c - a)[_XZ]), axis=1)
        area = edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0]
        if abs(area) < 1e-9:
            continue
        u, v = np.linalg.solve(edges, (flat - a[_XZ]).T)
        inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1.0 + 1e-9)
        height = a[1] + u * (b - a)[1] + v * (c - a)[1]
        out = np.where(inside, np.maximum(out, height), out)
    return out.reshape(places.shape[:-1])


def _outermost(corners: Floats) -> Floats:
    """The corners, or of very many those farthest in a number of directions."""
    if len(corners) <= _MOST_CORNERS:
        return corners
    angles = 2 * np.pi * np.arange(_MOST_CORNERS) / _MOST_CORNERS
    toward = np.stack((np.cos(angles), np.full(len(angles), 0.5), np.sin(angles)), axis=-1)
    chosen = np.unique([*np.argmax(toward @ corners.T, axis=1), int(corners[:, 1].argmax())])
    return np.asarray(corners[chosen])


def _hull(points: Floats) -> Floats:
    """Corners (V, 2) of points' convex hull, in order around it.

    Source: Andrew 1979, the monotone chain.
    """
    ordered = sorted({(float(x), float(z)) for x, z in points})
    halves: list[list[tuple[float, float]]] = []
    for line in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for point in line:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0.0:
                chain.pop()
            chain.append(point)
        halves.append(chain[:-1])
    return np.array(halves[0] + halves[1] or ordered)


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
