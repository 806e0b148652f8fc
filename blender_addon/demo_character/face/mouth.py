"""Teeth, gums and tongue: pure NumPy."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..human import Human, Shape
from ..part import Part, cut_out
from ..surface import Surface
from .dentition import jaw_of

_CARRIERS: Final = {"upper": "head", "lower": "jaw"}
_THROAT_M: Final = (0.097, 0.114)  # how far forward the throat and the tongue's middle end
_LEAST_M: Final = 1e-5


def mouth_parts(body: Body) -> list[Part]:
    """Teeth and gums of both jaws, and the tongue.

    Returns:
        Parts of the meshes "Teeth" and "Tongue". The lower jaw's have the shapes of the jaw.
    """
    parts = []
    for which in _CARRIERS:
        jaw = jaw_of(body.human, which)
        teeth = _placed(body, which, jaw.teeth, "Teeth")
        parts.append(replace(teeth, paint=jaw.shaded))
        parts.append(_placed(body, which, jaw.gums, "Gums"))
    tongue = cut_out(body, body.human.quads["tongue"], "Tongue", "Tongue")
    return [*parts, replace(tongue, paint=_depths(body.human))]


@cache
def _depths(human: Human) -> dict[str, Ints]:
    """Numbers of the tongue's quads by material, where little light comes."""
    depth = human.base[human.quads["tongue"], 2].mean(axis=1)
    throat, middle = _THROAT_M
    return {
        "TongueBack": np.flatnonzero((depth >= throat) & (depth < middle)),
        "Mouth": np.flatnonzero(depth < throat),
    }


def _placed(body: Body, which: str, surface: Surface, material: str) -> Part:
    """A surface of the base mesh, moved as a person's arch is against the base's."""
    human = body.human
    arch = human.vertices_of(f"{which}-teeth")
    fit = _Affine(human, arch)
    vertices = fit.moved(surface.vertices, body.vertices[arch])
    skin = np.zeros((len(vertices), len(human.bones)), np.float32)
    skin[:, human.bones.index(_CARRIERS[which])] = 1.0
    shapes = {}
    for name, shape in body.shapes.items():
        if not name.startswith("jaw"):
            continue  # lips may press on teeth but do not move them
        if (offsets := _offsets(shape, arch)) is not None:
            every = fit.moved(surface.vertices, offsets)
            shapes[name] = Shape(np.arange(len(every)), every)
    return Part("Teeth", material, vertices, surface.quads, skin, shapes)


def _offsets(shape: Shape, arch: Ints) -> Floats | None:
    """(A, 3) what a shape does to an arch, None where it is nothing."""
    places = np.searchsorted(shape.vertices, arch)
    places = np.minimum(places, len(shape.vertices) - 1)
    found = shape.vertices[places] == arch
    offsets = np.where(found[:, None], shape.offsets_m[places], 0.0)
    return offsets if np.abs(offsets).max() > _LEAST_M else None


class _Affine:
    """Maps from the base mesh that fit what some of its vertices have, by least squares."""

    def __init__(self, human: Human, vertices: Ints) -> None:
        points = human.base[vertices].astype(np.float64)
        self._middle = points.mean(axis=0)
        self._solve = np.linalg.pinv(self._rows(points))

    def _rows(self, points: Floats) -> Floats:
        return np.column_stack((points - self._middle, np.ones(len(points))))

    def moved(self, points: Floats, values: Floats) -> Floats:
        """(N, 3) what the map of the vertices to ``values`` (A, 3) makes of points (N, 3)."""
        return (self._rows(points) @ (self._solve @ values)).astype(np.float32)
