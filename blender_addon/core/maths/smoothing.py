"""Smoothing along time."""

from __future__ import annotations

import numpy as np

from ..conventions import Floats


def gaussian_smooth(values: Floats, sigma_frames: float, *, keep_ends: bool = False) -> Floats:
    """Gaussian average of (T, ...) along time.

    Args:
        values: (T, ...).
        sigma_frames: standard deviation of the kernel.
        keep_ends: continue the curve beyond its ends by point reflection, which keeps the first
            and last value and their slope; otherwise the end values are repeated.
    """
    radius = int(np.ceil(3 * sigma_frames))
    if radius == 0 or len(values) < 2:
        return values.copy()
    taps = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (taps / sigma_frames) ** 2)
    kernel /= kernel.sum()
    flat = values.reshape(len(values), -1).astype(np.float64)
    padded = _extend(flat, radius, keep_ends)
    smooth = sum(tap * padded[n : n + len(flat)] for n, tap in enumerate(kernel))
    return np.asarray(smooth, values.dtype).reshape(values.shape)


def _extend(values: Floats, radius: int, reflect: bool) -> Floats:
    if not reflect:
        return np.pad(values, ((radius, radius), (0, 0)), mode="edge")
    return np.pad(values, ((radius, radius), (0, 0)), mode="reflect", reflect_type="odd")


def running_maximum(values: Floats, radius_frames: int) -> Floats:
    """Largest of (T,) within ``radius_frames`` on both sides."""
    padded = np.pad(values, radius_frames, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius_frames + 1)
    return np.asarray(windows.max(axis=-1))
