"""The lifter's network: dilated residual convolutions along time, from points to joints in space.

Source: Pavllo et al. 2019 (VideoPose3D): convolutions along time with growing dilation. Theirs
gives one frame of a window; this one gives all frames of a sequence of any length at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.training.options import setting
from blender_addon.core.conventions import Floats
from blender_addon.core.video.lifting.features import INPUT_LAYOUT, OUTPUT_LAYOUT

DILATIONS_81: Final = (1, 2, 4, 8, 16, 8, 1)
DILATIONS_27: Final = (1, 2, 4, 2, 2, 1, 1)
"""As many layers that see only 13 frames on each side."""
_LEAST_SPREAD: Final = 0.05


@dataclass(frozen=True)
class LifterShape:
    """Size of the network."""

    width: int = setting(192, "Channels of every layer.", least=8)
    dropout: float = setting(0.0, "Share of channels dropped in training.", least=0, most=0.9)
    dilations: tuple[int, ...] = setting(
        DILATIONS_81, "Of each layer: together as many frames as are seen on each side."
    )


class Lifter(nn.Module):
    """Features of sequences to joints.

    Args:
        mean, spread: (F,) of the features.
        shape: its size.
    """

    def __init__(self, mean: Floats, spread: Floats, shape: LifterShape) -> None:
        super().__init__()
        self.shape = shape
        spread = np.maximum(np.asarray(spread, np.float32), _LEAST_SPREAD)
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.from_numpy(np.asarray(mean, np.float32)))
        self.register_buffer("spread", torch.from_numpy(spread))
        self.first = nn.Conv1d(INPUT_LAYOUT.size, shape.width, 1)
        self.blocks = nn.ModuleList(_Block(shape, dilation) for dilation in shape.dilations)
        self.last = nn.Conv1d(shape.width, OUTPUT_LAYOUT.size, 1)
        self.straight = nn.Conv1d(INPUT_LAYOUT.size, OUTPUT_LAYOUT.size, 1, bias=False)
        nn.init.normal_(self.last.weight, std=0.1 / shape.width**0.5)
        nn.init.normal_(self.straight.weight, std=0.01)

    def forward(self, features: Tensor) -> Tensor:
        """Features (B, T, F) to joints (B, T, 42), metres from the hips, as seen straight on."""
        seen = ((features - self.mean) / self.spread).transpose(1, 2)
        hidden = self.first(seen)  # (B, C, T)
        for block in self.blocks:
            hidden = block(hidden)
        answer = self.last(hidden) + self.straight(seen)
        return answer.transpose(1, 2).float()


class _Block(nn.Module):
    def __init__(self, shape: LifterShape, dilation: int) -> None:
        super().__init__()
        width = shape.width
        self.dilation = dilation
        self.look = nn.Conv1d(width, width, 3, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.scale = nn.Parameter(torch.ones(1, width, 1))
        self.drop = nn.Dropout1d(shape.dropout)
        nn.init.normal_(self.mix.weight, std=0.5 / width**0.5)
        if self.mix.bias is not None:
            nn.init.zeros_(self.mix.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, C, T); beyond its ends a sequence stays as it is there."""
        level = hidden * torch.rsqrt(hidden.square().mean(1, keepdim=True) + 1e-4)
        padded = functional.pad(level * self.scale, (self.dilation, self.dilation), "replicate")
        return hidden + self.mix(self.drop(functional.silu(self.look(padded))))


def reach(shape: LifterShape) -> int:
    """Frames that are seen on each side of one."""
    return sum(shape.dilations)


__all__ = ["DILATIONS_27", "DILATIONS_81", "Lifter", "LifterShape", "reach"]
