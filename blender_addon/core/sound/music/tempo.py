"""How fast the music is, from moment to moment.

Source: Grosche, Müller and Kurth 2010, Cyclic tempogram (autocorrelation of a novelty curve in
windows); Ellis 2007, Beat tracking by dynamic programming (preference of a middle tempo, here
wider); the path through time is Viterbi's, as in Klapuri, Eronen and Astola 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...jobs import Cancellation
from ...maths.smoothing import gaussian_smooth
from .spectrum import FRAME_RATE_HZ

SLOWEST_BPM, FASTEST_BPM = 36.0, 288.0
PREFERRED_BPM: Final = 135.0
"""Where tempi an octave apart explain the sound alike, the one nearer to this is chosen."""
_OCTAVE_WIDTH: Final = 0.8
"""Octaves at which the preference has fallen to exp(−½)."""
_STEPS_PER_OCTAVE: Final = 96
_WINDOW_S, _HOP_S = 8.0, 1.0
_HARMONICS: Final = ((1.0, 0.5), (2.0, 0.25), (4.0, 0.25), (2.0 / 3.0, -0.35), (4.0 / 3.0, -0.35))
_BLOCK: Final = 256
_CHANGE_COST: Final = 0.02
"""Of a step of the grid (0.7 %) a second, against scores of about 0 … 1."""
_MOST_STEPS: Final = 12
_LOCAL_MEAN_S: Final = 0.4
_ALTERNATIVES: Final = (0.5, 2.0, 2.0 / 3.0, 1.5, 1.0 / 3.0, 3.0)


@dataclass(frozen=True, eq=False)
class TempoCurve:
    """Tempo over time.

    Args:
        period_s: (W,) seconds of a beat, one entry a second, entry n around n s.
        strength: (W,) 0 … 1 how periodic the sound is at that beat.
        other_bpm: other tempi that the sound supports nearly as well, likeliest first.
    """

    period_s: Floats
    strength: Floats
    other_bpm: tuple[float, ...]


def accent_curve(novelty: Floats) -> Floats:
    """(N,) 100 Hz, of deviation 1: onsets of all bands above their local mean.

    Args:
        novelty: (N, 3) of ``MusicFeatures``.
    """
    curve = gaussian_smooth(np.asarray(novelty, np.float64).sum(axis=1), 1.5)
    curve = np.maximum(curve - gaussian_smooth(curve, _LOCAL_MEAN_S * FRAME_RATE_HZ), 0.0)
    return np.asarray(curve / max(float(curve.std()), 1e-3))


def tempo_curve(
    accents: Floats,
    cancellation: Cancellation | None = None,
    preferred_bpm: float = PREFERRED_BPM,
) -> TempoCurve:
    """The tempo in every second, the one that explains the sound best without leaping.

    Args:
        accents: (N,) of ``accent_curve``.
        cancellation: of the job.
        preferred_bpm: where several tempi explain the sound alike, the nearest to this is taken.
    """
    likeness = _tempogram(accents, cancellation or Cancellation())
    one_beat = np.maximum(likeness[:, _lag_index()], 0.0)
    support = np.sqrt(one_beat * np.maximum(likeness @ _harmonics(), 0.0))
    score = support * _preference(preferred_bpm)
    path = _smoothest_path(score)
    rows = np.arange(len(path))
    period = _refined(score, path)
    return TempoCurve(period, np.clip(likeness[rows, _lag_index()[path]], 0.0, 1.0),
                      _others(support.mean(axis=0), path))  # fmt: skip


@cache
def _grid_bpm() -> Floats:
    count = int(np.log2(FASTEST_BPM / SLOWEST_BPM) * _STEPS_PER_OCTAVE) + 1
    return np.asarray(SLOWEST_BPM * 2.0 ** (np.arange(count) / _STEPS_PER_OCTAVE))


def _lags() -> Floats:
    return np.asarray(60.0 * FRAME_RATE_HZ / _grid_bpm())


def _longest_lag() -> int:
    return int(4.0 * 60.0 * FRAME_RATE_HZ / SLOWEST_BPM) + 2


@cache
def _lag_index() -> Ints:
    return np.rint(_lags()).astype(np.int64)


def _preference(preferred_bpm: float) -> Floats:
    octaves = np.log2(_grid_bpm() / preferred_bpm)
    return np.asarray(np.exp(-0.5 * (octaves / _OCTAVE_WIDTH) ** 2))


@cache
def _harmonics() -> Floats:
    """(lags, tempi) weighs the likeness at one, two and four beats, each between two lags.

    Likeness at two and four thirds of a beat speaks against it: then the beat is that third.
    """
    weights = np.zeros((_longest_lag() + 2, len(_grid_bpm())))
    columns = np.arange(weights.shape[1])
    for beats, weight in _HARMONICS:
        lag = beats * _lags()
        low = np.floor(lag).astype(np.int64)
        np.add.at(weights, (low, columns), weight * (1.0 - (lag - low)))
        np.add.at(weights, (low + 1, columns), weight * (lag - low))
    return weights


def _tempogram(accents: Floats, cancellation: Cancellation) -> Floats:
    """(W, lags) autocorrelation of 8 s around every second, 1 at lag 0; 0 in silence."""
    size, hop = int(_WINDOW_S * FRAME_RATE_HZ), int(_HOP_S * FRAME_RATE_HZ)
    count = len(accents) // hop + 1
    padded = np.concatenate((np.zeros(size // 2), accents, np.zeros(size)))
    views = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:count]
    shape = np.hanning(size + 2)[1:-1]
    own = _autocorrelation(shape[None])[0]
    rows = []
    for first in range(0, count, _BLOCK):
        cancellation.check()
        windows = views[first : first + _BLOCK]
        mean = windows @ shape / shape.sum()
        found = _autocorrelation((windows - mean[:, None]) * shape)
        found /= np.maximum(own, 0.1)  # the far lags of a window hold next to nothing
        rows.append(found / np.maximum(found[:, :1], 1e-3))
    return np.concatenate(rows)


def _autocorrelation(windows: Floats) -> Floats:
    spectrum = np.fft.rfft(windows, 2 * windows.shape[1])
    power = spectrum.real**2 + spectrum.imag**2
    lags = _longest_lag() + 2
    found = np.fft.irfft(power)[:, :lags] / max(float((windows[0] ** 2).size), 1.0)
    return np.asarray(found)


def _smoothest_path(score: Floats) -> Ints:
    """(W,) the tempi of highest score in all, a change costing in proportion to its size."""
    steps = np.arange(-_MOST_STEPS, _MOST_STEPS + 1)
    costs = _CHANGE_COST * np.abs(steps)
    total = score[0].copy()
    chosen = np.zeros(score.shape, np.int64)
    tempi = np.arange(score.shape[1])
    for n in range(1, len(score)):
        padded = np.pad(total, _MOST_STEPS, constant_values=-np.inf)
        options = np.lib.stride_tricks.sliding_window_view(padded, len(steps)) - costs
        best = np.argmax(options, axis=1)
        chosen[n] = tempi + steps[best]
        total = options[tempi, best] + score[n]
    path = np.empty(len(score), np.int64)
    path[-1] = np.argmax(total)
    for n in range(len(score) - 1, 0, -1):
        path[n - 1] = chosen[n, path[n]]
    return path


def _refined(score: Floats, path: Ints) -> Floats:
    """(W,) seconds of a beat, between the steps of the grid by a parabola."""
    rows, inner = np.arange(len(path)), np.clip(path, 1, score.shape[1] - 2)
    before, here, after = (score[rows, inner + shift] for shift in (-1, 0, 1))
    curvature = before - 2.0 * here + after
    shift = np.where(curvature < -1e-9, 0.5 * (before - after) / np.minimum(curvature, -1e-9), 0.0)
    steps = inner + np.clip(shift, -0.5, 0.5)
    return np.asarray(60.0 / (SLOWEST_BPM * 2.0 ** (steps / _STEPS_PER_OCTAVE)))


def _others(support: Floats, path: Ints) -> tuple[float, ...]:
    """Tempi in a simple ratio to the one found with at least half of its support."""
    middle = int(np.median(path))
    bpm, found = float(_grid_bpm()[middle]), []
    for ratio in _ALTERNATIVES:
        step = middle + round(np.log2(ratio) * _STEPS_PER_OCTAVE)
        if 2 <= step < len(support) - 2:
            best = float(support[step - 2 : step + 3].max())
            if best > 0.5 * float(support[middle]) > 0.0:
                found.append((best, bpm * ratio))
    return tuple(round(each, 1) for _, each in sorted(found, reverse=True))
