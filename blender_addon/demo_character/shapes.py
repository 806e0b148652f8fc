"""Solid shapes as distance functions, and their surfaces as quads: pure NumPy.

A shape is a function from points (..., 3) to signed distances (...), negative inside, in metres
and nearly true close to the surface. Shapes blend smoothly, which is what flesh and cloth do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..core.conventions import Bools, Floats, Ints

Shape = Callable[[Floats], Floats]
Point = ArrayLike


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed mesh of quads.

    Args:
        vertices: (N, 3) metres.
        quads: (M, 4) vertex numbers, anticlockwise seen from outside.
    """

    vertices: Floats
    quads: Ints


def ellipsoid(centre: Point, radii: Point) -> Shape:
    """An ellipsoid along the axes."""
    middle, size = np.array(centre, np.float32), np.array(radii, np.float32)

    def distance(points: Floats) -> Floats:
        scaled = (points - middle) / size
        far = np.linalg.norm(scaled, axis=-1)
        slope = np.linalg.norm(scaled / size, axis=-1)
        return np.asarray(far * (far - 1.0) / np.maximum(slope, 1e-6))

    return distance


def cone(start: Point, end: Point, start_radius: float, end_radius: float) -> Shape:
    """A stick with round ends whose radius changes evenly."""
    a, b = np.array(start, np.float32), np.array(end, np.float32)
    axis = b - a

    def distance(points: Floats) -> Floats:
        share = np.clip((points - a) @ axis / np.dot(axis, axis), 0.0, 1.0)
        away = np.linalg.norm(points - a - share[..., None] * axis, axis=-1)
        return np.asarray(away - start_radius - share * (end_radius - start_radius))

    return distance


def limb(
    start: Point,
    end: Point,
    front: Point,
    stations: Sequence[Sequence[float]],
    power: float = 2.0,
) -> Shape:
    """A shape lathed around a straight axis, with oval sections taken from a table.

    Args:
        start, end: (3,) the axis, metres.
        front: (3,) direction of "front" in a section.
        stations: rows of (share of the axis 0…1, half width to the side, half depth to the front,
            centre's shift to the front), metres; smooth in between. Flat ends.
        power: 2 for ellipses, more for squarer sections.
    """
    a, b = np.array(start, np.float32), np.array(end, np.float32)
    length = float(np.linalg.norm(b - a))
    axis = (b - a) / length
    ahead = np.array(front, np.float32)
    ahead = ahead - axis * np.dot(ahead, axis)
    ahead /= np.linalg.norm(ahead)
    side = np.cross(axis, ahead)
    table = _densify(np.array(stations, np.float64))

    def distance(points: Floats) -> Floats:
        along = (points - a) @ axis
        share = along / length
        width, depth, shift = (np.interp(share, table[:, 0], table[:, c]) for c in (1, 2, 3))
        u = np.abs((points - a) @ side) / width
        v = np.abs((points - a) @ ahead - shift) / depth
        far = (u**power + v**power + 1e-12) ** (1.0 / power)
        slope = np.sqrt((u / width) ** 2 + (v / depth) ** 2)
        around = far * (far - 1.0) / np.maximum(slope, 1.0)
        beyond = np.maximum(table[0, 0] - share, share - table[-1, 0]) * length
        return np.asarray(smooth_maximum(around, beyond, 0.012), np.float32)

    return distance


def _densify(rows: Floats, count: int = 81) -> Floats:
    """Rows of (place, values…) through which a monotone cubic runs, sampled densely.

    Source: Fritsch and Butland 1984 (harmonic mean slopes), so that nothing overshoots.
    """
    x, y = rows[:, 0], rows[:, 1:]
    step = np.diff(x)[:, None]
    slope = np.diff(y, axis=0) / step
    product = slope[1:] * slope[:-1]
    total = slope[1:] + slope[:-1]
    inner = np.where(product > 0, 2 * product / np.where(total == 0, 1.0, total), 0.0)
    tangent = np.concatenate((slope[:1], inner, slope[-1:]))
    dense = np.linspace(x[0], x[-1], count)
    n = np.clip(np.searchsorted(x, dense, side="right") - 1, 0, len(x) - 2)
    t = ((dense - x[n]) / step[n, 0])[:, None]
    value = (
        (2 * t**3 - 3 * t**2 + 1) * y[n]
        + (t**3 - 2 * t**2 + t) * step[n] * tangent[n]
        + (3 * t**2 - 2 * t**3) * y[n + 1]
        + (t**3 - t**2) * step[n] * tangent[n + 1]
    )
    return np.column_stack((dense, value))


