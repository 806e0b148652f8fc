"""Quantiles over the frames around each one."""

from __future__ import annotations

import numpy as np

from ...conventions import Floats


def running_quantile(values: Floats, frames: int, share: float) -> Floats:
    """Of (T, ...) over an odd number of frames, the ends continued by reflection.

    Args:
        values: (T, ...).
        frames: how many, odd.
        share: 0 … 1; 0.5 is the median.
    """
    frames = min(frames, 2 * ((len(values) - 1) // 2) + 1)
    half = frames // 2
    padded = np.pad(values, ((half, half), *[(0, 0)] * (values.ndim - 1)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, frames, axis=0)
    rank = round(share * (frames - 1))
    return np.asarray(np.partition(windows, rank, axis=-1)[..., rank])
