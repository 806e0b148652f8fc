"""A belt: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..part import Part
from .sewing import Cut
from .tights import load_tights

# Section from inside at the top around to inside below: which of the trousers' rings it lies on,
# parts for places between two, and how far outwards, metres.
_SECTION: Final = (
    (0.1, -0.001), (0.0, 0.003), (0.2, 0.005), (1.0, 0.005), (2.0, 0.005), (2.8, 0.005),
    (3.0, 0.003), (2.9, -0.001),
)  # fmt: skip
_RINGS: Final = 4
_BUCKLE_M: Final = (0.024, 0.021, 0.004)  # half width, half height, depth
_BAR_M: Final = 0.006


def make_belt(cut: Cut, trousers: Part, normals: Floats, scale: float) -> list[Part]:
    """A belt around the waist of trousers, and its buckle.

    Args:
        cut: the trousers' piece; its first hem is the waist.
        normals: (N, 3) outwards at the piece's vertices.
    """
    rings = _rings(cut)
    high = rings[0]
    points, out = trousers.vertices[rings], normals[rings]
    rows = [
        _between(points, place) + scale * rise * _between(out, place) for place, rise in _SECTION
    ]
    size = len(high)
    numbers = np.arange(len(rows) * size).reshape(len(rows), size)
    here, after = numbers, np.roll(numbers, -1, axis=0)
    corners = (here, np.roll(here, -1, 1), np.roll(after, -1, 1), after)
    quads = np.stack(corners, axis=-1).reshape(-1, 4)
    skin = np.tile(trousers.skin[high], (len(rows), 1))
    front = int(np.argmax(load_tights().base[cut.vertices[high], 2]))
    ahead = _between(out, 1.5)[front]
    middle = _between(points, 1.5)[front] + 0.005 * scale * ahead
    vertices, faces = _buckle(middle, points[0, front] - points[-1, front], ahead, scale)
    held = np.tile(trousers.skin[high[front]], (len(vertices), 1))
    return [
        Part("Trousers", "Belt", np.concatenate(rows).astype(np.float32), quads, skin),
        Part("Trousers", "Buckle", vertices, faces, held),
    ]


@cache
def _rings(cut: Cut) -> Ints:
    """(4, L) vertices of the trousers' rings from the waist down."""
    mesh, hem = load_tights().fine, cut.hems[0]
    columns = []
    for before, here in zip(cut.vertices[hem.loop], cut.vertices[hem.inner], strict=True):
        column = [int(before), int(here)]
        while len(column) < _RINGS:
            column.append(mesh.straight_on(*column[-2:]))
        columns.append(column)
    return np.searchsorted(cut.vertices, np.transpose(columns))


def _between(rings: Floats, place: float) -> Floats:
    """(L, 3) values at a place between two of the rings."""
    first = min(int(place), len(rings) - 2)
    return np.asarray(rings[first] + (place - first) * (rings[first + 1] - rings[first]))


def _buckle(middle: Floats, up: Floats, out: Floats, scale: float) -> tuple[Floats, Ints]:
    """A frame: a ring of four corners with a square section."""
    up, out = up / np.linalg.norm(up), out / np.linalg.norm(out)
    aside = np.cross(up, out)
    wide, tall, deep = (scale * each for each in _BUCKLE_M)
    rows = []
    for inset, rise in ((0.0, -0.5), (0.0, 1.0), (1.0, 1.0), (1.0, -0.5)):
        w, t = wide - inset * _BAR_M * scale, tall - inset * _BAR_M * scale
        corners = ((w, t), (-w, t), (-w, -t), (w, -t))
        rows.append([middle + x * aside + y * up + rise * deep * out for x, y in corners])
    numbers = np.arange(16).reshape(4, 4)
    after = np.roll(numbers, -1, axis=0)
    faces = np.stack((numbers, np.roll(numbers, -1, 1), np.roll(after, -1, 1), after), axis=-1)
    return np.array(rows, np.float32).reshape(-1, 3), faces.reshape(-1, 4)
