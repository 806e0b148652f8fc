"""The first layers of Whisper's encoder, frozen.

Source: Radford et al. 2022, *Robust speech recognition via large-scale weak supervision*; weights
MIT, Copyright (c) 2022 OpenAI. Two of four layers of tiny.en are kept: more hear no more of a face.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from blender_addon.core.errors import InputError

from .log_mel import BANDS, LogMel

SIZE, HEADS, LAYERS = 384, 6, 2
STRIDE_SAMPLES = 320
"""Between two vectors: 50 a second; vector n is centred at n / 50 s."""
WINDOW_SAMPLES = 96_000
"""Of one window: 6 s."""
OVERLAP_SAMPLES = 16_000
"""That two windows share, cross-faded: 1 s."""


class EncoderLayer(nn.Module):
    """A transformer layer, normalised before attention and before the feed-forward part."""

    def __init__(self, size: int = SIZE, heads: int = HEADS) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_forward = nn.LayerNorm(size), nn.LayerNorm(size)
        self.to_attention, self.from_attention = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.widen, self.narrow = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to the same shape."""
        batch, time, size = x.shape
        parts = self.to_attention(self.before_attention(x)).chunk(3, -1)
        heads = (batch, time, self.heads, size // self.heads)
        q, k, v = (part.view(heads).transpose(1, 2) for part in parts)
        heard = scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, time, size)
        x = x + self.from_attention(heard)
        return x + self.narrow(gelu(self.widen(self.before_forward(x))))


class WhisperEncoder(nn.Module):
    """Windows of sound to 50 vectors a second.

    Args:
        layers: how many transformer layers.
        size: of a vector.
        heads: of attention.
    """

    positions: Tensor

    def __init__(self, layers: int = LAYERS, size: int = SIZE, heads: int = HEADS) -> None:
        super().__init__()
        self.log_mel = LogMel()
        self.first = nn.Conv1d(BANDS, size, 3, padding=1)
        self.second = nn.Conv1d(size, size, 3, stride=2, padding=1)
        self.layers = nn.ModuleList(EncoderLayer(size, heads) for _ in range(layers))
        self.register_buffer("positions", _sinusoids(WINDOW_SAMPLES // STRIDE_SAMPLES, size))

    def forward(self, waveform: Tensor) -> Tensor:
        """(B, 96 000) samples at −22 dB of speech to (B, 300, 384)."""
        x = gelu(self.second(gelu(self.first(self.log_mel(waveform))))).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return x


def _sinusoids(count: int, size: int) -> Tensor:
    """(count, size) sines, then cosines."""
    half = size // 2
    rates = torch.exp(-math.log(10_000.0) / (half - 1) * torch.arange(half, dtype=torch.float64))
    angles = torch.arange(count, dtype=torch.float64)[:, None] * rates
    return torch.cat((angles.sin(), angles.cos()), 1).float()


def load_whisper(arrays: Mapping[str, np.ndarray], layers: int = LAYERS) -> WhisperEncoder:
    """An encoder from weights by CTranslate2's names, '/' replaced by '.'.

    Raises:
        InputError: a tensor is missing or has another shape.
    """
    encoder = WhisperEncoder(layers)
    state = {new: _tensor(arrays, old) for new, old in _names(layers).items()}
    for name, value in encoder.state_dict().items():
        if name in state and state[name].shape != value.shape:
            raise InputError(
                f"the encoder's '{name}' has shape {tuple(state[name].shape)}; expected "
                f"{tuple(value.shape)}. Give weights of Whisper tiny.en"
            )
    encoder.load_state_dict(state, strict=False)
    return encoder.eval().requires_grad_(False)


def read_whisper(path: Path) -> WhisperEncoder:
    """An encoder from a file of arrays, .npz."""
    with np.load(path, allow_pickle=False) as file:
        return load_whisper(dict(file))


def _tensor(arrays: Mapping[str, np.ndarray], name: str) -> Tensor:
    if name not in arrays:
        raise InputError(f"the encoder lacks the tensor '{name}'. Give weights of Whisper tiny.en")
    return torch.from_numpy(arrays[name].astype(np.float32))


def _names(layers: int) -> dict[str, str]:
    """Our names to those of CTranslate2."""
    names = {
        f"{ours}.{kind}": f"{theirs}.{kind}"
        for ours, theirs in (("first", "conv1"), ("second", "conv2"))
        for kind in ("weight", "bias")
    }
    parts = {
        "to_attention": "self_attention.linear_0", "from_attention": "self_attention.linear_1",
        "widen": "ffn.linear_0", "narrow": "ffn.linear_1",
    }  # fmt: skip
    norms = {"before_attention": "self_attention", "before_forward": "ffn"}
    for layer in range(layers):
        for ours, theirs in parts.items():
            for kind in ("weight", "bias"):
                names[f"layers.{layer}.{ours}.{kind}"] = f"layer_{layer}.{theirs}.{kind}"
        for ours, theirs in norms.items():
            for kind, other in (("weight", "gamma"), ("bias", "beta")):
                place = f"layer_{layer}.{theirs}.layer_norm.{other}"
                names[f"layers.{layer}.{ours}.{kind}"] = place
    return names
