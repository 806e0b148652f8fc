"""A path as a trunk can follow it: its corners round, turns on the spot where it doubles back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.path import Path
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.headings import directions_to_headings
from ..maths.rotations import wrap_angle
from ..maths.smoothing import gaussian_smooth, smoothstep

SPACING_M: Final = 0.02
_MOST_SAMPLES: Final = 60_000

_LOOK_M: Final = 0.15
_DOUBLES_BACK_RAD: Final = np.radians(115.0)
"""A path that turns by more than this within a step is turned about on the spot."""
_APART_M: Final = 0.4
"""Turns on the spot are not nearer to each other."""

_SIGMA_M: Final = (0.2, 0.4)
"""A corner is a bend: standard deviation of the average along the path, going slow and fast."""
_FAST_M_S: Final = (0.9, 4.0)
_HEADING_SIGMA_M: Final = 0.08
_SLOPE_SIGMA_M: Final = 0.15


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of the way between two turns on the spot.

    Args:
        places_m: (N, 2) x, z.
        path_m: (N,) arc lengths of the path drawn that they stand for.
        gone_m: (N,) arc lengths of the way itself, from its beginning.
        directions_rad: (N,) unwrapped, of travel.
    """

    places_m: Floats
    path_m: Floats
    gone_m: Floats
    directions_rad: Floats

    @property
    def bends(self) -> Floats:
        """(N,) curvature, radians a metre, positive to the left."""
        return np.asarray(np.gradient(self.directions_rad, np.maximum.accumulate(self.gone_m)))


def find_way(path: Path) -> tuple[Piece, ...]:
    """The way of a trunk's middle along a path.

    Args:
        path: in the model's size.

    Returns:
        Pieces one behind the other; directions and ``gone_m`` go on from piece to piece, so a
        step between two directions is a turn on the spot.
    """
    cuts = [0.0, *_turns_about(path), path.length_m]
    pieces: list[Piece] = []
    for begin, end in pairwise(cuts):
        pieces.append(_piece(path, begin, end, pieces[-1] if pieces else None))
    return tuple(pieces)


def slopes_along(piece: Piece, terrain: Terrain) -> Floats:
    """(N,) rise of the ground a metre of the way, as the length of a trunk feels it."""
    if isinstance(terrain, FlatTerrain):
        return np.zeros(len(piece.gone_m))
    heights = np.asarray(terrain.heights(piece.places_m), np.float64)
    gone = np.maximum.accumulate(piece.gone_m)
    sigma = _SLOPE_SIGMA_M / max(float(np.mean(np.diff(gone))), 1e-6)
    smooth = gaussian_smooth(heights, min(sigma, 0.3 * (len(gone) - 1)), keep_ends=True)
    return np.asarray(np.gradient(smooth, gone + np.arange(len(gone)) * 1e-9))


def _spacing(length_m: float) -> float:
    return max(SPACING_M, length_m / _MOST_SAMPLES)


def _turns_about(path: Path) -> list[float]:
    """Arc lengths where the path doubles back."""
    count = max(int(path.length_m / _spacing(path.length_m)), 2) + 1
    along = np.union1d(np.linspace(0.0, path.length_m, count), path.arc_lengths_m)
    here = path.positions(along)
    ahead = path.positions(np.minimum(along + _LOOK_M, path.length_m)) - here
    behind = here - path.positions(np.maximum(along - _LOOK_M, 0.0))
    turns = np.abs(wrap_angle(directions_to_headings(ahead) - directions_to_headings(behind)))
    inside = (along > _LOOK_M) & (along < path.length_m - _LOOK_M)
    turns = np.where(inside, turns, 0.0)
    found: list[float] = []
    while turns.max() > _DOUBLES_BACK_RAD:
        at = float(along[int(turns.argmax())])
        found.append(at)
        turns[np.abs(along - at) < _APART_M] = 0.0
    return sorted(found)


def _piece(path: Path, begin: float, end: float, before: Piece | None) -> Piece:
    spacing = _spacing(path.length_m)
    count = max(int((end - begin) / spacing), 4) + 1
    along = np.linspace(begin, end, count)
    places = _rounded(path, along)
    steps = np.diff(places, axis=0)
    gone = np.concatenate(([0.0], np.cumsum(np.maximum(np.linalg.norm(steps, axis=1), 1e-7))))
    angles = np.unwrap(directions_to_headings(steps))
    angles = np.interp(np.arange(count), np.arange(count - 1) + 0.5, angles)
    angles = gaussian_smooth(angles, _HEADING_SIGMA_M / (along[1] - along[0]), keep_ends=True)
    if before is None:
        return Piece(places, along, gone, angles)
    turn = float(wrap_angle(np.array(angles[0] - before.directions_rad[-1])))
    angles = angles - angles[0] + before.directions_rad[-1] + turn
    return Piece(places, along, gone + before.gone_m[-1], angles)


def _rounded(path: Path, along: Floats) -> Floats:
    """(N, 2) places, averaged over more of the path where it is gone faster."""
    places = path.positions(along)
    spacing = along[1] - along[0]
    most = 0.3 * (len(along) - 1)
    around = path.closed and along[0] == 0.0 and along[-1] == path.length_m
    average = _averaged_around if around else _averaged
    slow, fast = (average(places, min(sigma / spacing, most)) for sigma in _SIGMA_M)
    low, high = _FAST_M_S
    share = smoothstep((path.speeds(along) - low) / (high - low))
    share = gaussian_smooth(share, min(_SIGMA_M[1] / spacing, most))
    return np.asarray(slow + share[:, None] * (fast - slow))


def _averaged(places: Floats, sigma: float) -> Floats:
    """A Gaussian average that does not pull arcs to their inside: 2 G − G G."""
    once = gaussian_smooth(places, sigma, keep_ends=True)
    return 2.0 * once - gaussian_smooth(once, sigma, keep_ends=True)


def _averaged_around(places: Floats, sigma: float) -> Floats:
    """The same of a closed line, whose last place is its first."""
    reach = min(int(6 * sigma) + 1, len(places) - 1)
    longer = np.concatenate((places[-reach - 1 : -1], places, places[1 : reach + 1]))
    return _averaged(longer, sigma)[reach : reach + len(places)]
