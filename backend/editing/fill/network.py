"""The filler's network: dilated residual convolutions over time, from a cubic to its difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.training.options import setting
from blender_addon.core.conventions import Floats
from blender_addon.core.editing.fill.features import CHANNELS, DIFFERENCES, FEATURES

VARIATION: Final = 16
"""Numbers that choose a variant; all zero is the likeliest motion."""
DILATIONS: Final = (1, 2, 4, 8, 16, 8, 4, 2, 1)
ROOT_M, TURN_RAD = 0.2, 0.5
"""Size of an answer of one."""


@dataclass(frozen=True)
class FillerShape:
    """Size of the network."""

    width: int = setting(160, "Channels of every layer.", least=8)
    dropout: float = setting(0.05, "Share of channels dropped in training.", least=0, most=0.9)


class Filler(nn.Module):
    """Features of windows to the difference from the cubic.

    Args:
        mean, spread: (F,) of the features, of training windows.
        shape: its size.
    """

    def __init__(self, mean: Floats, spread: Floats, shape: FillerShape) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(np.asarray(mean, np.float32)))
        self.register_buffer("spread", torch.from_numpy(np.asarray(spread, np.float32)))
        sizes = np.repeat([ROOT_M, TURN_RAD], [3, DIFFERENCES - 3]).astype(np.float32)
        self.register_buffer("sizes", torch.from_numpy(sizes))
        self.first = nn.Conv1d(FEATURES + VARIATION, shape.width, 1)
        self.blocks = nn.ModuleList(_Block(shape, dilation) for dilation in DILATIONS)
        self.last = nn.Conv1d(shape.width, DIFFERENCES, 1)
        # An untrained network answers nothing, and so is the cubic.
        nn.init.zeros_(self.last.weight)
        if self.last.bias is not None:
            nn.init.zeros_(self.last.bias)

    def forward(self, features: Tensor, variation: Tensor) -> Tensor:
        """Features (B, T, F) and variation (B, 16) to differences (B, T, D), metres and radians."""
        inside = features[..., -1:].transpose(1, 2)  # (B, 1, T)
        seen = ((features - self.mean) / self.spread).transpose(1, 2)
        chosen = variation[:, :, None].expand(-1, -1, features.shape[1])
        hidden = self.first(torch.cat((seen, chosen), dim=1))  # (B, C, T)
        for block in self.blocks:
            hidden = block(hidden, inside)
        answer = self.last(hidden).transpose(1, 2)
        return answer.float() * self.sizes


class _Block(nn.Module):
    def __init__(self, shape: FillerShape, dilation: int) -> None:
        super().__init__()
        width = shape.width
        self.look = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.scale = nn.Parameter(torch.ones(1, width, 1))
        self.drop = nn.Dropout1d(shape.dropout)
        nn.init.normal_(self.mix.weight, std=0.3 / width**0.5)
        if self.mix.bias is not None:
            nn.init.zeros_(self.mix.bias)

    def forward(self, hidden: Tensor, inside: Tensor) -> Tensor:
        """(B, C, T); frames outside the window are nothing, as beyond its ends."""
        level = hidden * torch.rsqrt(hidden.square().mean(1, keepdim=True) + 1e-4)
        seen = functional.silu(self.look(level * self.scale * inside))
        return hidden + self.mix(self.drop(seen))


__all__ = ["CHANNELS", "DILATIONS", "VARIATION", "Filler", "FillerShape"]