def smooth_minimum(a: Floats, b: Floats, blend_m: float) -> Floats:
    """Smaller of two distances, rounded where they are closer than ``blend_m``."""
    share = np.maximum(blend_m - np.abs(a - b), 0.0) / blend_m
    return np.asarray(np.minimum(a, b) - share * share * blend_m * 0.25)


def smooth_maximum(a: Floats, b: Floats, blend_m: float) -> Floats:
    """Larger of two distances, rounded where they are closer than ``blend_m``."""
    return -smooth_minimum(-a, -b, blend_m)


def join(shapes: Sequence[Shape], blend_m: float) -> Shape:
    """Union of shapes with seams rounded over ``blend_m``; 0 leaves them sharp."""

    def distance(points: Floats) -> Floats:
        total = shapes[0](points)
        for shape in shapes[1:]:
            other = shape(points)
            total = smooth_minimum(total, other, blend_m) if blend_m else np.minimum(total, other)
        return total

    return distance


def carve(shape: Shape, tool: Shape, blend_m: float) -> Shape:
    """A shape without what lies in ``tool``, the edge rounded over ``blend_m``."""
    return lambda points: smooth_maximum(shape(points), -tool(points), blend_m)


def cut(shape: Shape, place: Point, normal: Point, blend_m: float) -> Shape:
    """A shape without what lies beyond a plane on the side its normal points to."""
    at, way = np.array(place, np.float32), np.array(normal, np.float32)
    way = way / np.linalg.norm(way)
    return lambda points: smooth_maximum(shape(points), (points - at) @ way, blend_m)


def extract_surface(shape: Shape, low: Point, high: Point, cell_m: float) -> Surface:
    """The surface of a shape, as evenly spread quads.

    Args:
        shape: must lie inside the box.
        low, high: (3,) corners of the box to search, metres.
        cell_m: size of a quad.

    Returns:
        One closed mesh for each separate piece, all in one.

    Source: Gibson 1998, Constrained Elastic Surface Nets; here the vertices are drawn to the true
        surface by Newton steps instead of being relaxed inside their cells.
    """
    corners = zip(np.asarray(low), np.asarray(high), strict=True)
    axes = [np.arange(a, b + cell_m, cell_m, dtype=np.float32) for a, b in corners]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    # 0. Where two inner corners touch across a face's diagonal alone, surfaces would meet.
    values = _part_diagonals(shape(grid))
    # 1. A cell with corners on both sides gets one vertex, the mean of its edges' crossings.
    numbers, vertices = _cell_vertices(values)
    # 2. A grid edge that crosses the surface gets a quad through its four cells.
    quads = _edge_quads(values < 0, numbers)
    vertices = vertices * np.float32(cell_m) + np.array([axis[0] for axis in axes], np.float32)
    # 3. Even out and draw to the surface.
    return _settle(Surface(vertices.astype(np.float32), quads), shape, cell_m)


_CORNERS = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8)
                   if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1])  # fmt: skip


def _part_diagonals(values: Floats, tiny: float = 1e-5) -> Floats:
    """Put one corner outside on every face of the grid that has just two opposite ones inside.

    Else four quads would share an edge there. Of the two, the one nearer to the surface goes.
    """
    for _ in range(8):
        faces = [_diagonal_corners(values, axis) for axis in range(3)]
        corners = np.concatenate(faces)
        if not len(corners):
            break
        values[tuple(corners.T)] = tiny
    return values


