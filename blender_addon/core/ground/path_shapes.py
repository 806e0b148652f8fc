"""Shapes of paths made of straight lines and arcs, as cubic Bézier pieces seen from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import PathError

_ON_A_PIECE: Final = 65
"""Samples along a piece whose length is measured."""
_WIDEST_RAD: Final = 0.5 * np.pi
"""A cubic keeps to an arc of a right angle by 0.03 % of its radius."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Pieces one behind the other.

    Args:
        pieces: (N, 4, 2) control points of each.
        closed: the last one ends where the first begins.
    """

    pieces: Floats
    closed: bool = False

    @property
    def length(self) -> float:
        """Of all pieces, in the unit of their points."""
        return float(_lengths(self.pieces).sum())

    def reversed(self) -> Outline:
        """The same, the other way round."""
        return Outline(self.pieces[::-1, ::-1].copy(), self.closed)

    def from_nearest(self, place: Sequence[float]) -> Outline:
        """A closed one that begins at its point nearest to a place."""
        samples = _sample(self.pieces, np.linspace(0.0, 1.0, _ON_A_PIECE))
        away = np.linalg.norm(samples - np.asarray(place), axis=-1)
        number, at = np.unravel_index(int(away.argmin()), away.shape)
        before, behind = _split(self.pieces[number], float(at) / (_ON_A_PIECE - 1))
        parts = [behind, *self.pieces[number + 1 :], *self.pieces[:number], before]
        return Outline(_without_points(np.stack(parts)), self.closed)

    def first(self, length: float) -> Outline:
        """Only so much of it; all where it is no longer."""
        ends = np.cumsum(_lengths(self.pieces))
        if length >= ends[-1] * (1.0 - 1e-6):
            return self
        number = int(np.searchsorted(ends, length))
        rest = length - (ends[number - 1] if number else 0.0)
        piece = self.pieces[number]
        shares = np.linspace(0.0, 1.0, _ON_A_PIECE)
        gone = _gone(_sample(piece[None], shares))[0]
        before, _ = _split(piece, float(np.interp(rest, gone, shares)))
        return Outline(_without_points(np.stack([*self.pieces[:number], before])))


def square(length: float, corner: float) -> Outline:
    """A square with round corners, from the middle of a side along −Y, turning to the right.

    Args:
        length: all around, over 0.
        corner: radius that the corners have at the most.

    Returns:
        Closed, beginning at the origin.
    """
    radius = min(corner, 0.9 * length / (2.0 * np.pi))
    half = 0.125 * (length - 2.0 * np.pi * radius)  # of the straight part of a side
    place, heading = np.zeros(2), -0.5 * np.pi
    pieces: list[Floats] = []
    for _ in range(4):
        corner_at = place + half * _toward(heading)
        pieces.append(_line(place, corner_at))
        to_left = heading + 0.5 * np.pi
        centre = corner_at - radius * _toward(to_left)
        pieces += _arc(centre, radius, to_left, to_left - 0.5 * np.pi)
        heading -= 0.5 * np.pi
        place = pieces[-1][3] + half * _toward(heading)
        pieces.append(_line(pieces[-1][3], place))
    return Outline(np.stack(pieces), closed=True)


def around(hull: Floats, distance: float) -> Outline:
    """All around a convex shape at a distance, counter-clockwise, round at its corners.

    Args:
        hull: (N, 2) its corners, counter-clockwise; two are a wall as thin as a line, one a post.
        distance: from it, over 0.

    Raises:
        PathError: there is no corner.
    """
    if not len(hull):
        raise PathError("there is nothing to walk around")
    sides = np.roll(hull, -1, axis=0) - hull
    if len(hull) == 1:
        return Outline(np.stack(_arc(hull[0], distance, 0.0, 2.0 * np.pi)), closed=True)
    outward = np.arctan2(-sides[:, 0], sides[:, 1])  # of each side
    pieces: list[Floats] = []
    for corner, before, behind in zip(hull, np.roll(outward, 1), outward, strict=True):
        turn = (behind - before) % (2.0 * np.pi)
        arc = _arc(corner, distance, before, before + turn)
        if pieces:
            pieces.append(_line(pieces[-1][3], arc[0][0]))
        pieces += arc
    pieces.append(_line(pieces[-1][3], pieces[0][0]))
    return Outline(np.stack(pieces), closed=True)


def simplified(hull: Floats, tolerance: float) -> Floats:
    """A convex shape with fewer corners: none is left out that lies further than this outside.

    Args:
        hull: (N, 2) corners in order.
        tolerance: how far what is left out may lie from the line between its neighbours.
    """
    kept = [np.asarray(corner, np.float64) for corner in hull]
    while len(kept) > 3:
        out = [
            _away(corner, kept[n - 1], kept[(n + 1) % len(kept)]) for n, corner in enumerate(kept)
        ]
        least = int(np.argmin(out))
        if out[least] > tolerance:
            break
        del kept[least]
    return np.array(kept)


def _away(place: Floats, start: Floats, end: Floats) -> float:
    """Distance of a place from the line through two others."""
    along = end - start
    length = float(np.hypot(*along))
    if not length:
        return float(np.hypot(*(place - start)))
    across = along[0] * (place - start)[1] - along[1] * (place - start)[0]
    return float(abs(across)) / length


def _toward(angle: float) -> Floats:
    return np.array((np.cos(angle), np.sin(angle)))


def _line(start: Floats, end: Floats) -> Floats:
    return np.stack([start + (end - start) * n / 3.0 for n in range(4)])


def _arc(centre: Floats, radius: float, start: float, end: float) -> list[Floats]:
    """An arc from one angle to another, in pieces of a right angle at the most."""
    count = max(1, int(np.ceil(abs(end - start) / _WIDEST_RAD - 1e-6)))
    step = (end - start) / count
    reach = 4.0 / 3.0 * np.tan(0.25 * step) * radius
    pieces = []
    for n in range(count):
        a, b = start + n * step, start + (n + 1) * step
        first, last = centre + radius * _toward(a), centre + radius * _toward(b)
        out, into = _toward(a + 0.5 * np.pi), _toward(b + 0.5 * np.pi)
        pieces.append(np.stack((first, first + reach * out, last - reach * into, last)))
    return pieces


def _sample(pieces: Floats, shares: Floats) -> Floats:
    """(N, K, 2) points of each piece at each of K shares of the way."""
    t = shares[:, None]
    weights = np.concatenate(((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3), axis=1)
    return np.asarray(np.einsum("kc,ncd->nkd", weights, pieces))


def _gone(samples: Floats) -> Floats:
    """(N, K) way gone along each piece at each of its samples."""
    steps = np.linalg.norm(np.diff(samples, axis=1), axis=-1)
    return np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))


def _lengths(pieces: Floats) -> Floats:
    gone: Floats = _gone(_sample(pieces, np.linspace(0.0, 1.0, _ON_A_PIECE)))[:, -1]
    return gone


def _split(piece: Floats, share: float) -> tuple[Floats, Floats]:
    """A piece in two, cut after a share of it.

    Source: de Casteljau's algorithm.
    """
    before, behind, rest = [piece[0]], [piece[-1]], piece
    while len(rest) > 1:
        rest = rest[:-1] + share * (rest[1:] - rest[:-1])
        before.append(rest[0])
        behind.append(rest[-1])
    return np.stack(before), np.stack(behind[::-1])


def _without_points(pieces: Floats) -> Floats:
    """Those that have any length."""
    sizes = np.ptp(pieces, axis=1).max(axis=-1)
    left: Floats = pieces[sizes > 1e-6 * sizes.max()]
    return left
