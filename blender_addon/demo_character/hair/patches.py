"""Thin layers on the body's own faces, such as cropped hair: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..part import Attachment


@dataclass(frozen=True, eq=False)
class Patch:
    """Faces of the body's mesh, cut finer.

    Args:
        held: where its N points are held.
        quads: (M, 4) numbered within these points.
    """

    held: Attachment
    quads: Ints

    def kept(self, quads: Ints) -> tuple[Patch, Ints]:
        """Some of its faces, by number; and the numbers of the points that remain."""
        faces = self.quads[quads]
        points, numbers = np.unique(faces, return_inverse=True)
        held = Attachment(self.held.sources[points], self.held.shares[points])
        return Patch(held, numbers.reshape(-1, 4)), points

    def normals(self, body: Body) -> Floats:
        """(N, 3) outward directions of length 1."""
        found = self.held.points(body.normals)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def fine_patch(quads: Ints, cuts: int) -> Patch:
    """Faces of the body's mesh, each cut into cuts × cuts.

    Args:
        quads: (M, 4) numbered within the body's mesh.
        cuts: along each side.
    """
    step = np.arange(cuts + 1) / cuts
    u, v = (each.ravel() for each in np.meshgrid(step, step, indexing="ij"))
    corner = np.stack(((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v), axis=1)
    sources = np.repeat(quads, len(u), axis=0)
    shares = np.tile(corner, (len(quads), 1))
    grid = np.arange(len(u)).reshape(cuts + 1, cuts + 1)
    inner = np.stack((grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]), axis=-1)
    faces = (np.arange(len(quads))[:, None, None] * len(u) + inner.reshape(-1, 4)).reshape(-1, 4)
    first, same = _welded(sources, shares)
    held = Attachment(sources[first], shares[first].astype(np.float32))
    return Patch(held, same[faces])


def evenly_fine(quads: Ints, sizes: Floats, step_m: float, most: int = 6) -> Patch:
    """Faces cut so that the pieces are about as large everywhere.

    Args:
        quads: (M, 4) numbered within the body's mesh.
        sizes: (M,) metres.
        step_m: about the size of the pieces.
    """
    cuts = np.clip(np.round(sizes / step_m), 1, most).astype(np.int64)
    patches = [fine_patch(quads[cuts == each], int(each)) for each in np.unique(cuts)]
    starts = np.cumsum([0] + [len(patch.held.sources) for patch in patches[:-1]])
    sources = np.concatenate([patch.held.sources for patch in patches])
    shares = np.concatenate([patch.held.shares for patch in patches])
    faces = [patch.quads + start for patch, start in zip(patches, starts, strict=True)]
    return Patch(Attachment(sources, shares), np.concatenate(faces))


def face_sizes(points: Floats, quads: Ints) -> Floats:
    """(M,) the longest side of each face, metres."""
    corner = points[quads]
    sides = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2)
    return np.asarray(sides.max(axis=1))


def _welded(sources: Ints, shares: Floats) -> tuple[Ints, Ints]:
    """Which points to keep, and for each point the number of the one kept in its place."""
    own = np.where(shares > 1e-9, sources, -1)
    order = np.argsort(own, axis=1)
    keys = np.take_along_axis(own, order, axis=1)
    parts = np.round(np.take_along_axis(shares, order, axis=1) * 1e6)
    _, first, same = np.unique(
        np.hstack((keys, parts)), axis=0, return_index=True, return_inverse=True
    )
    return first, same.reshape(-1)
