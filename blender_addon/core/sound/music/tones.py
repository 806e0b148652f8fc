"""Which notes sound: power by pitch class, for finding where chords change.

Source: Fujishima 1999, Realtime chord recognition of musical sound (pitch class profile).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...conventions import Floats
from ..waveform import SAMPLE_RATE_HZ, Sound

CHROMA_RATE_HZ: Final = 10
_THIN: Final = 4
_WINDOW: Final = 1024
"""Thinned samples, 256 ms: semitones are told apart from about 130 Hz on."""
_LOWEST_HZ, _HIGHEST_HZ = 110.0, 1000.0
_A4_HZ: Final = 440.0
_SILENT: Final = 1e-4


def chroma_frames(sound: Sound, start_s: int, length_s: int, scale: float) -> Floats:
    """(10 length_s, 12) shares of the pitch classes C … B in the sound from a second on.

    Args:
        sound: read a little beyond both ends.
        start_s, length_s: which part.
        scale: factor on power that brings the loud level to 1.
    """
    rate = SAMPLE_RATE_HZ // _THIN
    step, count = rate // CHROMA_RATE_HZ, length_s * CHROMA_RATE_HZ
    first = start_s * rate - _WINDOW // 2
    length = _WINDOW + (count - 1) * step
    thinned = sound.read(first * _THIN, length * _THIN).reshape(-1, _THIN).mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(thinned, _WINDOW)[::step]
    spectrum = np.fft.rfft(windows * _shape(), axis=1)
    power = np.abs(spectrum) @ _classes() * np.sqrt(scale)  # amplitude: quiet notes count
    total = power.sum(axis=1, keepdims=True)
    return np.where(total > _SILENT, power / np.maximum(total, _SILENT), 0.0).astype(np.float32)


@cache
def _shape() -> Floats:
    shape = np.hanning(_WINDOW + 1)[:-1]
    return np.asarray(2.0 * shape / shape.sum())


@cache
def _classes() -> Floats:
    """(bins, 12) which pitch class each bin belongs to; none outside the range."""
    hz = np.arange(_WINDOW // 2 + 1) * SAMPLE_RATE_HZ / _THIN / _WINDOW
    inside = (hz >= _LOWEST_HZ) & (hz <= _HIGHEST_HZ)
    note = np.rint(12.0 * np.log2(np.maximum(hz, 1.0) / _A4_HZ)).astype(np.int64) + 9
    return np.asarray((np.arange(12) == (note % 12)[:, None]) & inside[:, None], np.float64)
