"""What every network has to beat: ridge regression on the encoder's own features.

Each frame is told from the features around it, 240 ms in all, seven vectors 40 ms apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

from .faces import USUAL, SpokenFace

OFFSETS_S: Final = np.arange(-3, 4) * 0.04
PENALTY: Final = 3e3
"""On standardised inputs."""
Hear = Callable[[Floats], Floats]
"""Samples at 16 kHz to features, 50 a second."""


@dataclass(frozen=True, eq=False)
class Example:
    """A sound and what is known of its frames.

    Args:
        waveform: (N,) 16 kHz.
        times_s: (T,).
        targets: (T, K).
    """

    waveform: Floats
    times_s: Floats
    targets: Floats


def windows(features: Floats, times_s: Floats) -> Floats:
    """(T, 7 · D) features around each time, interpolated; the ends are held."""
    place = (times_s[:, None] + OFFSETS_S) * FEATURE_RATE_HZ
    place = np.clip(place, 0.0, len(features) - 1.0)
    first = np.minimum(place.astype(int), max(len(features) - 2, 0))
    share = (place - first)[..., None].astype(np.float32)
    second = np.minimum(first + 1, len(features) - 1)
    found = (1.0 - share) * features[first] + share * features[second]
    return np.asarray(found.reshape(len(times_s), -1))


def fit_ridge(examples: Sequence[Example], hear: Hear) -> Pipeline:
    """From windows of features to targets."""
    inputs = np.concatenate([windows(hear(each.waveform), each.times_s) for each in examples])
    targets = np.concatenate([each.targets for each in examples])
    model = make_pipeline(StandardScaler(copy=False), Ridge(PENALTY, copy_X=False))
    return model.fit(inputs, targets)


class RidgeSpeaker:
    """Ridge regression as a speaker: the curves of 52 channels, and lips where it was taught them.

    Args:
        model: fitted to 52 curves, or to 55 columns: curves, then opening, width and drop.
        hear: as it was fitted with.
    """

    varies = False

    def __init__(self, model: Pipeline, hear: Hear) -> None:
        self._model, self._hear = model, hear

    def network(self, waveform: Floats, rate_hz: float, count: int, voice: str = USUAL,
                seed: int = 0) -> SpokenFace:  # fmt: skip
        """See ``Speaker``; it has one voice."""
        features = self._hear(waveform)
        told = self._model.predict(windows(features, np.arange(count) / rate_hz))
        curves = np.clip(told[:, : len(ARKIT_52)], 0.0, 1.0)
        lips = told[:, len(ARKIT_52) :]
        return SpokenFace(curves, rate_hz, lips if lips.shape[1] else None)

    def scene(self, waveform: Floats, rate_hz: float, seed: int = 0) -> SpokenFace:
        """See ``Speaker``; nothing corrects it."""
        count = int(len(waveform) / 16_000 * rate_hz) + 1
        return self.network(waveform, rate_hz, count)
