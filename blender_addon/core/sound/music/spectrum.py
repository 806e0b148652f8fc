"""Short-time spectra on the mel scale, block by block.

Source: Davis and Mermelstein 1980, Comparison of parametric representations for monosyllabic word
recognition (mel-frequency cepstra); the mel scale is O'Shaughnessy's, 2595 log10(1 + f / 700).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...conventions import Floats
from ..waveform import SAMPLE_RATE_HZ

FRAME_RATE_HZ: Final = 100
MEL_BANDS: Final = 40
CEPSTRA: Final = 13
WINDOW: Final = 512
"""Samples, 32 ms: long enough to part a bass drum from a bass, short enough to time it."""
STEP: Final = SAMPLE_RATE_HZ // FRAME_RATE_HZ
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 8000.0


def mel_frames(samples: Floats) -> tuple[Floats, Floats]:
    """Power in mel bands of every hundredth second.

    Args:
        samples: (WINDOW + (N − 1) STEP,) at 16 kHz; frame n is centred at WINDOW / 2 + n STEP.

    Returns:
        (N, MEL_BANDS) power, 1 for a sine at full scale; (N,) mean square of the samples.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::STEP]
    shape = _window()
    spectrum = np.fft.rfft(windows * shape, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    square = np.einsum("nw,nw,w->n", windows, windows, shape) / shape.sum()
    return power @ mel_filters() * np.float32(4.0 / shape.sum() ** 2), square


def cepstra(log_mel: Floats) -> Floats:
    """Cosine transform of logarithmic mel bands.

    Args:
        log_mel: (N, MEL_BANDS).

    Returns:
        (N, CEPSTRA), of orthonormal scale; the first is the level.
    """
    return np.asarray(log_mel @ _cosines())


@cache
def _window() -> Floats:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def mel_centres_hz() -> Floats:
    """(MEL_BANDS,) the middle of each band, Hz."""
    return _edges_hz()[1:-1]


def _edges_hz() -> Floats:
    low, high = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    return np.asarray(700.0 * (10.0 ** (np.linspace(low, high, MEL_BANDS + 2) / 2595.0) - 1.0))


@cache
def mel_filters() -> Floats:
    """(WINDOW / 2 + 1, MEL_BANDS) triangles from middle to middle."""
    bins = np.arange(WINDOW // 2 + 1)[:, None] * SAMPLE_RATE_HZ / WINDOW
    edges = _edges_hz()
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(np.minimum(rising, falling), 0.0), np.float32)


@cache
def _cosines() -> Floats:
    bands, orders = np.arange(MEL_BANDS)[:, None] + 0.5, np.arange(CEPSTRA)
    cosines = np.cos(np.pi * bands * orders / MEL_BANDS) * np.sqrt(2.0 / MEL_BANDS)
    cosines[:, 0] /= np.sqrt(2.0)
    return np.asarray(cosines, np.float32)
