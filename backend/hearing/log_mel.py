"""Log-mel bands as Whisper hears them, as products with constant matrices.

Source: Radford et al. 2022; whisper/audio.py states 400 samples a frame, 160 apart, 80 Slaney bands
at 16 kHz. Where we differ: the floor lies 8 decades below a fixed level instead of the loudest
moment of the window, because sound arrives at the level of speech here; so a window's neighbours
change nothing in it.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES, HOP_SAMPLES = 400, 160
BANDS = 80
LOUDEST_LOG10 = 1.0
"""Of speech at −22 dB: the median over recordings of several speakers."""
RANGE_LOG10 = 8.0
_QUIET = 1e-10
_BREAK_HZ, _LINEAR_STEP_HZ = 1000.0, 200.0 / 3.0
_BREAK_MELS = _BREAK_HZ / _LINEAR_STEP_HZ
_LOG_STEP = math.log(6.4) / 27.0


class LogMel(nn.Module):
    """(B, N) samples, N a multiple of 160, to (B, 80, N / 160) log-mel bands."""

    to_spectrum: Tensor
    to_bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        n = torch.arange(FRAME_SAMPLES, dtype=torch.float64)
        bins = torch.arange(FRAME_SAMPLES // 2 + 1, dtype=torch.float64)
        hann = 0.5 - 0.5 * torch.cos(2 * math.pi * n / FRAME_SAMPLES)
        angle = 2 * math.pi / FRAME_SAMPLES * bins[:, None] * n
        waves = torch.cat((torch.cos(angle), torch.sin(angle))) * hann
        bands = slaney_bands().astype(np.float32)
        self.register_buffer("to_spectrum", waves.float()[:, None], persistent=False)
        both = np.concatenate((bands, bands), 1)  # of real and imaginary parts
        self.register_buffer("to_bands", torch.from_numpy(both)[:, :, None], persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Frames are centred at multiples of 160 samples; silence lies around the sound."""
        padded = pad(waveform, (FRAME_SAMPLES // 2, FRAME_SAMPLES // 2 - 1))[:, None]
        power = conv1d(padded, self.to_spectrum, stride=HOP_SAMPLES).square()
        bands = conv1d(power, self.to_bands).clamp(min=_QUIET).log10()
        return (bands.clamp(min=LOUDEST_LOG10 - RANGE_LOG10) + 4.0) / 4.0


def slaney_bands() -> np.ndarray:
    """(80, 201) triangles over the frequencies of a frame, of equal area.

    Source: Slaney 1998, *Auditory Toolbox*: linear below 1 kHz, logarithmic above.
    """
    edges = _mels_to_hz(np.linspace(0.0, _hz_to_mels(SAMPLE_RATE_HZ / 2), BANDS + 2))
    frequencies = np.linspace(0.0, SAMPLE_RATE_HZ / 2, FRAME_SAMPLES // 2 + 1)
    rise = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return np.maximum(0.0, np.minimum(rise, fall)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]


def _hz_to_mels(hertz: float) -> float:
    """Of frequencies above 1 kHz."""
    return _BREAK_MELS + float(np.log(hertz / _BREAK_HZ)) / _LOG_STEP


def _mels_to_hz(mels: np.ndarray) -> np.ndarray:
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mels - _BREAK_MELS))
    return np.where(mels < _BREAK_MELS, mels * _LINEAR_STEP_HZ, above)
