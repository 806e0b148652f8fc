"""A belt: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..part import Part
from .sewing import Cut
from .tights import load_tights

# Section from inside at the top around to inside below: share of the height, and outwards, metres.
_SECTION: Final = (
    (0.04, -0.001), (0.0, 0.003), (0.06, 0.005), (0.94, 0.005), (1.0, 0.003), (0.96, -0.001)
)  # fmt: skip
_BUCKLE_M: Final = (0.024, 0.021, 0.004)  # half width, half height, depth
_BAR_M: Final = 0.006


def make_belt(cut: Cut, trousers: Part, normals: Floats, scale: float) -> list[Part]:
    """A belt around the waist of trousers, and its buckle.

    Args:
        cut: the trousers' piece; its first hem is the waist.
        normals: (N, 3) outwards at the piece's vertices.
    """
    high, low = cut.hems[0].loop, _below(cut)
    top, under = trousers.vertices[high], trousers.vertices[low]
    out = (normals[high] + normals[low]) / 2
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    rows = [top + share * (under - top) + scale * rise * out for share, rise in _SECTION]
    size = len(high)
    numbers = np.arange(len(rows) * size).reshape(len(rows), size)
    here, after = numbers, np.roll(numbers, -1, axis=0)
    corners = (here, np.roll(here, -1, 1), np.roll(after, -1, 1), after)
    quads = np.stack(corners, axis=-1).reshape(-1, 4)
    skin = np.tile(trousers.skin[high], (len(rows), 1))
    front = int(np.argmax(load_tights().base[cut.vertices[high], 2]))
    middle = (top[front] + under[front]) / 2 + 0.005 * scale * out[front]
    vertices, faces = _buckle(middle, top[front] - under[front], out[front], scale)
    held = np.tile(trousers.skin[high[front]], (len(vertices), 1))
    return [
        Part("Trousers", "Belt", np.concatenate(rows).astype(np.float32), quads, skin),
        Part("Trousers", "Buckle", vertices, faces, held),
    ]


@cache
def _below(cut: Cut) -> Ints:
    """(L,) the piece's vertices three edges below the waist."""
    mesh, found = load_tights().fine, []
    hem = cut.hems[0]
    for before, here in zip(cut.vertices[hem.loop], cut.vertices[hem.inner], strict=True):
        pair = (int(before), int(here))
        for _ in range(2):
            pair = (pair[1], mesh.straight_on(*pair))
        found.append(pair[1])
    return np.searchsorted(cut.vertices, found)


def _buckle(middle: Floats, up: Floats, out: Floats, scale: float) -> tuple[Floats, Ints]:
    """A frame: a ring of four corners with a square section."""
    up = up / np.linalg.norm(up)
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
