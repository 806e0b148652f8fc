"""Meshes of quads made finer once, smoothly; and loops of edges on them: pure NumPy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core.conventions import Bools, Floats, Ints


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
    def faces_of_edge(self) -> Ints:
        """(E, 2) faces at both sides of an edge; an open edge has its own face twice."""
        face = np.repeat(np.arange(len(self.quads)), 4)
        order = np.argsort(self.edge_of_side.ravel(), kind="stable")
        edge, face = self.edge_of_side.ravel()[order], face[order]
        first = np.searchsorted(edge, np.arange(len(self.edges)))
        last = np.searchsorted(edge, np.arange(len(self.edges)), side="right") - 1
        return np.stack((face[first], face[last]), axis=-1)

    @cached_property
    def _onward(self) -> dict[int, int]:
        """The vertex opposite another across a crossing of four edges, by both their numbers.

        Of the four neighbours it is the one that shares no face with the first: the numbers of
        all four, less its own and those of the two that do.
        """
        here = self.quads.ravel()
        after, before = np.roll(self.quads, -1, 1).ravel(), np.roll(self.quads, 1, 1).ravel()
        keys = np.concatenate((here * self.count + after, here * self.count + before))
        found, which = np.unique(keys, return_inverse=True)
        beside = np.bincount(which.ravel(), np.concatenate((before, after)))
        corner, other = np.divmod(found, self.count)
        total = np.bincount(here, after + before, self.count) / 2
        faces = np.bincount(here, minlength=self.count)
        whole = (self.valence[corner] == 4) & (faces[corner] == 4)
        onward = np.where(whole, total[corner] - other - beside, -1).astype(np.int64)
        return dict(zip((other * self.count + corner).tolist(), onward.tolist(), strict=True))

    def straight_on(self, before: int, here: int) -> int:
        """The vertex opposite another across a crossing of four edges; −1 where there is none."""
        return self._onward.get(before * self.count + here, -1)

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
        sides = np.concatenate([np.stack((loop, np.roll(loop, -1)), axis=-1) for loop in loops])
        walls = np.sort(sides, axis=1) @ np.array([self.count, 1])
        free = ~np.isin(self.edges @ np.array([self.count, 1]), walls)
        reached = np.any(self.quads == start, axis=1)
        front = np.flatnonzero(reached)
        while len(front):
            edges = self.edge_of_side[front].ravel()
            beyond = np.unique(self.faces_of_edge[edges[free[edges]]])
            front = beyond[~reached[beyond]]
            reached[front] = True
        return np.flatnonzero(reached)


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
