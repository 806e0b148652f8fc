"""Features of the encoder, for baselines: as the extension hears a sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from backend.hearing.whisper import OVERLAP_SAMPLES, STRIDE_SAMPLES, WINDOW_SAMPLES, read_whisper
from blender_addon.core.conventions import Floats
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import ArraySound

_LEVEL_DB = -22.0
_E = 1e-12


class TorchHearing:
    """The float encoder itself, windows cross-faded.

    Args:
        path: its weights, .npz.
    """

    def __init__(self, path: Path) -> None:
        self._encoder = read_whisper(path)

    def __call__(self, waveform: Floats) -> Floats:
        """(N,) samples to (frames, D), 50 a second."""
        voice = detect_voice(ArraySound(waveform))
        gain = 1.0
        if voice.speaking.any():
            level = 10 * np.log10(np.mean(10 ** (voice.level_db[voice.speaking] / 10)))
            gain = 10 ** (np.clip(_LEVEL_DB - level, -40, 40) / 20)
        step = WINDOW_SAMPLES - OVERLAP_SAMPLES
        count = max(1, -(-max(len(waveform) - OVERLAP_SAMPLES, 1) // step))
        padded = np.zeros(count * step + OVERLAP_SAMPLES, np.float32)
        padded[: len(waveform)] = gain * waveform
        parts = np.stack([padded[n * step : n * step + WINDOW_SAMPLES] for n in range(count)])
        with torch.inference_mode():
            heard = self._encoder(torch.from_numpy(parts)).numpy()
        return _cross_fade(heard, step // STRIDE_SAMPLES)[: len(waveform) // STRIDE_SAMPLES + 1]


def _cross_fade(heard: Floats, step: int) -> Floats:
    length = heard.shape[1]
    fade = np.minimum(1.0, (np.arange(length) + 0.5) / (length - step))
    total = np.zeros((step * (len(heard) - 1) + length, heard.shape[2]), np.float32)
    weight = np.full((len(total), 1), _E, np.float32)
    for n, part in enumerate(heard):
        share = np.ones(length) if len(heard) == 1 else fade * fade[::-1]
        total[n * step : n * step + length] += share[:, None] * part
        weight[n * step : n * step + length] += share[:, None]
    return np.asarray(total / weight)
