"""Where someone who follows a curve is, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import PathError
from ...ground.path import MIN_LENGTH_M, Path
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..manifold.features import RATE_HZ

_SPACING_M: Final = 0.02
_ROUND_M: Final = 0.15
"""How far a corner of the curve is rounded."""
_FACE_M: Final = 0.3
"""Over how much of the way the body turns."""
_STAND_S: Final = 0.4
_LONGEST_S: Final = 3600.0


@dataclass(frozen=True, eq=False)
class Way:
    """A way over the ground at 60 Hz.

    Args:
        ground: (T, 3) metres, y = 0.
        headings: (T,) of the way, radians, unwrapped.
        speeds_m_s: (T,).
        length_m: of the curve.
    """

    ground: Floats
    headings: Floats
    speeds_m_s: Floats
    length_m: float


def lay_way(points: Floats, speed_m_s: float, stand: bool, ease_s: float) -> Way:
    """The way along a curve at a speed.

    Args:
        points: (N, 3) polyline, metres; heights do not matter.
        speed_m_s: once going.
        stand: whether it begins and ends standing.
        ease_s: how long it takes to get going, and to stop.

    Raises:
        PathError: the curve has no length, a number is not finite, or the way would take hours.
    """
    path = Path.from_points(points, speed_m_s)
    if path.length_m < MIN_LENGTH_M:
        raise PathError(
            f"expected a curve of {MIN_LENGTH_M:g} m at least; found {path.length_m:.3f} m; "
            "draw a longer one"
        )
    if path.length_m > speed_m_s * _LONGEST_S:
        raise PathError(
            f"a curve of {path.length_m:.0f} m takes more than an hour at {speed_m_s:g} m/s; "
            "give a shorter one, or go faster"
        )
    speeds = _speeds(path.length_m, speed_m_s, stand, ease_s)
    gone = np.concatenate(([0.0], np.cumsum(0.5 * (speeds[1:] + speeds[:-1])))) / RATE_HZ
    gone *= path.length_m / gone[-1]
    count = max(int(np.ceil(path.length_m / _SPACING_M)), 2) + 1
    even = np.linspace(0.0, path.length_m, count)
    fine = gaussian_smooth(path.positions(even), _ROUND_M / (even[1]), keep_ends=True)
    ahead = gaussian_smooth(np.gradient(fine, axis=0), _FACE_M / even[1])
    headings = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 1]))
    ground = np.zeros((len(gone), 3))
    for column, axis in ((0, 0), (1, 2)):
        ground[:, axis] = np.interp(gone, even, fine[:, column])
    return Way(ground, np.interp(gone, even, headings), speeds, path.length_m)


def _speeds(length_m: float, speed_m_s: float, stand: bool, ease_s: float) -> Floats:
    """(T,) metres a second from standing to standing, where it begins and ends so."""
    if not stand:
        count = max(round(length_m / speed_m_s * RATE_HZ), 2) + 1
        return np.full(count, speed_m_s)
    # An ease covers half of what the full speed would in its time.
    ease = min(ease_s, length_m / speed_m_s)
    cruise = max(length_m / speed_m_s - ease, 0.0)
    rise = smoothstep(np.arange(max(int(ease * RATE_HZ), 2)) / max(ease * RATE_HZ, 2.0))
    still = np.zeros(int(_STAND_S * RATE_HZ))
    steady = np.ones(round(cruise * RATE_HZ))
    shares = np.concatenate((still, rise, steady, rise[::-1], still))
    return np.asarray(speed_m_s * shares)
