"""Noise that remembers: how much of it is left a thirtieth of a second later.

What jitter has above the motion says how much of it there is only if it is white. Correlated jitter
has more of itself below, where motion hides it; how much more is told by the tilt of what is seen.

Source: an autoregressive process of the first order and its spectrum.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from .noise import HIGHEST_HZ, band_power
from .tracks import ROOT

_LOW_HZ: Final = (6.0, 9.0)
_HIGH_HZ: Final = (12.0, 15.0)
_MEASURED_HZ: Final = 12.0
"""Where, in the middle, the noise is measured."""
_PLAIN_RAD: Final = np.deg2rad(1.5)
"""Of less noise than this the tilt cannot be told from that of the motion."""
_LEAST_FRAMES: Final = 20
_WHITE: Final = 1.3
_TILT: Final = 1.902
_MOST: Final = 0.7
_QUANTILE: Final = 0.4


def memory_of(tracks: Floats, noise: Floats, rate_hz: float) -> float:
    """Share of the joints' noise that is left after 1/30 s; 0 for white noise or too little of it.

    Args:
        tracks: (T, 1 + J, 4), without spikes and holes.
        noise: (T, 1 + J) as it was measured, radians.
        rate_hz: frames per second.
    """
    common = np.median(noise[:, ROOT + 1 :], axis=1)
    plain = common > _PLAIN_RAD
    if rate_hz < 2.0 * HIGHEST_HZ - 1e-3 or plain.sum() < _LEAST_FRAMES:
        return 0.0
    low, high = (
        np.quantile(band_power(tracks[:, ROOT + 1 :], rate_hz, *band)[plain], _QUANTILE, axis=0)
        for band in (_LOW_HZ, _HIGH_HZ)
    )
    ratio = float(np.median(low / np.maximum(high, 1e-12)))
    if ratio < _WHITE:
        return 0.0
    tilt = min((ratio - 1.0) / _TILT, _MOST / (1.0 + _MOST**2))
    return float((1.0 - np.sqrt(1.0 - 4.0 * tilt**2)) / (2.0 * tilt))


def spectrum_of(frequencies_hz: Floats, memory: float) -> Floats:
    """(F,) power at frequencies, of noise whose mean up to 15 Hz is 1."""
    angle = np.pi * np.minimum(frequencies_hz, HIGHEST_HZ) / HIGHEST_HZ
    power = (1.0 - memory**2) / (1.0 + memory**2 - 2.0 * memory * np.cos(angle))
    return np.asarray(power)


def whole_noise(noise: Floats, memory: float) -> Floats:
    """(T, 1 + J) joints' noise with what of it lies below the measured frequencies."""
    if not memory:
        return noise
    whole = noise.copy()
    whole[:, ROOT + 1 :] /= np.sqrt(spectrum_of(np.array([_MEASURED_HZ]), memory)).astype(
        noise.dtype
    )
    return whole
