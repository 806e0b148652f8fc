"""One voice becomes many: pitch and vocal tract changed, every sound at its moment.

Resampling moves pitch and formants together, and all times with them; warping the spectrum's
envelope moves formants back or further and leaves pitch and times alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.signal import istft, stft

from blender_addon.core.conventions import Floats

from ..pairs import RATE_HZ

_WINDOW: Final = 512
_HOP: Final = 128
_ENVELOPE_S: Final = 0.0022
"""Quefrencies below this are the envelope: shorter than the period of a high voice."""
_FLOOR: Final = 1e-5
_MOST: Final = 6.0
"""Nepers by which a band is raised or lowered at most."""


def move_formants(waveform: Floats, factor: float) -> Floats:
    """Formants at ``factor`` times their frequency, pitch and times as before.

    Args:
        waveform: (N,) 16 kHz.
        factor: above 1 a shorter vocal tract.

    Returns:
        (N,) float32.
    """
    if abs(factor - 1.0) < 1e-3 or len(waveform) < _WINDOW:
        return waveform
    overlap = _WINDOW - _HOP
    _, _, spectrum = stft(waveform, RATE_HZ, nperseg=_WINDOW, noverlap=overlap)
    envelope = _log_envelope(np.abs(spectrum))
    bins = np.arange(len(envelope), dtype=float)
    places = np.clip(bins / factor, 0.0, len(envelope) - 1.0)
    low = np.minimum(places.astype(int), len(envelope) - 2)
    share = (places - low)[:, None]
    warped = envelope[low] * (1.0 - share) + envelope[low + 1] * share
    gains = np.exp(np.clip(warped - envelope, -_MOST, _MOST))
    _, moved = istft(spectrum * gains, RATE_HZ, nperseg=_WINDOW, noverlap=overlap)
    return np.resize(moved, len(waveform)).astype(np.float32)


def _log_envelope(magnitudes: Floats) -> Floats:
    """Natural logarithm of the smoothed spectrum, by its cepstrum: (bins, frames)."""
    cepstrum = np.fft.irfft(np.log(magnitudes + _FLOOR), axis=0)
    kept = round(_ENVELOPE_S * RATE_HZ)
    lifter = np.zeros(len(cepstrum))
    lifter[0], lifter[1:kept], lifter[len(cepstrum) - kept + 1 :] = 1.0, 1.0, 1.0
    return np.asarray(np.fft.rfft(cepstrum * lifter[:, None], axis=0).real)
