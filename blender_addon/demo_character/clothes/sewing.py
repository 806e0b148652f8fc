"""Pieces cut from the second skin, with folded edges: pure NumPy, worked out once a style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from .tights import Tights

_LEVEL: Final = 0.8  # how much of a falling edge's slant is taken out
_LEVEL_M: Final = 0.04
_STEP_M: Final = 0.013  # usual length of a fine edge


@dataclass(frozen=True)
class Edge:
    """How cloth ends: rows of vertices beyond its last ring, outside first, inside last.

    Args:
        rows_m: how far each row lies along the cloth beyond the last ring, and how far outwards.
        fall: 0 along the cloth to 1 straight down.
        trim: how many of the rows, from the first, are of the trim.
        follow: how far rows move with what is beneath them, 0 with the last ring to 1.
        even: how many times the last ring is made smoother along itself.
    """

    rows_m: tuple[tuple[float, float], ...]
    fall: float = 0.0
    trim: int = 0
    follow: float = 0.0
    even: int = 0


@dataclass(frozen=True, eq=False)
class Layer:
    """The surface of what is already worn.

    Args:
        points, normals: (F, 3) at the fine vertices.
    """

    points: Floats
    normals: Floats

    def cleared(self, row: Floats, beyond: Ints, deep_m: float) -> Floats:
        """(L, 3) a row of a hem, lifted out of the surface.

        Args:
            row: (L, 3).
            beyond: (L, K) fine vertices that lie below, the nearest of which counts.
            deep_m: how far the row may lie below the surface.
        """
        near = np.argmin(((self.points[beyond] - row[:, None]) ** 2).sum(axis=2), axis=1)
        under = beyond[np.arange(len(row)), near]
        out = self.normals[under]
        lack = np.maximum(((self.points[under] - row) * out).sum(axis=1) - deep_m, 0.0)
        for _ in range(2):  # an even edge: neighbours go along with what is lifted
            lack = np.maximum(lack, (np.roll(lack, 1) + 2 * lack + np.roll(lack, -1)) / 4)
        return np.asarray(row + lack[:, None] * out)


@dataclass(frozen=True, eq=False)
class Hem:
    """An open edge of a piece.

    Args:
        loop: (L,) its vertices within the piece, cloth at the left seen from outside.
        inner: (L,) the vertex one edge into the cloth from each.
        beyond: (L, 4) fine vertices straight on from it, the last ring itself first.
        edge: how it ends.
    """

    loop: Ints
    inner: Ints
    beyond: Ints
    edge: Edge


@dataclass(frozen=True, eq=False)
class Cut:
    """A piece of the fine mesh.

    Args:
        faces: (M,) which faces of the fine mesh.
        vertices: (N,) which vertices of the fine mesh.
        quads: (M, 4) its faces, numbered within the piece.
        hems: its open edges.
    """

    faces: Ints
    vertices: Ints
    quads: Ints
    hems: tuple[Hem, ...]

    @property
    def all_quads(self) -> Ints:
        """(M', 4) the piece's faces and then those of its hems, row by row."""
        found, start = [self.quads], len(self.vertices)
        for hem in self.hems:
            size = len(hem.loop)
            ring = hem.loop
            for _ in hem.edge.rows_m:
                beyond = start + np.arange(size)
                sides = (np.roll(ring, -1), ring, beyond, np.roll(beyond, -1))
                found.append(np.stack(sides, axis=-1))
                ring, start = beyond, start + size
        return np.concatenate(found)

    @property
    def trim_quads(self) -> Ints:
        """Numbers of the hems' faces that are of the trim."""
        found, start = [np.zeros(0, np.int64)], len(self.quads)
        for hem in self.hems:
            size = len(hem.loop)
            found.append(start + np.arange(size * hem.edge.trim))
            start += size * len(hem.edge.rows_m)
        return np.concatenate(found)

    def spread(self, values: Floats) -> Floats:
        """(N', C) values of the piece's vertices with those of the hems.

        Args:
            values: (F, C) at the fine vertices.
        """
        rows = [values[self.vertices]]
        for hem in self.hems:
            own = values[self.vertices[hem.loop]]
            for along, _ in hem.edge.rows_m:
                step = min(max(round(along / _STEP_M), 0), hem.beyond.shape[1] - 1)
                below = values[hem.beyond[:, step]]
                rows.append(own + hem.edge.follow * (below - own))
        return np.concatenate(rows).astype(np.float32)

    def evened(self, points: Floats) -> Floats:
        """(N, 3) the piece's vertices with the rings at its edges made smooth."""
        points = np.array(points)
        for hem in self.hems:
            for _ in range(hem.edge.even):
                ring = points[hem.loop]
                points[hem.loop] = (np.roll(ring, 1, 0) + 2 * ring + np.roll(ring, -1, 0)) / 4
        return points

    def sewn(self, points: Floats, normals: Floats, scale: float, below: Layer) -> Floats:
        """(N', 3) the piece's vertices and then those of its hems.

        Args:
            points, normals: (N, 3) of the piece.
            scale: of the hems' sizes.
            below: what hems must not sink into where they hang over it.
        """
        rows = [points]
        for hem in self.hems:
            here, out = points[hem.loop], normals[hem.loop]
            way = _along(here - points[hem.inner], out, hem.edge.fall)
            longer = _levelling(here, hem.edge)
            for along, rise in hem.edge.rows_m:
                row = here + along * (scale + longer) * way + scale * rise * out
                rows.append(below.cleared(row, hem.beyond, -scale * rise) if hem.edge.fall else row)
        return np.concatenate(rows).astype(np.float32)


def _levelling(ring: Floats, edge: Edge) -> Floats:
    """(L, 1) how much longer cloth that falls is where its last ring is high, as a share."""
    longest = max(along for along, _ in edge.rows_m)
    high = np.minimum(ring[:, 1:2] - ring[:, 1].min(), _LEVEL_M)
    return np.asarray(_LEVEL * edge.fall * high / longest)


def _along(step: Floats, out: Floats, fall: float) -> Floats:
    """(L, 3) directions that continue the cloth, even around the edge."""
    for _ in range(2):
        step = (np.roll(step, 1, 0) + 2 * step + np.roll(step, -1, 0)) / 4
    step = step - np.einsum("nc,nc->n", step, out)[:, None] * out
    step = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
    step = (1.0 - fall) * step + fall * np.array([0.0, -1.0, 0.0])
    return np.asarray(step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9))


