"""On which quarter each step of a dancer falls, and time bent so that it falls there exactly.

Recorded feet land within a quarter of the beat at best. What a network shall learn is a dance on
the beat, so time is bent a little between landings. Which quarter a landing belongs to is found by
dynamic programming: no step much faster or slower than it was danced, the measure where the feet as
a whole have it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.feet.contacts import spans

_SKIP: Final = 0.8
"""Cost of leaving a landing where it is."""
_OFF: Final = 2.0
"""Cost of a whole quarter squared, between a landing and where the measure has its quarter."""
_STRETCH: Final = 3.0
"""Cost of the squared logarithm by which the time between two landings is stretched."""
_MOST_QUARTERS: Final = 12
_REACH: Final = 2
"""Quarters beside the nearest one that a landing may belong to."""
_MOST_STRETCH: Final = 1.9


def landings(contacts: Bools) -> Ints:
    """(N,) frames in which a foot comes down, of contacts (T, 4)."""
    feet = [contacts[:, side] | contacts[:, side + 1] for side in (0, 2)]
    return np.unique([start for foot in feet for start, _ in spans(foot) if start > 0]).astype(int)


def assign_quarters(frames: Ints, phase_quarters: Floats) -> tuple[Ints, Ints]:
    """Which landings go onto which quarters.

    Args:
        frames: (N,) landings, rising.
        phase_quarters: (T,) the music's phase in quarters, rising.

    Returns:
        The chosen frames and their quarters, both (M,) and rising.
    """
    at = phase_quarters[frames]
    options = [np.round(x) + np.arange(-_REACH, _REACH + 1) for x in at]
    cost = [_OFF * (option - at[n]) ** 2 + _SKIP * n for n, option in enumerate(options)]
    came: list[list[tuple[int, int] | None]] = [[None] * len(each) for each in options]
    for n in range(len(at)):
        for j, quarter in enumerate(options[n]):
            for m in range(max(0, n - _MOST_QUARTERS), n):
                steps = quarter - options[m]
                stretch = np.log(np.maximum(steps, 1e-9) / max(at[n] - at[m], 1e-9))
                total = cost[m] + _STRETCH * stretch**2 + _SKIP * (n - m - 1)
                total = np.where(
                    (steps > 0) & (np.abs(stretch) < np.log(_MOST_STRETCH)), total, 1e9
                )
                best = int(total.argmin())
                own = _OFF * (quarter - at[n]) ** 2 + float(total[best])
                if own < cost[n][j]:
                    cost[n][j], came[n][j] = own, (m, best)
    return _trace(frames, options, cost, came)


def _trace(
    frames: Ints,
    options: list[Floats],
    cost: list[Floats],
    came: list[list[tuple[int, int] | None]],
) -> tuple[Ints, Ints]:
    if not len(frames):
        return frames, frames
    count = len(frames)
    ends = [float(each.min()) + _SKIP * (count - n - 1) for n, each in enumerate(cost)]
    n = int(np.argmin(ends))
    at: tuple[int, int] | None = (n, int(cost[n].argmin()))
    chosen = []
    while at is not None:
        chosen.append((int(frames[at[0]]), int(options[at[0]][at[1]])))
        at = came[at[0]][at[1]]
    found = np.array(chosen[::-1])
    return found[:, 0], found[:, 1]


def bent_phase(frames: Ints, quarters: Ints, phase_quarters: Floats) -> Floats:
    """(T,) phase in quarters that has its quarter at each chosen landing, rising throughout.

    Between landings the phase keeps the way in which the music's own runs, bent by a monotone
    cubic; before the first and after the last it is shifted.
    """
    if not len(frames):
        return phase_quarters
    before = phase_quarters[0] - phase_quarters[frames[0]]
    after = phase_quarters[-1] - phase_quarters[frames[-1]]
    knots = np.concatenate(([quarters[0] + before], quarters, [quarters[-1] + after]))
    places = np.concatenate(([0], frames, [len(phase_quarters) - 1]))
    keep = np.concatenate(([True], np.diff(places) > 0))
    times = np.arange(float(len(phase_quarters)))
    return monotone_cubic(places[keep].astype(float), knots[keep], times)


def monotone_cubic(x: Floats, y: Floats, at: Floats) -> Floats:
    """Cubic interpolation that never falls where the knots rise.

    Source: Fritsch and Carlson 1980; slopes as their harmonic mean (Fritsch and Butland 1984).
    """
    if len(x) < 3:
        return np.asarray(np.interp(at, x, y))
    step, slope = np.diff(x), np.diff(y) / np.diff(x)
    left, right = slope[:-1], slope[1:]
    weight = (step[:-1] + 2 * step[1:], 2 * step[:-1] + step[1:])
    rising = left * right > 0
    safe = np.where(rising, left, 1.0), np.where(rising, right, 1.0)
    inner = sum(weight) / (weight[1] / safe[0] + weight[0] / safe[1])
    tangent = np.concatenate(([slope[0]], np.where(rising, inner, 0.0), [slope[-1]]))
    n = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(step) - 1)
    h, t = step[n], (at - x[n]) / step[n]
    start = (1 + 2 * t) * (1 - t) ** 2 * y[n] + t * (1 - t) ** 2 * h * tangent[n]
    end = t**2 * (3 - 2 * t) * y[n + 1] + t**2 * (t - 1) * h * tangent[n + 1]
    return np.asarray(start + end)
