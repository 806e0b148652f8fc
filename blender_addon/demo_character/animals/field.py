"""Bodies as smooth fields: how far a place is from the skin, and which bones move it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.conventions import Bools, Floats, Ints
from .frame import Volume

_STEPS: Final = 6
"""Pieces between two sections."""
_REACH: Final = 5.0
"""Blend lengths after which a volume is not felt any more."""
FAR_M: Final = 1.0
_ACROSS: Final = np.array([1.0, 0.0, 0.0])
_TINY: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Piece:
    """A straight piece of a volume between two sections close to each other.

    Args:
        ends: (2, 3) its line.
        deep, wide: (2,) half sizes of its sections.
        axes: (3, 3) rows: along, deep, wide.
        end_m: how far it bulges beyond its ends.
        low, high: (3,) box around it.
    """

    ends: Floats
    deep: Floats
    wide: Floats
    axes: Floats
    end_m: float
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Grown:
    """A volume in fine pieces.

    Args:
        pieces: one after the other.
        low, high: (3,) box around it.
        line: (N, 3) its middle line.
    """

    pieces: tuple[Piece, ...]
    low: Floats
    high: Floats
    line: Floats


def grow(volume: Volume) -> Grown:
    """The pieces of a volume, along a smooth line through its sections."""
    fine = _refined(np.array(volume.sections, np.float64))
    pieces = tuple(_piece(fine[i : i + 2], max(volume.ends, 0.05)) for i in range(len(fine) - 1))
    low = np.min([piece.low for piece in pieces], axis=0)
    high = np.max([piece.high for piece in pieces], axis=0)
    return Grown(pieces, low, high, fine[:, :3])


def _piece(sections: Floats, bulge: float) -> Piece:
    """The piece between two sections (2, 5)."""
    ends, deep, wide = sections[:, :3], sections[:, 3], sections[:, 4]
    axes = _axes(ends[1] - ends[0])
    end_m = bulge * float(min(deep.mean(), wide.mean()))
    half = np.abs(axes).T @ np.array([end_m, deep.max(), wide.max()])
    return Piece(ends, deep, wide, axes, end_m, ends.min(axis=0) - half, ends.max(axis=0) + half)


def _refined(sections: Floats) -> Floats:
    """Sections in between, on a Catmull-Rom curve."""
    if len(sections) == 1:
        sections = np.concatenate((sections, sections + np.array([0, 0, 1e-3, 0, 0])))
    padded = np.concatenate((sections[:1], sections, sections[-1:]))
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = (np.arange(_STEPS) / _STEPS)[:, None]
    curve = (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    ) / 2
    fine = np.concatenate((curve.reshape(-1, sections.shape[1]), sections[-1:]))
    fine[:, 3:] = np.maximum(fine[:, 3:], 1e-4)
    return fine


def _axes(way: Floats) -> Floats:
    along = way / max(float(np.linalg.norm(way)), _TINY)
    wide = _ACROSS - along * along[0]
    length = float(np.linalg.norm(wide))
    wide = np.array([0.0, 0.0, 1.0]) if length < 0.2 else wide / length
    wide = wide - along * (along @ wide)
    wide /= np.linalg.norm(wide)
    return np.stack((along, np.cross(wide, along), wide))


def distance(grown: Grown, places: Floats, reach_m: float = FAR_M) -> Floats:
    """(N,) about how far places (N, 3) are outside a volume, metres; inside it is negative.

    Args:
        grown: the volume.
        places: where.
        reach_m: places farther away than this count as FAR_M away.
    """
    nearest = np.full(len(places), FAR_M)
    for piece in grown.pieces:
        near = np.flatnonzero(_within(places, piece.low - reach_m, piece.high + reach_m))
        nearest[near] = np.minimum(nearest[near], _piece_distance(piece, places[near]))
    return nearest


def _within(places: Floats, low: Floats, high: Floats) -> Bools:
    """(N,) whether places are in a box; the longest side is asked first."""
    inside = (places[:, 2] > low[2]) & (places[:, 2] < high[2])
    for axis in (1, 0):
        inside &= (places[:, axis] > low[axis]) & (places[:, axis] < high[axis])
    return np.asarray(inside)


def _piece_distance(piece: Piece, places: Floats) -> Floats:
    way = piece.ends[1] - piece.ends[0]
    off = places - piece.ends[0]
    share = np.clip(off @ way / max(float(way @ way), _TINY), 0.0, 1.0)
    local = (off - share[:, None] * way) @ piece.axes.T
    deep = piece.deep[0] + share * (piece.deep[1] - piece.deep[0])
    wide = piece.wide[0] + share * (piece.wide[1] - piece.wide[0])
    sizes = np.stack((np.full_like(deep, piece.end_m), deep, wide), axis=-1)
    local /= sizes
    first = np.sqrt(np.einsum("nc,nc->n", local, local)) + 1e-6
    local /= sizes
    second = np.sqrt(np.einsum("nc,nc->n", local, local)) + 1e-6
    return np.asarray(first * (first - 1.0) / second)


def united(parts: Sequence[Grown], places: Floats, blend_m: float) -> Floats:
    """(N,) distance outside of volumes grown together softly.

    Source: exponential smooth minimum; Quilez 2013, "Smooth minimum".
    """
    total = np.zeros(len(places))
    for _, inside, off in _felt(parts, places, blend_m):
        total[inside] += np.exp(np.clip(-off / blend_m, -60.0, 60.0))
    return np.asarray(np.minimum(-blend_m * np.log(np.maximum(total, 1e-30)), FAR_M))


def _felt(
    parts: Sequence[Grown], places: Floats, blend_m: float
) -> Iterator[tuple[int, Ints, Floats]]:
    """Each volume's number, which places it reaches, and how far these are from it."""
    reach = _REACH * blend_m
    for number, part in enumerate(parts):
        inside = np.flatnonzero(_within(places, part.low - reach, part.high + reach))
        if len(inside):
            yield number, inside, distance(part, places[inside], reach)


def shares(parts: Sequence[Grown], places: Floats, blend_m: float) -> Floats:
    """(N, V) how much each volume counts at each place; rows sum to 1."""
    amounts = np.full((len(places), len(parts)), 1e-12)
    for number, inside, off in _felt(parts, places, blend_m):
        amounts[inside, number] += np.exp(np.clip(-off / blend_m, -60.0, 60.0))
    return np.asarray(amounts / amounts.sum(axis=1, keepdims=True))