def cut_piece(tights: Tights, faces: Ints, edges: Mapping[str, tuple[Ints, Edge]]) -> Cut:
    """A piece of the fine mesh with its open edges in order.

    Args:
        faces: (M,) numbers of fine faces.
        edges: by name, fine vertices on an open edge and how it ends.
    """
    vertices, quads = np.unique(tights.fine.quads[faces], return_inverse=True)
    quads = quads.reshape(-1, 4)
    after, inner = _rim(quads)
    hems = []
    for loop, edge in edges.values():
        mine = np.searchsorted(vertices, loop)
        around = [int(next(v for v in mine if v in after))]
        while (follower := after[around[-1]]) != around[0]:
            around.append(follower)
        before = np.array([inner[v] for v in around])
        beyond = [
            _straight(tights, int(vertices[b]), int(vertices[v]))
            for b, v in zip(before, around, strict=True)
        ]
        hems.append(Hem(np.array(around), before, np.array(beyond), edge))
    return Cut(faces, vertices, quads, tuple(hems))


def _straight(tights: Tights, before: int, here: int) -> list[int]:
    """Four fine vertices in a line, from ``here`` on; the last again where the line ends."""
    found = [here]
    while len(found) < 4:
        after = tights.fine.straight_on(before, here)
        before, here = (here, after) if after >= 0 else (before, here)
        found.append(here)
    return found


def _rim(quads: Ints) -> tuple[dict[int, int], dict[int, int]]:
    """The vertex after each on an open edge, and the one into the cloth from it."""
    start, end = quads.ravel(), np.roll(quads, -1, axis=1).ravel()
    count = int(quads.max()) + 1
    alone = ~np.isin(end * count + start, start * count + end)
    after = dict(zip(start[alone].tolist(), end[alone].tolist(), strict=True))
    rim = np.zeros(count, bool)
    rim[start[alone]] = True
    into = rim[start] & ~rim[end]
    inner = dict(zip(start[into].tolist(), end[into].tolist(), strict=True))
    for corner in after.keys() - inner.keys():
        face = quads[np.any(quads == corner, axis=1)][0].tolist()
        inner[corner] = face[(face.index(corner) + 2) % 4]
    return after, inner
