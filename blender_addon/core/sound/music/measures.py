"""Which of four beats begins a measure.

Source: Goto 2001, An audio-based real-time beat tracking system for music with or without
drum-sounds: chords change and the bass drum falls on the first beat of a measure.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ..beats import BEATS_PER_MEASURE
from .features import MusicFeatures
from .spectrum import FRAME_RATE_HZ
from .tones import CHROMA_RATE_HZ

_NEAR_S: Final = 0.05
_CHORD_WEIGHT, _LOW_WEIGHT, _SNARE_WEIGHT = 1.0, 0.5, 0.5
_SURE_LEAD: Final = 0.5


def find_measures(features: MusicFeatures, beats_s: Floats) -> tuple[int, float]:
    """Which of the first four beats begins a measure, and how sure that is.

    Args:
        features: of the sound.
        beats_s: (N,) times of the quarters.

    Returns:
        0 … 3; 0 … 1, the lead over the next best in deviations, 1 from a half on.
    """
    if len(beats_s) < 2 * BEATS_PER_MEASURE:
        return 0, 0.0
    low, middle, high = (_standard(each) for each in _onsets_at(features, beats_s).T)
    chords = _standard(_chord_changes(features, beats_s))
    evidence = _CHORD_WEIGHT * chords + _LOW_WEIGHT * low - _SNARE_WEIGHT * 0.5 * (middle + high)
    means = np.array([evidence[n::BEATS_PER_MEASURE].mean() for n in range(BEATS_PER_MEASURE)])
    order = np.argsort(means)
    lead = float(means[order[-1]] - means[order[-2]])
    many = min(1.0, len(beats_s) / (4.0 * BEATS_PER_MEASURE))
    return int(order[-1]), float(np.clip(lead / _SURE_LEAD, 0.0, 1.0)) * many


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6))


def _onsets_at(features: MusicFeatures, beats_s: Floats) -> Floats:
    """(N, 3) the largest rise of each band near each beat."""
    at = np.rint(beats_s * FRAME_RATE_HZ).astype(np.int64)
    reach = int(_NEAR_S * FRAME_RATE_HZ)
    last = len(features.novelty) - 1
    near = [features.novelty[np.clip(at + n, 0, last)] for n in range(-reach, reach + 1)]
    return np.asarray(np.max(near, axis=0))


def _chord_changes(features: MusicFeatures, beats_s: Floats) -> Floats:
    """(N,) how much the notes of a beat differ from those of the beat before."""
    total = np.concatenate((np.zeros((1, 12)), np.cumsum(features.chroma, axis=0, dtype=float)))
    edges = np.append(beats_s, 2.0 * beats_s[-1] - beats_s[-2]) * CHROMA_RATE_HZ + 0.5
    edges = np.clip(edges, 0.0, len(features.chroma))
    entries = np.arange(len(total))
    at = np.stack([np.interp(edges, entries, column) for column in total.T], axis=1)
    notes = np.diff(at, axis=0) / np.maximum(np.diff(edges), 1e-3)[:, None]
    change = np.abs(np.diff(notes, axis=0)).sum(axis=1)
    return np.concatenate((change[:1] * 0.0 + change.mean(), change))
