"""A closed mesh of quads around a field: naive surface nets.

Source: Gibson 1998, "Constrained elastic surface nets"; the dual method with one vertex a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..surface import Surface

_CORNERS: Final = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_EDGES: Final = tuple(
    (a, b)
    for a in range(8)
    for b in range(a + 1, 8)
    if int(np.abs(_CORNERS[a] - _CORNERS[b]).sum()) == 1
)

_FAIRING: Final = (0.5, -0.53, 0.5, -0.53)
"""Source: Taubin 1995, "A signal processing approach to fair surface design"."""


def mesh_field(
    field: Callable[[Floats], Floats], low: Floats, high: Floats, cell_m: float
) -> Surface:
    """The surface where a field, alike on both sides of x = 0, is zero.

    Args:
        field: (N,) of places (N, 3); negative inside.
        low, high: (3,) box around it, metres.
        cell_m: size of a cell.
    """
    values, start = _sampled(field, low, high, cell_m)
    corners = np.stack([_shifted(values, corner) for corner in _CORNERS], axis=-1)
    below = corners < 0
    crossed = below.any(axis=-1) & ~below.all(axis=-1)
    numbers = np.full(crossed.shape, -1, np.int64)
    numbers[crossed] = np.arange(int(crossed.sum()))
    cells = np.argwhere(crossed)
    vertices = (cells + _middles(corners[crossed])) * cell_m + start
    quads = [_across(values, numbers, axis) for axis in range(3)]
    surface = Surface(vertices.astype(np.float32), np.concatenate(quads))
    return _settled(surface, field, cell_m)


def _sampled(
    field: Callable[[Floats], Floats], low: Floats, high: Floats, cell_m: float
) -> tuple[Floats, Floats]:
    """The field on a grid, computed on the left only; and where the grid begins."""
    half = int(np.ceil(max(abs(low[0]), abs(high[0])) / cell_m)) + 2
    begin = np.floor(low / cell_m).astype(int) - 2
    counts = np.ceil(high / cell_m).astype(int) + 3 - begin
    # Half a cell aside, so that the middle plane lies between samples and both sides are alike.
    lines = [
        (np.arange(half) + 0.5) * cell_m,
        (np.arange(counts[1]) + begin[1]) * cell_m,
        (np.arange(counts[2]) + begin[2]) * cell_m,
    ]
    grid = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1)
    left = field(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    start = np.array([-(half - 0.5) * cell_m, lines[1][0], lines[2][0]])
    return np.concatenate((left[::-1], left)), start


def _shifted(values: Floats, corner: Ints) -> Floats:
    ends = [slice(c, n - 1 + c) for c, n in zip(corner, values.shape, strict=True)]
    return values[tuple(ends)]


def _middles(corners: Floats) -> Floats:
    """(N, 3) mean of where the surface cuts each cell's edges, in cells."""
    total = np.zeros((len(corners), 3))
    count = np.zeros((len(corners), 1))
    for a, b in _EDGES:
        first, second = corners[:, a], corners[:, b]
        cut = (first < 0) != (second < 0)
        share = np.where(cut, first / np.where(cut, first - second, 1.0), 0.0)[:, None]
        place = _CORNERS[a] + share * (_CORNERS[b] - _CORNERS[a])
        total += cut[:, None] * place
        count += cut[:, None]
    return np.asarray(total / count)


def _across(values: Floats, numbers: Ints, axis: int) -> Ints:
    """Quads around the grid's edges along one axis that the surface cuts."""
    first = np.take(values, range(values.shape[axis] - 1), axis=axis)
    second = np.take(values, range(1, values.shape[axis]), axis=axis)
    cut = (first < 0) != (second < 0)
    others = [each for each in range(3) if each != axis]
    for other in others:  # edges on the outside belong to too few cells
        edge = [slice(None)] * 3
        edge[other] = slice(0, 1)
        cut[tuple(edge)] = False
        edge[other] = slice(-1, None)
        cut[tuple(edge)] = False
    places = np.argwhere(cut)
    inside_first = first[tuple(places.T)] < 0
    around = []
    for one, two in ((0, 0), (1, 0), (1, 1), (0, 1)):
        back = places.copy()
        back[:, others[0]] -= 1 - one
        back[:, others[1]] -= 1 - two
        around.append(numbers[tuple(back.T)])
    quads = np.stack(around, axis=-1)
    turned = inside_first if axis != 1 else ~inside_first
    return np.where(turned[:, None], quads, quads[:, ::-1])


def _settled(surface: Surface, field: Callable[[Floats], Floats], cell_m: float) -> Surface:
    """Vertices on the surface itself, and spread evenly along it."""
    vertices = surface.vertices.astype(np.float64)
    mean = neighbour_mean(surface.quads)
    for _ in range(2):
        vertices += 0.5 * (mean(vertices) - vertices)
        normal = vertex_normals(vertices, surface.quads)
        off = field(vertices)
        step = 0.25 * cell_m
        slope = (field(vertices + step * normal) - off) / step
        move = np.clip(off / np.maximum(slope, 0.3), -cell_m, cell_m)
        vertices -= move[:, None] * normal
    for share in _FAIRING:
        vertices += share * (mean(vertices) - vertices)
    return Surface(vertices.astype(np.float32), surface.quads)


def neighbour_mean(quads: Ints) -> Callable[[Floats], Floats]:
    """A function from values of vertices (N, C) to the mean over each one's neighbours.

    Args:
        quads: (M, 4) of a mesh in which every vertex belongs to a face.
    """
    here = np.concatenate([quads.ravel(), quads.ravel()])
    there = np.concatenate([np.roll(quads, step, axis=1).ravel() for step in (1, -1)])
    order = np.argsort(here, kind="stable")
    sources = there[order]
    starts = np.flatnonzero(np.diff(here[order], prepend=-1))
    counts = np.diff(starts, append=len(sources))[:, None]

    def mean(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values[sources], starts, axis=0) / counts)

    return mean


def vertex_normals(vertices: Floats, quads: Ints) -> Floats:
    """(N, 3) unit normals, pointing outward."""
    corners = vertices[quads]
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    total = np.zeros_like(vertices)
    for corner in range(4):
        np.add.at(total, quads[:, corner], normal)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))
