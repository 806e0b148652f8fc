"""A skirt: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..part import Part
from .fitting import Fitting
from .refine import Mesh, Refinement
from .tights import load_tights

_AROUND: Final = 36  # vertices of a row of the mesh that skirts are cut from
_ROWS: Final = (1, 13)  # from below the waist to the knees
_FLARE: Final = 0.13  # metres wider a metre down
_OFF_M: Final = (0.005, 0.022)  # off what is beneath, at the waist and at the hem
_NEAR_M: Final = 0.028
_PLEATS: Final = 8
_PLEAT_M: Final = 0.010
# Rows beyond the edges: down along the cloth, and outwards.
_WAIST: Final = ((-0.002, 0.001), (-0.003, -0.001), (0.0, -0.002), (0.02, -0.003))
_HEM: Final = ((0.0015, -0.001), (0.001, -0.0033), (-0.02, -0.004), (-0.05, -0.005))


def make_skirt(variant: int, fitting: Fitting) -> Part:
    """A skirt to the knees, over what is already worn."""
    pattern = _pattern()
    coarse = _widened(fitting.body.vertices[_vertices()], fitting)
    points = pattern(coarse)
    grid = points[_grid()]
    out = _outwards(grid)
    down = np.linspace(0.0, 1.0, len(grid))[:, None]
    turn = 2 * np.pi * np.arange(grid.shape[1]) / grid.shape[1]
    wave = np.cos(_PLEATS * turn + variant + 0.6 * np.sin(2 * turn + variant))
    lift = _PLEAT_M * fitting.scale * down**1.3 * (0.5 + 0.5 * wave)
    grid = grid + lift[..., None] * out
    rows = [*_edge(grid[0], grid[1], out[0], _WAIST, fitting.scale)[::-1], *grid]
    rows += _edge(grid[-1], 2 * grid[-1] - grid[-2], out[-1], _HEM, fitting.scale)
    count, size = len(rows), grid.shape[1]
    paint = {"TrousersTrim": np.arange((len(_WAIST) + 2) * size)}
    vertices = np.concatenate(rows).astype(np.float32)
    return Part("Trousers", "Trousers", vertices, _sheet(count, size), _skin(), paint=paint)


def _edge(
    ring: Floats, after: Floats, out: Floats, rows: tuple[tuple[float, float], ...], scale: float
) -> list[Floats]:
    """Rows that go on down from a ring, or up for negative ways."""
    way = after - ring
    way = way / np.linalg.norm(way, axis=1, keepdims=True)
    return [ring + scale * (along * way + rise * out) for along, rise in rows]


def _outwards(grid: Floats) -> Floats:
    """(R, L, 3) level directions away from the middle of each row."""
    out = grid - grid.mean(axis=1, keepdims=True)
    out[..., 1] = 0.0
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=2, keepdims=True), 1e-6))


def _widened(points: Floats, fitting: Fitting) -> Floats:
    """The coarse skirt moved off what is worn beneath it, falling straight or wider."""
    rows = points.reshape(-1, _AROUND, 3)
    out = _outwards(rows)
    aside = np.cross(out, [0.0, 1.0, 0.0])
    worn = fitting.fine + np.maximum(fitting.floor_m, 0.0)[:, None] * fitting.normals
    worn = worn[load_tights().lower]
    middle = rows.mean(axis=1)
    radius = ((rows - middle[:, None]) * out).sum(axis=2)
    least = np.zeros_like(radius)
    for number, row in enumerate(rows):
        low, high = row[:, 1].min() - _NEAR_M, row[:, 1].max() + _NEAR_M
        near = worn[(worn[:, 1] > low) & (worn[:, 1] < high)] - middle[number]
        level = np.abs(near[:, 1] - (row[:, 1] - middle[number, 1])[:, None]) < _NEAR_M
        beside = np.abs(aside[number] @ near.T) < _NEAR_M
        least[number] = np.where(level & beside, out[number] @ near.T, 0.0).max(axis=1)
    for _ in range(2):  # even around
        around = (np.roll(least, 1, 1) + 2 * least + np.roll(least, -1, 1)) / 4
        least = np.maximum(least, around)
    wide = np.minimum(radius, least + 0.05 * fitting.scale)
    off = np.linspace(*_OFF_M, len(rows))[:, None]
    wide = np.maximum(wide, least + off * fitting.scale)
    for number in range(1, len(rows)):
        drop = np.linalg.norm(rows[number] - rows[number - 1], axis=1)
        wide[number] = np.maximum(wide[number], wide[number - 1] + _FLARE * drop)
    return (rows + (wide - radius)[..., None] * out).reshape(-1, 3).astype(np.float32)


@cache
def _vertices() -> Ints:
    """Vertices of the human's mesh, row by row."""
    human = load_tights().human
    mine = human.vertices_of("skirt")
    mesh = Mesh(len(mine), np.searchsorted(mine, human.quads["skirt"]))
    return mine[_rows_of(mesh, human.base[mine])][slice(*_ROWS)].ravel()


@cache
def _pattern() -> Refinement:
    return Refinement(Mesh(len(_vertices()), _sheet(len(_vertices()) // _AROUND, _AROUND)))


@cache
def _grid() -> Ints:
    """(R, 72) fine vertices, row by row from the waist."""
    return _rows_of(_pattern().fine, _pattern()(load_tights().human.base[_vertices()]))


def _rows_of(mesh: Mesh, base: Floats) -> Ints:
    """(R, L) vertices of a tube's rows downwards, each from in front around to the left."""
    pairs = mesh.edges[mesh.open_edges]
    ends = np.unique(pairs)
    top = ends[base[ends, 1] > base[ends, 1].mean()]
    row = [int(top[np.argmax(base[top, 2])])]
    beside = pairs[np.any(pairs == row[0], axis=1)].ravel()
    row.append(int(beside[np.argmax(np.where(beside == row[0], -np.inf, base[beside, 0]))]))
    while len(row) < len(top):
        here = pairs[np.any(pairs == row[-1], axis=1)].ravel()
        row.append(next(int(v) for v in here if v not in row[-2:]))
    rows = [np.array(row)]
    while True:
        used = set(np.concatenate(rows[-2:]).tolist())
        below = [[n for n in mesh.neighbours[v].tolist() if n not in used] for v in rows[-1]]
        if not below[0]:
            return np.array(rows)
        rows.append(np.array([each[0] for each in below]))


def _sheet(rows: int, size: int) -> Ints:
    """Faces between rows; rows go down, and around from in front to the left."""
    numbers = np.arange(rows * size).reshape(rows, size)
    here, below = numbers[:-1], numbers[1:]
    corners = (here, below, np.roll(below, -1, 1), np.roll(here, -1, 1))
    return np.stack(corners, axis=-1).reshape(-1, 4)


@cache
def _skin() -> Floats:
    """Weights of the rows: thighs carry it, each side a little of the other's in the middle."""
    human = load_tights().human
    skin = np.array(human.skin[_vertices()])
    bones = human.bones
    for side in "LR":
        thigh, shin = bones.index(f"thigh.{side}"), bones.index(f"shin.{side}")
        skin[:, thigh] += skin[:, shin]
        skin[:, shin] = 0.0
    skin = (skin + _pattern().coarse.smooth(skin)) / 2
    rows = _pattern()(skin)[_grid()]
    first, last = np.repeat(rows[:1], len(_WAIST), 0), np.repeat(rows[-1:], len(_HEM), 0)
    return np.concatenate((first, rows, last)).reshape(-1, skin.shape[1])
