"""The network of the lecture: two layers of LSTM of 256, from a second of sound to a pose."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from backend.training.options import setting

from .feature_sets import WINDOW, columns_of
from .state import LAYOUT


@dataclass(frozen=True)
class LstmShape:
    """Sizes of the network."""

    hidden: int = setting(256, "Cells of a layer.", least=1)
    layers: int = setting(2, "Layers of LSTM.", least=1)
    narrow: int = setting(64, "Numbers that the window is brought down to first.", least=1)


class GestureLstm(nn.Module):
    """Sound to poses; normalisation is inside.

    The window of up to 651 numbers goes through a linear layer without an activation before the
    LSTM: a factor of its input matrix, which makes the file smaller and changes nothing else.

    Args:
        features: name of one of ``SETS``.
        shape: see there.
    """

    def __init__(self, features: str, shape: LstmShape) -> None:
        super().__init__()
        width = len(columns_of(features))
        self.features, self.width, self.shape = features, width, shape
        self.input_mean: Tensor
        self.input_scale: Tensor
        self.output_mean: Tensor
        self.output_scale: Tensor
        self.register_buffer("input_mean", torch.zeros(width))
        self.register_buffer("input_scale", torch.ones(width))
        self.register_buffer("output_mean", torch.zeros(LAYOUT.size))
        self.register_buffer("output_scale", torch.ones(LAYOUT.size))
        self.narrow = nn.Linear(WINDOW * width, shape.narrow)
        self.lstm: nn.Module = nn.LSTM(shape.narrow, shape.hidden, shape.layers, batch_first=True)
        self.out = nn.Linear(shape.hidden, LAYOUT.size)

    def normalise_by(self, rows: Tensor, states: Tensor) -> None:
        """Take mean and scale of what is trained on: (N, F) features and (N, S) states."""
        self.input_mean.copy_(rows.mean(0))
        self.input_scale.copy_(rows.std(0).clamp_min(1e-3))
        self.output_mean.copy_(states.mean(0))
        rotations = LAYOUT.slices["rotations"]
        self.output_scale.copy_(states.std(0).clamp_min(1e-3))
        # One scale for all rotations: a joint that hardly moves is worth hardly anything.
        self.output_scale[rotations] = states[:, rotations].std(0).square().mean().sqrt()

    def forward(self, windows: Tensor) -> Tensor:
        """(B, T, 31·F) windows of features to (B, T, S) states."""
        scaled = windows.unflatten(-1, (WINDOW, self.width))
        scaled = ((scaled - self.input_mean) / self.input_scale).flatten(-2)
        states: Tensor = self.out(self.lstm(self.narrow(scaled))[0])
        return states * self.output_scale + self.output_mean
