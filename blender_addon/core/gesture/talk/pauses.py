"""Where a moving hand comes to rest or turns back: apexes and the beginnings of strokes."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...maths.rotations import length
from ...maths.smoothing import gaussian_smooth
from .upper_body import RATE_HZ

_SIGMA_FRAMES: Final = 1.2
RATIO: Final = 2.0
"""A minimum of speed counts if the maxima beside it are so many times as large."""
_STOPPED: Final = 0.12
"""Of the speed before: what is slower than that has stopped."""
_SLOWEST_M_S: Final = 0.06
"""A hand slower than this is still."""


def speeds(places: Floats, rate_hz: float = RATE_HZ) -> Floats:
    """(T,) speed in m/s along places (T, 3)."""
    if len(places) < 2:
        return np.zeros(len(places))
    return np.asarray(length(np.gradient(gaussian_smooth(places, _SIGMA_FRAMES), axis=0)) * rate_hz)


def find_pauses(speed_m_s: Floats) -> Ints:
    """Frames of the clear minima of a speed (T,); of a still stretch the first and the last."""
    return np.asarray(np.unique(np.array(find_spans(speed_m_s), np.int64).reshape(-1)))


def find_spans(speed_m_s: Floats, ratio: float = RATIO) -> list[tuple[int, int]]:
    """First and last frame of each clear minimum of a speed (T,), in order.

    Args:
        speed_m_s: (T,).
        ratio: how many times as large the maxima beside a minimum have to be.
    """
    speed = np.maximum(np.asarray(speed_m_s, np.float64), _SLOWEST_M_S)
    found: list[tuple[int, int]] = []
    peak, lowest, rising = 0, 0, True
    for frame in range(len(speed)):
        if rising:
            if speed[frame] > speed[peak]:
                peak = frame
            elif speed[frame] * ratio < speed[peak]:
                rising, lowest = False, frame
        elif speed[frame] < speed[lowest]:
            lowest = frame
        elif speed[frame] > speed[lowest] * ratio:
            found.append(_ends(speed, peak, lowest, frame))
            rising, peak = True, frame
    if not rising:
        found.append(_ends(speed, peak, lowest, len(speed) - 1))
    return found


def _ends(speed: Floats, peak: int, lowest: int, until: int) -> tuple[int, int]:
    """The first frame after a peak that is as still as the lowest, and the last."""
    still = max(float(speed[lowest]) * 1.05, _STOPPED * float(speed[peak]))
    stretch = np.flatnonzero(speed[peak : until + 1] <= still)
    return peak + int(stretch[0]), peak + int(stretch[-1])
