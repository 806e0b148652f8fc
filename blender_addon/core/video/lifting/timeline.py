"""A film's frames and the network's: its thirtieths of a second, and the way back.

Source: Catmull and Rom 1974, a class of local interpolating splines: smooth between frames, exact
on them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...maths.smoothing import gaussian_smooth
from .features import RATE_HZ

Numbers = NDArray[np.floating[Any]]

_SAME: Final = 0.02
"""Rates that differ by less, as 29.97 and 30 do, are taken for the same."""
_FAST: Final = 1.5
"""Of the network's rate: a faster film is smoothed before frames of it are left out."""
_SMOOTH: Final = 0.35
"""Deviation, in the network's frames, of that smoothing."""


def model_times(frame_count: int, frame_rate_hz: float) -> Floats:
    """(N,) where the network's frames are, in those of the film; the last one is the film's last.

    Args:
        frame_count: of the film, at least 1.
        frame_rate_hz: of the film.
    """
    if abs(frame_rate_hz / RATE_HZ - 1.0) < _SAME:
        return np.arange(frame_count, dtype=np.float64)
    step = frame_rate_hz / RATE_HZ
    count = int(np.ceil((frame_count - 1) / step - 1e-6)) + 1
    return np.minimum(np.arange(count) * step, frame_count - 1.0)


def film_times(frame_count: int, frame_rate_hz: float) -> Floats:
    """(T,) where the film's frames are, in those of ``model_times``."""
    there = model_times(frame_count, frame_rate_hz)
    frames = np.arange(frame_count, dtype=np.float64)
    return np.asarray(np.interp(frames, there, np.arange(len(there), dtype=np.float64)))


def slowed(values: Numbers, frame_rate_hz: float) -> Numbers:
    """Values (T, ...) of a fast film without what its every other frame would tell anew."""
    if frame_rate_hz < _FAST * RATE_HZ:
        return values
    return gaussian_smooth(values, _SMOOTH * frame_rate_hz / RATE_HZ)


def sample(values: Numbers, at: Floats) -> Numbers:
    """Values (T, ...) at places (N,) between 0 and T − 1, along a smooth curve."""
    last = len(values) - 1
    low = np.clip(np.floor(at).astype(np.int64), 0, last)
    share = (at - low).reshape(-1, *[1] * (values.ndim - 1))
    if not share.any():
        return values[low]
    before, start = values[np.maximum(low - 1, 0)], values[low]
    end, after = values[np.minimum(low + 1, last)], values[np.minimum(low + 2, last)]
    rise, fall = 0.5 * (end - before), 0.5 * (after - start)
    square = share * share
    cube = square * share
    return np.asarray(
        start * (2.0 * cube - 3.0 * square + 1.0)
        + rise * (cube - 2.0 * square + share)
        + end * (3.0 * square - 2.0 * cube)
        + fall * (cube - square)
    )
