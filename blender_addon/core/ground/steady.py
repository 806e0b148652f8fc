"""A line drawn by a trembling hand, made steady where it trembles, with its corners kept.

A hand's line turns to and fro within less than a step. So does no line that is meant: an arc turns
one way, a corner once, a slalom to and fro over more than two steps. How far a place trembles is
told by the turns around it that cancel each other; there, and only there, the line is averaged
along its length, between its ends and corners.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..conventions import Bools, Floats
from ..maths.smoothing import gaussian_smooth

Indices = NDArray[np.int64]

_STEP_M: Final = 0.7  # a person's
_SPACING_M: Final = 0.02
_MOST_SAMPLES: Final = 20_000
_SPREAD_M: Final = 0.25
"""Standard deviation of the average, along the steady line."""
_LEAST_TURN_RAD: Final = np.deg2rad(4.0)
_TREMBLING_RAD: Final = np.deg2rad((30.0, 60.0))
"""Turns that cancel each other within two steps: from here the line is averaged, from there all."""
_REVERSALS: Final = (1.0, 3.0)
_CORNER_RAD: Final = np.deg2rad(35.0)
_CORNER_SIDE_M: Final = 0.6  # of the line to either side of a corner


def steady_line(points: Floats, closed: bool, size: float = 1.0) -> Floats:
    """Take the trembling out of a line.

    Args:
        points: (N, 3) metres; only x and z tremble, the height is carried along.
        closed: the last point is joined to the first; the first stays where it is.
        size: of who walks it, against a person.

    Returns:
        (M, 3): the same array where nothing trembles; else more points. A closed line does not
        repeat its first.
    """
    given = np.asarray(points, np.float64)
    line = np.vstack((given, given[:1])) if closed else given
    line = _without_repeats(line, 1e-3 * _SPACING_M * size)
    if len(line) < 5:
        return points
    arcs = _arcs(line)
    share_at_points = _trembling(line, arcs, size)
    if share_at_points.max() <= 0:
        return points
    count = min(int(np.ceil(arcs[-1] / (_SPACING_M * size))) + 1, _MOST_SAMPLES)
    along = np.linspace(0.0, arcs[-1], max(count, len(line)))
    fine = np.stack([np.interp(along, arcs, column) for column in line.T], axis=1)
    steady = _averaged(fine, along[1], size)
    share = np.interp(along, arcs, share_at_points)
    share = gaussian_smooth(share, 0.3 * _STEP_M * size / along[1])
    share[[0, -1]] = 0.0
    mixed = fine + share[:, None] * (steady - fine)
    return np.asarray(mixed[:-1] if closed else mixed)


def _without_repeats(line: Floats, nearest: float) -> Floats:
    steps = np.linalg.norm(np.diff(line[:, [0, 2]], axis=0), axis=1)
    return np.asarray(line[np.concatenate(([True], steps > nearest))])


def _arcs(line: Floats) -> Floats:
    steps = np.linalg.norm(np.diff(line[:, [0, 2]], axis=0), axis=1)
    return np.asarray(np.concatenate(([0.0], np.cumsum(steps))))


def _trembling(line: Floats, arcs: Floats, size: float) -> Floats:
    """(N,) 0 where a line is meant as it is, 1 where it trembles."""
    ways = np.arctan2(*np.diff(line[:, [0, 2]], axis=0).T)
    turns = (np.diff(ways) + np.pi) % (2 * np.pi) - np.pi
    places, turns = _merged(arcs[1:-1], turns)
    reversed_ = np.concatenate(([False], turns[1:] * turns[:-1] < 0)) if len(turns) else turns > 0
    low = np.searchsorted(places, arcs - _STEP_M * size)
    high = np.searchsorted(places, arcs + _STEP_M * size, side="right")
    total, net = (_sums(values, low, high) for values in (np.abs(turns), turns))
    # To and fro are two turns, and both are near.
    back = _sums(reversed_.astype(np.float64), np.minimum(low + 1, high), high)
    cancelled = (total - np.abs(net) - _TREMBLING_RAD[0]) / np.ptp(_TREMBLING_RAD)
    changes = (back - _REVERSALS[0]) / np.ptp(_REVERSALS)
    return np.asarray(np.clip(cancelled, 0.0, 1.0) * np.clip(changes, 0.0, 1.0))


def _merged(places: Floats, turns: Floats) -> tuple[Floats, Floats]:
    """Turns one way, one after the other, as one at their middle; tiny ones count as none."""
    groups = np.concatenate(([0], np.cumsum(np.sign(turns[1:]) != np.sign(turns[:-1]))))
    sums = np.bincount(groups, turns)
    weights = np.maximum(np.bincount(groups, np.abs(turns)), 1e-12)
    middles = np.bincount(groups, np.abs(turns) * places) / weights
    kept = np.abs(sums) > _LEAST_TURN_RAD
    return middles[kept], sums[kept]


def _sums(values: Floats, low: Indices, high: Indices) -> Floats:
    running = np.concatenate(([0.0], np.cumsum(values)))
    return np.asarray(running[high] - running[low])


def _averaged(fine: Floats, spacing: float, size: float) -> Floats:
    """Averaged between the ends and the corners of a line sampled evenly, which stay."""
    longer = (len(fine) - 1) * spacing / max(_coarse_length(fine, size), 1e-9)
    sigma = _SPREAD_M * size * max(longer, 1.0) / spacing
    corners = np.flatnonzero(_corners(fine, sigma, size))
    cuts = [0, *corners.tolist(), len(fine) - 1]
    out = fine.copy()
    for first, last in pairwise(cuts):
        piece = fine[first : last + 1]
        out[first : last + 1] = gaussian_smooth(piece, min(sigma, 0.3 * len(piece)), keep_ends=True)
    return out


def _coarse_length(fine: Floats, size: float) -> float:
    """Length between points a step apart, as the crow flies."""
    nodes = [0]
    place = fine[:, [0, 2]]
    apart = 0.5 * _STEP_M * size
    for n in range(len(fine)):
        if np.hypot(*(place[n] - place[nodes[-1]])) >= apart:
            nodes.append(n)
    chosen = place[[*nodes, len(fine) - 1]]
    return float(np.linalg.norm(np.diff(chosen, axis=0), axis=1).sum())


def _corners(fine: Floats, sigma: float, size: float) -> Bools:
    """Where the line as a whole turns sharply: sharpest of its surroundings."""
    smooth = gaussian_smooth(fine[:, [0, 2]], 0.5 * sigma)
    reach = max(int(_CORNER_SIDE_M / _SPREAD_M * sigma), 1)
    found = np.zeros(len(fine), bool)
    if len(fine) <= 2 * reach:
        return found
    back = smooth[reach:-reach] - smooth[: -2 * reach]
    ahead = smooth[2 * reach :] - smooth[reach:-reach]
    turn = np.arctan2(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0], (back * ahead).sum(1))
    sharp = np.abs(turn)
    while sharp.max() > _CORNER_RAD:
        sharpest = int(sharp.argmax())
        found[sharpest + reach] = True
        sharp[max(sharpest - reach, 0) : sharpest + reach + 1] = 0.0
    return found
