"""Speech to gesture: the next pose from the last one and the second of speech around it.

The lecture's LSTM, made autoregressive: motion comes from motion, speech only steers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from backend.gesture.lstm.feature_sets import WINDOW
from backend.gesture.lstm.state import LAYOUT
from backend.training.options import setting

from .takes import FEATURES


@dataclass(frozen=True)
class SpokenShape:
    """Sizes of the network."""

    hidden: int = setting(256, "Cells of a layer.", least=1)
    layers: int = setting(2, "Layers of LSTM.", least=1)
    narrow: int = setting(64, "Numbers that the second of speech is brought down to.", least=1)


class SpokenLstm(nn.Module):
    """Poses step by step; normalisation is inside."""

    def __init__(self, shape: SpokenShape) -> None:
        super().__init__()
        self.shape = shape
        self.state_mean: Tensor
        self.state_scale: Tensor
        self.step_scale: Tensor
        for name, start in (("mean", 0.0), ("scale", 1.0)):
            self.register_buffer(f"state_{name}", torch.full((LAYOUT.size,), start))
        self.register_buffer("step_scale", torch.ones(LAYOUT.size))
        self.narrow = nn.Linear(WINDOW * len(FEATURES), shape.narrow)
        self.lstm = nn.LSTM(
            shape.narrow + LAYOUT.size, shape.hidden, shape.layers, batch_first=True
        )
        self.out = nn.Linear(shape.hidden, LAYOUT.size)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def normalise_by(self, states: Tensor) -> None:
        """Take mean and scales of what is trained on, (N, S) one after the other."""
        self.state_mean.copy_(states.mean(0))
        self.state_scale.copy_(states.std(0).clamp_min(0.01))
        self.step_scale.copy_(torch.diff(states, dim=0).std(0).clamp_min(1e-4))

    def forward(self, windows: Tensor, seed: Tensor, length: int) -> Tensor:
        """Continue poses to the end of the speech.

        Args:
            windows: (B, T, 31·F) the speech around each frame.
            seed: (B, K, S) the first K poses, K < T; what follows is made.
            length: T.

        Returns:
            (B, T − K, S).
        """
        heard = self.narrow(windows)
        kept, pose = None, seed[:, 0]
        made: list[Tensor] = []
        for frame in range(1, length):
            pose_in = (pose - self.state_mean) / self.state_scale
            entry = torch.cat((heard[:, frame], pose_in), dim=-1)[:, None]
            found, kept = self.lstm(entry, kept)
            pose = pose + self.out(found[:, 0]) * self.step_scale
            if frame < seed.shape[1]:
                pose = seed[:, frame]
            else:
                made.append(pose)
        return torch.stack(made, dim=1)
