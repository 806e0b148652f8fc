"""Recordings as a network is trained on them: what an encoder hears, and what the face does.

Both come 50 times a second. A mesh is told by the amounts of its shapes, a face of weights by the
weights; people and emotions are numbered in the order of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ, FeatureTrack
from blender_addon.core.sound.waveform import Sound

from ..recordings.corpus import Corpus, Recording

Hear = Callable[[Sound], FeatureTrack]
Encode = Callable[[Floats], Floats]
"""From motion (T, V, 3) or weights (T, C) to what the network says, (T, K)."""


@dataclass(frozen=True, eq=False)
class FaceSample:
    """One recording.

    Args:
        name: of it.
        features: (N, D) of the encoder; row n at n / 50 s.
        targets: (N, K) at the same times.
        speaker, emotion: numbers; −1 for one that is not trained on.
    """

    name: str
    features: Floats
    targets: Floats
    speaker: int
    emotion: int


def make_sample(recording: Recording, corpus: Corpus, hear: Hear, encode: Encode) -> FaceSample:
    """Hear a recording, and bring its face to the encoder's rate.

    Args:
        recording: of the corpus.
        corpus: numbers speakers and emotions.
        hear: the encoder.
        encode: from the face to targets.
    """
    targets = encode(recording.motion())
    lasts = min(recording.frame_count / recording.frame_rate_hz, recording.sound.duration_s)
    count = max(int(lasts * FEATURE_RATE_HZ), 2)
    times = np.arange(count) / FEATURE_RATE_HZ
    return FaceSample(
        recording.name,
        np.asarray(hear(recording.sound).read(0, count), np.float32),
        at_times(targets, recording.frame_rate_hz, times),
        _place(corpus.speakers, recording.speaker),
        _place(corpus.emotions, recording.emotion),
    )


def at_times(rows: Floats, rate_hz: float, times_s: Floats) -> Floats:
    """Rows (T, K) at other times (N,), linear between them, the ends held: (N, K)."""
    known = np.arange(len(rows)) / rate_hz
    columns = [np.interp(times_s, known, column) for column in rows.T]
    return np.stack(columns, -1).astype(np.float32)


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1
