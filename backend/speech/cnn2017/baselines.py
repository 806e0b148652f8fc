"""What the network has to beat: the mean face, and ridge regression on the same window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from blender_addon.core.conventions import Floats

from ..pairs import SpeechPair
from .network import (
    CONTEXT_SAMPLES,
    HOP_SAMPLES,
    SAMPLE_RATE_HZ,
    WINDOW_FRAMES,
    AutocorrelationFrames,
)

PENALTY = 1e4
"""Of the ridge regression on standardised inputs: the best of 1e3, 1e4, 3e4, 1e5 and 3e5 for the
recordings left out, the validation pair among them, which favours the baseline."""


def window_features(waveform: Floats, times_s: Floats) -> Floats:
    """(T, 63 · 32) the network's input window at each time, to the nearest 8 ms."""
    padded = np.pad(waveform, (CONTEXT_SAMPLES, 2 * CONTEXT_SAMPLES))
    with torch.inference_mode():
        frames = AutocorrelationFrames()(torch.from_numpy(padded)[None])[0].numpy()
    first = np.round(times_s * SAMPLE_RATE_HZ / HOP_SAMPLES).astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(frames, WINDOW_FRAMES, axis=0)
    chosen = windows[np.clip(first, 0, len(windows) - 1)]
    return np.ascontiguousarray(chosen.transpose(0, 2, 1)).reshape(len(times_s), -1)


@dataclass(frozen=True)
class Baselines:
    """Fitted on training pairs.

    Args:
        mean: (C,) the mean face.
        ridge: from windows to curves.
    """

    mean: Floats
    ridge: Pipeline

    def predict_ridge(self, pair: SpeechPair) -> Floats:
        """(T, C) 0 … 1."""
        features = window_features(pair.waveform, pair.times_s)
        return np.clip(self.ridge.predict(features), 0.0, 1.0).astype(np.float32)

    def predict_mean(self, pair: SpeechPair) -> Floats:
        """(T, C), the same face all the time."""
        return np.tile(self.mean, (len(pair.times_s), 1)).astype(np.float32)


def fit_baselines(pairs: Sequence[SpeechPair]) -> Baselines:
    """Both, on these pairs."""
    curves = np.concatenate([pair.curves for pair in pairs])
    windows = np.concatenate([window_features(pair.waveform, pair.times_s) for pair in pairs])
    ridge = make_pipeline(StandardScaler(), Ridge(PENALTY)).fit(windows, curves)
    return Baselines(curves.mean(0), ridge)
