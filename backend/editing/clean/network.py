"""The network that betters a robust filter: dilated convolutions along time.

Its last layer begins at zero: untrained it answers no difference at all.

Source: van den Oord et al. 2016, WaveNet (dilated convolutions); He et al. 2016 (residuals);
Oreshkin et al. 2022 (difference to a first answer).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.training.options import setting
from blender_addon.core.editing.clean.layout import DIFFERENCE, FEATURES

_DILATIONS: Final = (1, 2, 4, 8, 2)
_SCALE: Final = 0.1
"""Radians and, halved, metres: what an answer of 1 means."""


@dataclass(frozen=True)
class CleanerShape:
    """How large."""

    width: int = setting(128, "Channels of each layer.", least=8)
    drop: float = setting(0.0, "Share of channels left out at random.", least=0, most=1)


class _Norm(nn.Module):
    """Channels to a mean square of one, frame by frame: nothing far away in time changes it.

    Source: Zhang and Sennrich 2019, Root mean square layer normalization.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, W, T) to (B, W, T)."""
        return x * self.gain * (x.square().mean(dim=1, keepdim=True) + 1e-4).rsqrt()


class _Block(nn.Module):
    """A dilated convolution with a residual."""

    def __init__(self, width: int, dilation: int, drop: float) -> None:
        super().__init__()
        self.norm = _Norm(width)
        self.wide = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.out = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        """(B, W, T) to (B, W, T)."""
        return x + self.drop(self.out(functional.silu(self.wide(functional.silu(self.norm(x))))))


class MotionCleaner(nn.Module):
    """Features of windows to differences."""

    def __init__(self, shape: CleanerShape) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES.size))
        self.register_buffer("spread", torch.ones(FEATURES.size))
        self.start = nn.Conv1d(FEATURES.size, shape.width, 1)
        self.blocks = nn.ModuleList(_Block(shape.width, d, shape.drop) for d in _DILATIONS)
        self.stop = nn.Conv1d(shape.width, DIFFERENCE.size, 1)
        nn.init.zeros_(self.stop.weight)
        nn.init.zeros_(self.stop.get_parameter("bias"))
        scale = torch.full((DIFFERENCE.size,), _SCALE)
        scale[DIFFERENCE.slices["place"]] *= 0.5
        self.register_buffer("scale", scale)

    def set_spread(self, features: Tensor) -> None:
        """Measure features (N, F) of the training data."""
        self.mean.copy_(features.mean(0))
        self.spread.copy_(features.std(0).clamp_min(0.02))

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, F) to (B, T, D): rotation vectors and metres."""
        x = ((features - self.mean) / self.spread).clamp(-8.0, 8.0)
        x = self.start(x.transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        return self.stop(functional.silu(x)).transpose(1, 2) * self.scale