def _diagonal_corners(values: Floats, axis: int) -> Ints:
    """(N, 3) grid places to put outside, from the faces across one axis."""
    turned = np.moveaxis(values, axis, 0)
    a, b, c, d = turned[:, :-1, :-1], turned[:, 1:, :-1], turned[:, :-1, 1:], turned[:, 1:, 1:]
    inner = [corner < 0 for corner in (a, b, c, d)]
    first = inner[0] & inner[3] & ~inner[1] & ~inner[2]
    second = inner[1] & inner[2] & ~inner[0] & ~inner[3]
    found = []
    for faces, (one, at_one), (two, at_two) in (
        (first, (a, (0, 0, 0)), (d, (0, 1, 1))),
        (second, (b, (0, 1, 0)), (c, (0, 0, 1))),
    ):
        places = np.argwhere(faces)
        nearer = (one[faces] > two[faces])[:, None]
        found.append(places + np.where(nearer, at_one, at_two))
    places = np.concatenate(found)
    return np.insert(places[:, 1:], axis, places[:, 0], axis=1)


def _cell_vertices(values: Floats) -> tuple[Ints, Floats]:
    inside = (values < 0).astype(np.int8)
    cells = tuple(size - 1 for size in values.shape)
    total = sum(
        inside[i : i + cells[0], j : j + cells[1], k : k + cells[2]] for i, j, k in _CORNERS
    )
    places = np.argwhere((total > 0) & (total < 8))
    numbers = np.full(cells, -1, np.int64)
    numbers[tuple(places.T)] = np.arange(len(places))
    at = places[:, None, :] + _CORNERS
    corner = values[at[..., 0], at[..., 1], at[..., 2]]
    a, b = corner[:, _EDGES[:, 0]], corner[:, _EDGES[:, 1]]
    crossed = (a < 0) != (b < 0)
    share = np.where(crossed, a / np.where(crossed, a - b, 1.0), 0.0)[..., None]
    points = _CORNERS[_EDGES[:, 0]] * (1 - share) + _CORNERS[_EDGES[:, 1]] * share
    mean = np.sum(points * crossed[..., None], axis=1) / crossed.sum(axis=1)[:, None]
    return numbers, places + mean


def _edge_quads(inside: Bools, numbers: Ints) -> Ints:
    quads = []
    for axis in range(3):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        ends = np.moveaxis(inside, axis, 0)
        change = np.moveaxis(ends[:-1] != ends[1:], 0, axis)
        edges = np.argwhere(change)
        edges = edges[np.all(edges[:, [one, two]] > 0, axis=1)]
        around = np.zeros((4, 3), np.int64)
        around[1:3, one] = -1
        around[2:4, two] = -1
        at = edges[:, None, :] + around
        found = numbers[at[..., 0], at[..., 1], at[..., 2]]
        outward = inside[tuple(edges.T)]
        quads.append(np.where(outward[:, None], found, found[:, ::-1]))
    return np.concatenate(quads)


def _settle(surface: Surface, shape: Shape, cell_m: float, rounds: int = 3) -> Surface:
    vertices, count = surface.vertices, len(surface.vertices)
    pairs = np.concatenate([surface.quads[:, [n, (n + 1) % 4]] for n in range(4)])
    neighbours = np.bincount(pairs[:, 0], minlength=count)[:, None]
    for _ in range(rounds):
        sums = np.stack(
            [np.bincount(pairs[:, 0], vertices[pairs[:, 1], c], count) for c in range(3)], axis=-1
        )
        vertices = (0.5 * vertices + 0.5 * sums / neighbours).astype(np.float32)
        vertices = _project(vertices, shape, cell_m)
    return Surface(vertices, surface.quads)


def _project(vertices: Floats, shape: Shape, cell_m: float) -> Floats:
    """One Newton step to the surface, no longer than half a cell."""
    tiny = np.float32(0.05 * cell_m)
    steps = np.eye(3, dtype=np.float32) * tiny
    value = shape(vertices)
    slope = np.stack([(shape(vertices + step) - value) / tiny for step in steps], axis=-1)
    move = slope * (value / np.maximum(np.sum(slope * slope, axis=-1), 0.05))[:, None]
    length = np.linalg.norm(move, axis=-1, keepdims=True)
    move *= np.minimum(1.0, 0.5 * cell_m / np.maximum(length, 1e-9))
    return np.asarray(vertices - move, np.float32)


