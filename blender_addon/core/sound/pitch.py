"""The pitch of a voice over time, by autocorrelation.

Source: Boersma 1993, Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound: the autocorrelation of a windowed stretch, divided by
the window's own. Octaves are settled here by preferring the shortest lag that is nearly as good.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from .waveform import Sound

RATE_HZ: Final = 50.0
_LOWEST_HZ, _HIGHEST_HZ = 70.0, 450.0
_WINDOW_S: Final = 0.04
_THIN: Final = 4
"""Every fourth sample is enough for pitch; the three between are averaged into it."""
_VOICED: Final = 0.5
_NEARLY: Final = 0.85
_BLOCK: Final = 500
_SILENT: Final = 1e-6


def measure_pitch(sound: Sound) -> Floats:
    """Fundamental frequency 50 times a second, in blocks, so that length costs no memory.

    Args:
        sound: one voice.

    Returns:
        (N,) Hz at (n + ½) / 50 s; 0 where nothing has a pitch.
    """
    count = max(1, int(np.ceil(sound.duration_s * RATE_HZ)))
    blocks = [
        _measure_block(sound, first, min(_BLOCK, count - first))
        for first in range(0, count, _BLOCK)
    ]
    return np.concatenate(blocks)


def _measure_block(sound: Sound, first: int, count: int) -> Floats:
    rate = sound.sample_rate_hz // _THIN
    size, step = int(_WINDOW_S * rate), int(rate / RATE_HZ)
    start = first * step + step // 2 - size // 2  # in thinned samples
    length = (count - 1) * step + size
    thinned = sound.read(start * _THIN, length * _THIN).reshape(-1, _THIN).mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(thinned, size)[::step][:count]
    shape = np.hanning(size + 2)[1:-1]
    windows = (windows - windows.mean(axis=1, keepdims=True)) * shape
    lags = slice(int(rate / _HIGHEST_HZ), int(rate / _LOWEST_HZ) + 1)
    likeness = _autocorrelation(windows) / _autocorrelation(shape)
    energy = np.maximum(likeness[:, :1], _SILENT)
    return _pick(likeness[:, lags] / energy, lags.start, rate, likeness[:, 0] > _SILENT)


def _autocorrelation(windows: Floats) -> Floats:
    size = windows.shape[-1]
    length = 2 * size  # nothing wraps around
    spectrum = np.fft.rfft(windows, length)
    power = spectrum.real**2 + spectrum.imag**2
    longest = int(np.ceil(size * 0.75))  # beyond it the window leaves next to nothing
    return np.asarray(np.fft.irfft(power, length)[..., :longest])


def _pick(likeness: Floats, shortest: int, rate: float, loud: Bools) -> Floats:
    """The first lag that is nearly the best, refined by a parabola through its neighbours."""
    best = likeness.max(axis=1)
    inner = likeness[:, 1:-1]
    peak = (inner >= likeness[:, :-2]) & (inner >= likeness[:, 2:])
    good = peak & (inner >= _NEARLY * best[:, None]) & (best > _VOICED)[:, None] & loud[:, None]
    at = np.argmax(good, axis=1) + 1
    rows = np.arange(len(at))
    before, here, after = (likeness[rows, at + shift] for shift in (-1, 0, 1))
    curvature = before - 2.0 * here + after
    shift = np.where(curvature < 0, 0.5 * (before - after) / np.minimum(curvature, -1e-9), 0.0)
    pitch = rate / (at + shortest + np.clip(shift, -0.5, 0.5))
    return np.where(good.any(axis=1), pitch, 0.0).astype(np.float32)
