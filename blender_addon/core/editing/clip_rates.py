"""What depends on a clip's frame rate: means over a time, and counts of frames."""

from __future__ import annotations

import numpy as np

from ..conventions import Floats


def running_mean(values: Floats, frames: float) -> Floats:
    """Mean of (T, C) over an odd number of frames nearest to ``frames``; the ends are repeated."""
    half = max(round((frames - 1) / 2), 0)
    if half == 0:
        return values
    padded = np.pad(values, ((half + 1, half), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    width = 2 * half + 1
    return np.asarray((sums[width:] - sums[:-width]) / width, values.dtype)


def frames_of(seconds: float, frame_rate_hz: float, least: int = 0) -> int:
    """Whole frames nearest to a time, at least so many."""
    return max(round(seconds * frame_rate_hz), least)
