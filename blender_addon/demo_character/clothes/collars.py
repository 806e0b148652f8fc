"""What a buttoned shirt has in front and at the neck: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import vertex_normals
from ..part import Part
from ..surface import Surface, cap_ring, merge_surfaces
from .fitting import Fitting
from .sewing import Cut
from .tights import load_tights

# Section of a collar, from inside at its foot around to outside: up and outwards, metres; and how
# far each row follows the collar's points at the front.
_COLLAR: Final = (
    (-0.004, -0.001, 0.0),
    (0.022, -0.001, 0.0),
    (0.028, 0.001, 0.0),
    (0.026, 0.005, 0.0),
    (0.010, 0.011, 0.3),
    (-0.010, 0.019, 1.0),
    (-0.011, 0.0165, 1.0),
    (0.008, 0.008, 0.3),
    (0.019, 0.0025, 0.0),
    (-0.004, 0.002, 0.0),
)
_POINT_M: Final = (-0.030, 0.007)  # how far down and out the points reach beyond the rest
_OPEN_M: Final = 0.007  # half of the gap in front
_PLACKET_M: Final = 0.015
_PLACKET_RISE_M: Final = 0.0022
_BUTTON_M: Final = 0.0055
_BUTTONS: Final = 7
_ROLLED: Final = 4  # the last rows of a hem are rolled in


def button_up(cut: Cut, shirt: Part, fitting: Fitting, lowest: float) -> list[Part]:
    """Collar, placket and buttons.

    Args:
        cut: the shirt's piece; its first hem is the neck, its second the lower edge.
        shirt: as it is worn.
        lowest: share of the way from pelvis to neck above which the front is seen.
    """
    normals = vertex_normals(shirt.vertices, shirt.quads)
    rows = _front_rows(cut, lowest)
    placket = _placket(shirt, normals, rows, fitting.scale)
    return [
        _collar(cut, shirt, fitting.scale),
        placket,
        _buttons(placket, shirt.skin[rows[:, 1]], fitting.scale),
    ]


def _collar(cut: Cut, shirt: Part, scale: float) -> Part:
    """A folded strip around the neck, open in front."""
    loop = cut.hems[0].loop
    base = load_tights().base[cut.vertices[loop]]
    around = np.roll(loop, -int(np.argmax(base[:, 2])))
    around = np.append(around, around[0])
    foot = np.array(shirt.vertices[around], np.float64)
    up = np.array([0.0, 1.0, 0.12])
    up /= np.linalg.norm(up)
    out = foot - foot[:-1].mean(axis=0)
    out -= (out @ up)[:, None] * up
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    front = np.maximum(1.0 - np.minimum(np.arange(53), np.arange(53)[::-1]) / 8.0, 0.0) ** 1.8
    foot[:, 0] += _OPEN_M * scale * np.where(np.arange(53) < 26, 1, -1) * np.sign(out[9, 0]) * front
    section = [
        foot + scale * ((rise + _POINT_M[0] * share * front)[:, None] * up
                        + (away + _POINT_M[1] * share * front)[:, None] * out)
        for rise, away, share in _COLLAR
    ]  # fmt: skip
    count, size = len(_COLLAR), len(around)
    numbers = np.arange(count * size).reshape(count, size)
    beyond = np.roll(numbers, -1, axis=0)
    corners = (numbers[:, :-1], beyond[:, :-1], beyond[:, 1:], numbers[:, 1:])
    quads = np.stack(corners, axis=-1).reshape(-1, 4)
    ends = (cap_ring(numbers[:, 0])[:, ::-1], cap_ring(numbers[:, -1]))
    quads = np.concatenate((quads, *ends))
    vertices = np.concatenate(section).astype(np.float32)
    return Part("Shirt", "Shirt", vertices, quads, np.tile(shirt.skin[around], (count, 1)))


@cache
def _front_rows(cut: Cut, lowest: float) -> Ints:
    """(R, 3) shirt vertices beside, on and beyond the middle of the front, from neck to hem."""
    base = load_tights().base[cut.vertices]
    middle = np.flatnonzero((np.abs(base[:, 0]) < 1e-4) & (base[:, 2] > 0.03))
    middle = middle[np.argsort(-base[middle, 1])]
    mesh, joints = load_tights().fine, load_tights().human.joints
    height = joints["pelvis"][1] + lowest * (joints["neck"][1] - joints["pelvis"][1])
    rest = middle[base[middle, 1] <= height]
    middle = middle[base[middle, 1] > height]
    rows = []
    for vertex in middle:
        around = mesh.neighbours[cut.vertices[vertex]]
        around = np.searchsorted(cut.vertices, around[np.isin(around, cut.vertices)])
        rows.append(
            (around[np.argmax(base[around, 0])], vertex, around[np.argmin(base[around, 0])])
        )
    if len(rest):
        return np.array(rows)
    hem, start = cut.hems[1], len(base) + len(cut.hems[0].loop) * len(cut.hems[0].edge.rows_m)
    place = [int(np.flatnonzero(hem.loop == v)[0]) for v in rows[-1]]
    for row in range(len(hem.edge.rows_m) - _ROLLED):
        rows.append(tuple(start + row * len(hem.loop) + each for each in place))
    return np.array(rows)


def _placket(shirt: Part, normals: Floats, rows: Ints, scale: float) -> Part:
    """A strip down the front that stands a little off the cloth."""
    points = np.array(shirt.vertices[rows], np.float64)
    out = normals[rows[:, 1]]
    width, rise = _PLACKET_M * scale, _PLACKET_RISE_M * scale
    columns = []
    for side, high in ((0, -0.5), (0, 1.0), (1, 1.15), (2, 1.0), (2, -0.5)):
        step = points[:, side] - points[:, 1]
        far = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6)
        columns.append(points[:, 1] + step / far * width * (side != 1) + high * rise * out)
    vertices = np.stack(columns, axis=1)
    numbers = np.arange(vertices[..., 0].size).reshape(len(rows), 5)
    corners = (numbers[:-1, :-1], numbers[:-1, 1:], numbers[1:, 1:], numbers[1:, :-1])
    quads = np.stack(corners, axis=-1)[..., ::-1].reshape(-1, 4)
    skin = np.repeat(shirt.skin[rows[:, 1]], 5, axis=0)
    return Part("Shirt", "Shirt", vertices.reshape(-1, 3).astype(np.float32), quads, skin)


def _buttons(placket: Part, skin: Floats, scale: float) -> Part:
    """Discs at even distances down the placket."""
    line = placket.vertices.reshape(-1, 5, 3)
    middle, aside = line[:, 2], line[:, 3] - line[:, 1]
    way = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1)))
    places = np.linspace(0.03, 0.93, _BUTTONS) * way[-1]
    at = np.stack([np.interp(places, way, middle[:, axis]) for axis in range(3)], axis=1)
    row = np.clip(np.searchsorted(way, places), 1, len(way) - 1)
    pieces = [
        _disc(place, aside[n], middle[n - 1] - middle[n], _BUTTON_M * scale)
        for place, n in zip(at, row, strict=True)
    ]
    surface = merge_surfaces(pieces)
    each = len(pieces[0].vertices)
    return Part(
        "Shirt", "Buttons", surface.vertices, surface.quads, np.repeat(skin[row], each, axis=0)
    )


def _disc(middle: Floats, aside: Floats, up: Floats, radius: float) -> Surface:
    aside, up = aside / np.linalg.norm(aside), up / np.linalg.norm(up)
    out = np.cross(up, aside)
    out *= np.sign(out[2])
    turn = 2 * np.pi * np.arange(8) / 8
    ring = np.cos(turn)[:, None] * np.cross(up, out) + np.sin(turn)[:, None] * up
    rows = [
        middle + radius * (size * ring + high * out)
        for size, high in ((1, -0.1), (1, 0.3), (0.8, 0.42))
    ]
    here = np.arange(8)
    quads = [
        np.stack(
            (
                row * 8 + here,
                row * 8 + np.roll(here, -1),
                row * 8 + 8 + np.roll(here, -1),
                row * 8 + 8 + here,
            ),
            axis=-1,
        )
        for row in (0, 1)
    ]
    quads.append(cap_ring(16 + here))
    return Surface(np.concatenate(rows).astype(np.float32), np.concatenate(quads))
