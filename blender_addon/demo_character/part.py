"""A piece of a person at rest: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..core.conventions import Floats, Ints
from .body import Body
from .human import Shape


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a person at rest.

    Args:
        mesh: which object it belongs to, such as "Head", "Shirt".
        material: name of its material.
        vertices: (N, 3) metres.
        quads: (M, 4) anticlockwise seen from outside.
        skin: (N, B) share of each bone of the human; rows sum to 1.
        shapes: how ARKit shapes move it, numbered within ``vertices``; others leave it alone.
        paint: numbers of the quads that have another material, by that material's name.
        tint: (N, 3) what multiplies the colour of skin at each vertex; None for 1 everywhere.
    """

    mesh: str
    material: str
    vertices: Floats
    quads: Ints
    skin: Floats
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    paint: Mapping[str, Ints] = field(default_factory=dict)
    tint: Floats | None = None


@dataclass(frozen=True, eq=False)
class Attachment:
    """Points held by the body's mesh: each a mean of some of its vertices.

    Args:
        sources: (N, K) numbers of vertices of the body's mesh.
        shares: (N, K) how much each counts; rows sum to 1.
    """

    sources: Ints
    shares: Floats

    def points(self, values: Floats) -> Floats:
        """(N, C) what these points have, from what each vertex has (V, C)."""
        found = values[self.sources] * self.shares[..., None]
        return np.asarray(found.sum(axis=1), np.float32)

    def skin(self, body: Body) -> Floats:
        """(N, B) share of each bone."""
        return self.points(body.human.skin)

    def shapes(self, body: Body) -> dict[str, Shape]:
        """How ARKit shapes move the points; those that leave all of them alone are left out."""
        moved = {}
        every = np.zeros_like(body.vertices)
        touched = np.zeros(len(every), np.bool_)
        for name, shape in body.shapes.items():
            touched[shape.vertices] = True
            own = np.flatnonzero(touched[self.sources].any(axis=1))
            touched[shape.vertices] = False
            if not len(own):
                continue
            every[shape.vertices] = shape.offsets_m
            offsets = np.einsum("nkc,nk->nc", every[self.sources[own]], self.shares[own])
            every[shape.vertices] = 0.0
            far = np.abs(offsets).max(axis=1) > 1e-6
            if far.any():
                moved[name] = Shape(own[far], offsets[far].astype(np.float32))
        return moved


def attach_to(vertices: Ints) -> Attachment:
    """Points that are vertices of the body's mesh themselves."""
    return Attachment(vertices[:, None], np.ones((len(vertices), 1), np.float32))


def cut_out(body: Body, quads: Ints, mesh: str, material: str) -> Part:
    """Some faces of the body's mesh as a piece of its own.

    Args:
        quads: (M, 4) numbered within the body's mesh.
    """
    vertices = np.unique(quads)
    held = attach_to(vertices)
    return Part(
        mesh,
        material,
        body.vertices[vertices],
        np.searchsorted(vertices, quads),
        held.skin(body),
        held.shapes(body),
    )
