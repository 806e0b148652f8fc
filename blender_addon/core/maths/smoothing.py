"""Smoothing along time."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats

_FEW: Final = 5
"""So many columns are faster as one convolution each than tap by tap."""


def gaussian_smooth(values: Floats, sigma_frames: float, *, keep_ends: bool = False) -> Floats:
    """Gaussian average of (T, ...) along time.

    Args:
        values: (T, ...).
        sigma_frames: standard deviation of the kernel.
        keep_ends: continue the curve beyond its ends by point reflection, which keeps the first
            and last value and their slope; otherwise the end values are repeated.
    """
    kernel = gaussian_kernel(sigma_frames)
    if len(kernel) == 1 or len(values) < 2:
        return values.copy()
    flat = values.reshape(len(values), -1).astype(np.float64)
    padded = _extend(flat, len(kernel) // 2, keep_ends)
    smooth = weighted_window(padded, kernel)
    return np.asarray(smooth, values.dtype).reshape(values.shape)


def smoothstep(share: Floats) -> Floats:
    """Shares (...), kept within 0 … 1, with no kink at the ends: 3·s² − 2·s³."""
    share = np.clip(share, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def weighted_window(padded: Floats, kernel: Floats) -> Floats:
    """Windows of values (T + K − 1, ...), weighted by a symmetric kernel (K,): (T, ...)."""
    if padded.ndim == 1 or padded.shape[1] < _FEW:
        columns = padded.reshape(len(padded), -1).T
        sums = np.stack([np.convolve(column, kernel, "valid") for column in columns], axis=-1)
        return sums.reshape(-1, *padded.shape[1:])
    count = len(padded) - len(kernel) + 1
    total = padded[:count] * kernel[0]
    part = np.empty_like(total)
    for n in range(1, len(kernel)):
        total += np.multiply(padded[n : n + count], kernel[n], out=part)
    return np.asarray(total)


def gaussian_kernel(sigma_frames: float) -> Floats:
    """(2·radius + 1,) weights out to three standard deviations, of sum one."""
    radius = int(np.ceil(3 * sigma_frames))
    if radius == 0:
        return np.ones(1)
    taps = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (taps / sigma_frames) ** 2)
    return np.asarray(kernel / kernel.sum())


def _extend(values: Floats, radius: int, reflect: bool) -> Floats:
    if not reflect:
        return np.pad(values, ((radius, radius), (0, 0)), mode="edge")
    return np.pad(values, ((radius, radius), (0, 0)), mode="reflect", reflect_type="odd")


def running_maximum(values: Floats, radius_frames: int) -> Floats:
    """Largest of (T,) within ``radius_frames`` on both sides."""
    return window_maximum(np.pad(values, radius_frames, mode="edge"), 2 * radius_frames + 1)


def window_maximum(padded: Floats, width: int) -> Floats:
    """Largest of each window of values (T + width − 1,): (T,)."""
    largest, covered = padded, 1
    while covered < width:
        step = min(covered, width - covered)  # windows twice as wide, as long as they fit
        largest = np.maximum(largest[:-step], largest[step:])
        covered += step
    return largest
