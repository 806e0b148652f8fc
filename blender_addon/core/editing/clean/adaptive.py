"""Smoothing as strong as the noise asks for: by track, and moment by moment.

Every track is filtered at several cut-offs. Which of them is nearest to the motion without its
noise is estimated around each frame from the noise alone, without knowing that motion: what a
filter takes away, plus twice the noise that it leaves in. Where there is no noise, the unfiltered
track is the nearest, and nothing is changed.

Source: Stein 1981, Estimation of the mean of a multivariate normal distribution (the unbiased
estimate of a filter's risk); Donoho and Johnstone 1995 for the choice of a filter by it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.lowpass import back, padded_spectrum, response
from ...maths.smoothing import gaussian_smooth
from .colour import spectrum_of
from .tracks import ROOT, on_sphere

CUTOFFS_HZ: Final = (1.2, 1.8, 2.6, 3.6, 5.0, 7.0, 10.0)
_ORDER: Final = 2
_LOCAL_S: Final = 0.25
_CHANGE_S: Final = 0.12
_SHARPNESS: Final = 20.0
_TINY: Final = 1e-12
_LEFT: Final = 2.2
"""How often the noise left in counts; more smooths more, and damps quick motion (jerk below 1)."""


def smooth_adaptively(
    tracks: Floats,
    rate_hz: float,
    noise: Floats,
    memory: float = 0.0,
    cutoffs_hz: tuple[float, ...] = CUTOFFS_HZ,
) -> Floats:
    """Tracks without the noise that they have.

    Args:
        tracks: (T, 1 + J, 4), without spikes and holes.
        rate_hz: frames per second.
        noise: (T, 1 + J) standard deviation by axis, metres and radians; 0 changes nothing.
        memory: share of the joints' noise that is left after 1/30 s.
        cutoffs_hz: of the filters that are tried.

    Returns:
        (T, 1 + J, 4).
    """
    variance = 3.0 * np.square(noise)
    variance[:, 1:] /= 4.0
    noisy = np.flatnonzero((variance > 0.0).any(axis=0))
    smooth = tracks.copy()
    if len(noisy):
        memories = np.where(noisy == ROOT, 0.0, memory)
        smooth[:, noisy] = _nearest(
            tracks[:, noisy], rate_hz, variance[:, noisy], memories, cutoffs_hz
        )
    changed = (variance > 0.0)[..., None]
    return np.where(changed, on_sphere(smooth), tracks)


def _nearest(
    tracks: Floats,
    rate_hz: float,
    variance: Floats,
    memories: Floats,
    cutoffs_hz: tuple[float, ...],
) -> Floats:
    """A blend of the filtered tracks (T, C, 4), by their estimated risks."""
    spectrum, frequencies, inside = padded_spectrum(tracks, rate_hz)
    powers = np.stack([spectrum_of(frequencies, float(each)) for each in memories], axis=-1)
    powers /= powers.mean(axis=0)
    candidates, risks = [tracks], [np.full_like(variance, _LEFT - 1.0)]
    for cutoff in cutoffs_hz:
        if cutoff >= 0.45 * rate_hz:
            continue
        gains = response(frequencies, cutoff, _ORDER)
        left = (gains[:, None] * powers).mean(
            axis=0
        )  # of the noise in a frame, that which is still in it
        filtered = back(spectrum * gains[:, None, None], inside, tracks)
        taken = np.square(tracks - filtered).sum(axis=-1)
        taken = gaussian_smooth(taken, _LOCAL_S * rate_hz) / np.maximum(variance, _TINY)
        candidates.append(filtered)
        risks.append(taken + _LEFT * left - 1.0)
    shares = np.exp(-_SHARPNESS * (np.stack(risks) - np.min(risks, axis=0)))
    shares = np.stack([gaussian_smooth(each, _CHANGE_S * rate_hz) for each in shares])
    shares /= shares.sum(axis=0)
    blend = np.zeros_like(tracks)
    for share, candidate in zip(shares, candidates, strict=True):
        blend += share[..., None].astype(tracks.dtype) * candidate
    return blend
