"""Meshes of quads made finer once, smoothly; and loops of edges on them: pure NumPy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..core.conventions import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Mesh:
    """Quads without places, and what stands next to what.

    Args:
        count: how many vertices there are.
        quads: (M, 4) vertex numbers.
    """

    count: int
    quads: Ints

    @cached_property
    def edges(self) -> Ints:
        """(E, 2) pairs of vertices, each pair once, rising."""
        return self._sides[0]

    @cached_property
    def edge_of_side(self) -> Ints:
        """(M, 4) number of the edge from each corner to the next."""
        return self._sides[1]

    @cached_property
    def _sides(self) -> tuple[Ints, Ints]:
        pairs = np.stack((self.quads, np.roll(self.quads, -1, axis=1)), axis=-1).reshape(-1, 2)
        edges, which = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
        return edges, which.reshape(-1, 4)

    @cached_property
    def neighbours(self) -> Ints:
        """(N, K) vertices along an edge; a vertex with fewer has itself in the rest."""
        both = np.concatenate((self.edges, self.edges[:, ::-1]))
        return _rows(both[:, 0], both[:, 1], self.count, np.arange(self.count))

    @cached_property
    def valence(self) -> Ints:
        """(N,) how many edges meet at a vertex."""
        return np.bincount(self.edges.ravel(), minlength=self.count).astype(np.int64)

    @cached_property
    def open_edges(self) -> Bools:
        """(E,) which edges have a face on one side only."""
        return np.bincount(self.edge_of_side.ravel(), minlength=len(self.edges)) == 1

    def smooth(self, values: Floats) -> Floats:
        """(N, C) mean of each vertex's neighbours."""
        total = _sum(values, self.neighbours)
        own = self.neighbours.shape[1] - self.valence[:, None]
        return np.asarray((total - own * values) / self.valence[:, None], np.float32)

    @cached_property
    def _faces_at(self) -> Ints:
        """(N, K) faces at each vertex, filled up with −1."""
        face = np.repeat(np.arange(len(self.quads)), 4)
        return _rows(self.quads.ravel(), face, self.count, np.full(self.count, -1))

    def straight_on(self, before: int, here: int) -> int:
        """The vertex opposite another across a crossing of four edges; −1 where there is none."""
        if self.valence[here] != 4:
            return -1
        faces = set(self._faces_at[here].tolist()) & set(self._faces_at[before].tolist()) - {-1}
        beside = set(self.quads[list(faces)].ravel().tolist())
        ahead = set(self.neighbours[here].tolist()) - beside - {here}
        return ahead.pop() if len(ahead) == 1 else -1

    def loop(self, first: int, second: int, longest: int) -> Ints | None:
        """(L,) vertices of the loop of edges that begins so; None where it does not close.

        Args:
            longest: how many vertices it may have.
        """
        around = [first, second]
        while len(around) <= longest:
            after = self.straight_on(*around[-2:])
            if after in (first, -1):
                return np.array(around, np.int64) if after == first else None
            around.append(after)
        return None

    def fill(self, start: int, loops: Iterable[Ints]) -> Ints:
        """Numbers of the faces reached from a vertex without crossing any of the loops."""
        walls = set()
        for loop in loops:
            sides = zip(loop.tolist(), np.roll(loop, -1).tolist(), strict=True)
            walls |= {frozenset(side) for side in sides}
        blocked = np.array([frozenset(edge) in walls for edge in self.edges.tolist()])
        reached = np.any(self.quads == start, axis=1)
        while True:
            crossed = np.zeros(len(self.edges), bool)
            crossed[self.edge_of_side[reached].ravel()] = True
            grown = reached | np.any((crossed & ~blocked)[self.edge_of_side], axis=1)
            if np.array_equal(grown, reached):
                return np.flatnonzero(reached)
            reached = grown


def _rows(keys: Ints, values: Ints, count: int, spare: Ints) -> Ints:
    """(N, K) the values of each key in a row, filled up with the key's spare."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    size = np.bincount(keys, minlength=count)
    place = np.arange(len(keys)) - (np.cumsum(size) - size)[keys]
    rows = np.repeat(spare[:, None], size.max(), axis=1)
    rows[keys, place] = values
    return rows


def _sum(values: Floats, rows: Ints) -> Floats:
    """(N, C) sums of the values of each row; adding columns is faster than a sum along an axis."""
    total = values[rows[:, 0]]
    for column in rows.T[1:]:
        total = total + values[column]
    return np.asarray(total)


@dataclass(frozen=True, eq=False)
class Refinement:
    """One step of subdivision: a mesh, the finer mesh, and how values pass to it.

    Source: Catmull and Clark 1978, Recursively generated B-spline surfaces on arbitrary
    topological meshes; at open edges the cubic B-spline of the border.
    """

    coarse: Mesh

    @cached_property
    def fine(self) -> Mesh:
        """Vertices of the coarse mesh, then of its edges, then of its faces."""
        mesh = self.coarse
        edge = mesh.count + mesh.edge_of_side
        face = mesh.count + len(mesh.edges) + np.arange(len(mesh.quads))
        middle = np.repeat(face[:, None], 4, axis=1)
        quads = np.stack((mesh.quads, edge, middle, np.roll(edge, 1, axis=1)), axis=-1)
        return Mesh(int(face[-1]) + 1, quads.reshape(-1, 4))

    @cached_property
    def _faces_around(self) -> tuple[Ints, Ints]:
        """Faces at each vertex and at each edge; the row after the last face stands for none."""
        mesh, none = self.coarse, len(self.coarse.quads)
        face = np.repeat(np.arange(none), 4)
        at_vertex = _rows(mesh.quads.ravel(), face, mesh.count, np.full(mesh.count, none))
        spare = np.full(len(mesh.edges), none)
        return at_vertex, _rows(mesh.edge_of_side.ravel(), face, len(mesh.edges), spare)

    @cached_property
    def _border(self) -> tuple[Ints, Ints]:
        """Vertices on open edges, and the two along the border beside each."""
        pairs = self.coarse.edges[self.coarse.open_edges]
        both = np.concatenate((pairs, pairs[:, ::-1]))
        ends = np.unique(both[:, 0])
        rows = _rows(both[:, 0], both[:, 1], self.coarse.count, np.arange(self.coarse.count))
        return ends, rows[ends][:, :2] if len(ends) else np.zeros((0, 2), np.int64)

    def __call__(self, values: Floats) -> Floats:
        """(N', C) what the finer mesh's vertices have, from what the coarse mesh's have (N, C)."""
        mesh = self.coarse
        face = _sum(values, mesh.quads) / 4
        padded = np.concatenate((face, np.zeros_like(face[:1])))
        at_vertex, at_edge = self._faces_around
        ends = _sum(values, mesh.edges)
        edge = (ends + _sum(padded, at_edge)) / 4
        edge[mesh.open_edges] = ends[mesh.open_edges] / 2
        n = mesh.valence[:, None]
        faces = _sum(padded, at_vertex) / n
        middles = (mesh.smooth(values) + values) / 2
        vertex = (faces + 2 * middles + (n - 3) * values) / n
        border, beside = self._border
        vertex[border] = 0.75 * values[border] + 0.125 * _sum(values, beside)
        return np.concatenate((vertex, edge, face)).astype(np.float32)