def mirror_surface(surface: Surface) -> Surface:
    """The same surface on the other side of x = 0."""
    return Surface(surface.vertices * np.array([-1, 1, 1], np.float32), surface.quads[:, ::-1])


def sphere(centre: Point, radius: float, rings: int, segments: int) -> Surface:
    """A ball of quads with its poles along Z, the poles closed by slim quads."""
    ring = np.pi * (np.arange(rings) + 0.5) / rings
    turn = 2 * np.pi * np.arange(segments) / segments
    points = np.stack(
        np.broadcast_arrays(
            np.sin(ring)[:, None] * np.cos(turn),
            np.sin(ring)[:, None] * np.sin(turn),
            np.cos(ring)[:, None],
        ),
        axis=-1,
    ).reshape(-1, 3)
    poles = np.array([[0, 0, 1], [0, 0, -1]])
    vertices = (np.vstack((points, poles)) * radius + np.array(centre)).astype(np.float32)
    here = np.arange(segments)
    after = (here + 1) % segments
    rows = np.arange(rings - 1)[:, None] * segments
    quads = np.stack(
        (rows + here, rows + segments + here, rows + segments + after, rows + after), axis=-1
    ).reshape(-1, 4)
    return Surface(vertices, np.vstack((quads, _caps(rings, segments))))


def _caps(rings: int, segments: int) -> Ints:
    """Quads around both poles of a ball, each made of two segments."""
    even = np.arange(0, segments, 2)
    north, south = rings * segments, rings * segments + 1
    last = (rings - 1) * segments
    top = np.stack((np.full_like(even, north), even, even + 1, (even + 2) % segments), axis=-1)
    low = np.stack(
        (np.full_like(even, south), last + (even + 2) % segments, last + even + 1, last + even),
        axis=-1,
    )
    return np.vstack((top, low))


def tube(
    middle: Floats, up: Point, tall: Floats, deep: Floats, segments: int, *, ring: bool = False
) -> Surface:
    """A closed tube along a line, with oval sections.

    Args:
        middle: (N, 3) the line, metres.
        up: (3,) the direction of a section's height, straightened to be square to the line.
        tall, deep: (N,) half height and half depth of the sections.
        segments: vertices around, even.
        ring: whether the line's end meets its beginning.
    """
    line = np.asarray(middle, np.float64)
    way = np.roll(line, -1, 0) - np.roll(line, 1, 0) if ring else np.gradient(line, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    rise = np.array(up, np.float64) - way * (way @ np.array(up, np.float64))[:, None]
    rise /= np.linalg.norm(rise, axis=1, keepdims=True)
    aside = np.cross(way, rise)
    turn = 2 * np.pi * np.arange(segments) / segments
    oval = np.cos(turn)[:, None] * (np.asarray(tall)[:, None] * rise)[:, None]
    oval = oval + np.sin(turn)[:, None] * (np.asarray(deep)[:, None] * aside)[:, None]
    vertices = (line[:, None] + oval).reshape(-1, 3).astype(np.float32)
    numbers = np.arange(len(vertices)).reshape(len(line), segments)
    here = numbers if ring else numbers[:-1]
    beyond = np.roll(numbers, -1, axis=0)[: len(here)]
    corners = (here, np.roll(here, -1, 1), np.roll(beyond, -1, 1), beyond)
    quads = np.stack(corners, axis=-1).reshape(-1, 4)
    if ring:
        return Surface(vertices, quads)
    ends = [cap_ring(numbers[0])[:, ::-1], cap_ring(numbers[-1])]
    return Surface(vertices, np.concatenate((quads, *ends)))


def cap_ring(ring: Ints) -> Ints:
    """Quads straight across an even ring of vertices, seen in the ring's own sense."""
    steps = np.arange(len(ring) // 2 - 1)
    return np.stack((ring[-steps], ring[steps + 1], ring[steps + 2], ring[-steps - 1]), axis=-1)


def merge_surfaces(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one."""
    starts = np.cumsum([0] + [len(surface.vertices) for surface in surfaces[:-1]])
    quads = [surface.quads + start for surface, start in zip(surfaces, starts, strict=True)]
    return Surface(np.concatenate([s.vertices for s in surfaces]), np.concatenate(quads))
