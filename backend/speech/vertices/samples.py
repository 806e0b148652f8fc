"""Recordings as a network is trained on them: what an encoder hears, and what the face does.

Both come 50 times a second. A mesh is told by the amounts of its shapes, a face of weights by the
weights; people and emotions are numbered in the order of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.hearing.whisper import STRIDE_SAMPLES
from blender_addon.core.conventions import Floats
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ, FeatureTrack
from blender_addon.core.sound.waveform import Sound

from ..recordings.corpus import Corpus, Recording
from .network import LOOK_AHEAD, WARM_UP

Hear = Callable[[Sound], FeatureTrack]
Encode = Callable[[Floats], Floats]
"""From motion (T, V, 3) or weights (T, C) to what the network says, (T, K)."""


@dataclass(frozen=True, eq=False)
class FaceSample:
    """One recording.

    Args:
        name: of it.
        features: (warm-up + N + look-ahead, D) float16, of the encoder with the silence around.
        targets: (N, K) at n / 50 s.
        speaker, emotion: numbers; −1 for one that is not trained on.
    """

    name: str
    features: NDArray[np.float16]
    targets: Floats
    speaker: int
    emotion: int


class _Later:
    """A sound that begins later, so that the encoder's windows lie elsewhere in it."""

    def __init__(self, sound: Sound, frames: int) -> None:
        self._sound, self._samples = sound, frames * STRIDE_SAMPLES
        self.sample_rate_hz = sound.sample_rate_hz
        self.duration_s = sound.duration_s + self._samples / sound.sample_rate_hz

    def read(self, start_sample: int, count: int) -> Floats:
        return self._sound.read(start_sample - self._samples, count)


def make_sample(
    recording: Recording, corpus: Corpus, hear: Hear, encode: Encode, offset: int = 0
) -> FaceSample:
    """Hear a recording, and bring its face to the encoder's rate.

    Args:
        recording: of the corpus.
        corpus: numbers speakers and emotions.
        hear: the encoder.
        encode: from the face to targets.
        offset: frames by which the encoder's windows lie elsewhere: what it hears depends on them.
    """
    targets = encode(recording.motion())
    lasts = min(recording.frame_count / recording.frame_rate_hz, recording.sound.duration_s)
    count = max(int(lasts * FEATURE_RATE_HZ), 2)
    times = np.arange(count) / FEATURE_RATE_HZ
    heard = hear(_Later(recording.sound, offset) if offset else recording.sound)
    features = heard.read(offset - WARM_UP, WARM_UP + count + LOOK_AHEAD)
    return FaceSample(
        recording.name,
        features.astype(np.float16),
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
