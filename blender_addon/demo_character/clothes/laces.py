"""Laces across the instep: pure NumPy."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import vertex_normals
from ..part import Part
from ..surface import Surface, merge_surfaces, tube
from .feet import find_foot
from .sewing import Cut
from .tights import load_tights

_ALONG: Final = (0.47, 0.70)  # shares of the foot where laces begin and end
_ASIDE: Final = 0.36
_THICK_M: Final = 0.0022
_POINTS: Final = 5
_LOOP_M: Final = 0.022


def make_laces(side: str, cut: Cut, vertices: Floats, rows: int, scale: float) -> Part:
    """The lace of one shoe: a bar at the toes, crossings, and a bow.

    Args:
        vertices: (N', 3) of the upper, those of ``cut`` first.
        rows: how many holes at each side.
    """
    held, shares = _places(side, rows)
    mine = np.searchsorted(cut.vertices, held)
    count = len(cut.vertices)
    normals = vertex_normals(vertices[:count], cut.quads)
    on = np.einsum("lpk,lpkc->lpc", shares, vertices[mine])
    out = np.einsum("lpk,lpkc->lpc", shares, normals[mine])
    lift = 0.0015 + 0.0015 * np.sin(np.linspace(0.0, np.pi, _POINTS))
    lines = on + scale * lift[None, :, None] * out
    thick = np.full(_POINTS, _THICK_M * scale)
    up = out[0, _POINTS // 2]
    pieces = [tube(line, up, 0.5 * thick, thick, 4) for line in lines]
    middle = on[0, _POINTS // 2] + 0.004 * scale * up
    pieces += [_bow(middle, on[0, end] - middle, up, scale) for end in (0, -1)]
    surface = merge_surfaces(pieces)
    skin = np.tile(_skin(side), (len(surface.vertices), 1))
    return Part("Shoes", "Laces", surface.vertices, surface.quads, skin)


def laced(side: str, rows: int) -> Ints:
    """Fine vertices beneath the lace of one shoe."""
    return np.unique(_places(side, rows)[0])


def _bow(middle: Floats, aside: Floats, up: Floats, scale: float) -> Surface:
    """A loop that lies to one side."""
    aside = aside / np.linalg.norm(aside)
    turn = np.linspace(-0.8, 0.8, 8) * np.pi
    ahead = np.cross(aside, up)
    size = _LOOP_M * scale
    line = middle + size * (
        (0.5 + 0.5 * np.cos(turn))[:, None] * aside + 0.35 * np.sin(turn)[:, None] * ahead
    )
    line -= 0.25 * size * (0.5 + 0.5 * np.cos(turn))[:, None] ** 2 * up
    thick = np.full(len(line), 0.9 * _THICK_M * scale)
    return tube(line, up, 0.6 * thick, thick, 4)


@cache
def _places(side: str, rows: int) -> tuple[Ints, Floats]:
    """(L, P, 4) fine vertices around each point of each line, and how much each counts."""
    foot, tights = find_foot(side), load_tights()
    along = np.linspace(*_ALONG, rows)
    across = np.linspace(-_ASIDE, _ASIDE, _POINTS)
    lines = [(np.full(_POINTS, along[0]), across), (np.full(_POINTS, along[-1]), across)]
    for here, beyond in pairwise(along):
        for turned in (across, -across):
            lines.append((np.linspace(here, beyond, _POINTS), turned))
    same = np.sign(tights.base[:, 0]) == (1 if side == "l" else -1)
    normal = vertex_normals(tights.base, tights.fine.quads)
    top = np.flatnonzero(same & (foot.rise_m < 0.1) & (normal[:, 1] > 0.25) & (foot.share > 0.4))
    flat = np.stack((foot.share[top], 0.2 * foot.aside[top]), axis=1)
    points = np.array(lines).transpose(0, 2, 1) * (1.0, 0.2)
    far = np.linalg.norm(points[:, :, None] - flat, axis=-1)
    near = np.argsort(far, axis=-1)[..., :4]
    weight = 1.0 / (np.take_along_axis(far, near, axis=-1) + 1e-4)
    return top[near], weight / weight.sum(axis=-1, keepdims=True)


@cache
def _skin(side: str) -> Floats:
    """(1, B) laces stay on the foot."""
    bones = load_tights().human.bones
    return np.array([[float(bone == f"foot.{side.upper()}") for bone in bones]], np.float32)
