"""The locomotion network with its table of styles."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT, STYLE_DIMENSIONS

from .network import PhaseFunctionedNetwork


class LocomotionController(nn.Module):
    """A phase-functioned network, and one learned vector for each captured style of walking.

    Args:
        styles: how many captured walks there are.
        hidden, keep, phase_functioned: see PhaseFunctionedNetwork.
    """

    def __init__(
        self, styles: int, hidden: int = 512, keep: float = 0.7, phase_functioned: bool = True
    ) -> None:
        super().__init__()
        self.network = PhaseFunctionedNetwork(
            INPUT_LAYOUT.size, OUTPUT_LAYOUT.size, hidden, keep, phase_functioned
        )
        self.styles = nn.Embedding(styles, STYLE_DIMENSIONS)
        nn.init.normal_(self.styles.weight, std=0.3)

    def forward(self, features: Tensor, phase: Tensor) -> Tensor:
        """(B, F) with the style vector inside and (B,) to (B, O), in physical units."""
        result: Tensor = self.network(features, phase)
        return result

    def step(self, inputs: Tensor, style: Tensor, phase: Tensor) -> Tensor:
        """One training step: standardised inputs (B, F − S) and style index (B,) to outputs (B, O).

        A negative index stands for a style never seen, and gets the mean of those that were.
        """
        known = self.styles(style.clamp_min(0))
        vector = torch.where((style < 0)[:, None], self.styles.weight.mean(0), known)
        features = torch.cat((inputs, vector), dim=-1)
        result: Tensor = self.network.forward_normalised(features, phase)
        return result
