"""The network that chooses a footstep: two maps and a few numbers in, a score a candidate out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.physics.footsteps.candidates import CANDIDATES
from blender_addon.core.physics.footsteps.features import STEP_LAYOUT


class FootstepScorer(nn.Module):
    """Three convolutions halve the maps to 4 × 4, two layers score the candidates.

    Args:
        channels: of the last convolutions.
        hidden: units.
    """

    def __init__(self, channels: int = 32, hidden: int = 192) -> None:
        super().__init__()
        half = channels // 2
        self.see = nn.Sequential(
            nn.Conv2d(2, half, 5, stride=2, padding=2), nn.ELU(),
            nn.Conv2d(half, channels, 3, stride=2, padding=1), nn.ELU(),
            nn.Conv2d(channels, channels, 3, stride=2, padding=1), nn.ELU(),
            nn.Flatten(),
        )  # fmt: skip
        self.score = nn.Sequential(
            nn.Linear(16 * channels + STEP_LAYOUT.size, hidden), nn.ELU(),
            nn.Linear(hidden, len(CANDIDATES)),
        )  # fmt: skip

    def forward(self, maps: Tensor, step: Tensor) -> Tensor:
        """Maps (B, 2, 32, 32) and steps (B, 10) to scores (B, 125)."""
        return self.score(torch.cat((self.see(maps), step), dim=1))
