"""The locomotion network with what tells it whose walk it is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT, STYLE_DIMENSIONS

from .network import PhaseFunctionedNetwork
from .styles.encoder import StyleEncoder, draw, surprise


class LocomotionController(nn.Module):
    """A phase-functioned network, and the encoder of styles it is trained with.

    Args:
        hidden, keep, phase_functioned: see PhaseFunctionedNetwork.
        encodes: False gives every walk the same style (the ablation without an encoder: the
            network of the paper).
    """

    def __init__(
        self,
        hidden: int = 512,
        keep: float = 0.7,
        phase_functioned: bool = True,
        encodes: bool = True,
    ) -> None:
        super().__init__()
        self.network = PhaseFunctionedNetwork(
            INPUT_LAYOUT.size, OUTPUT_LAYOUT.size, hidden, keep, phase_functioned
        )
        self.encoder = StyleEncoder(STYLE_DIMENSIONS) if encodes else None

    def forward(self, features: Tensor, phase: Tensor) -> Tensor:
        """(B, F) with the style vector inside and (B,) to (B, O), in physical units."""
        result: Tensor = self.network(features, phase)
        return result

    def styles(self, strides: Tensor) -> tuple[Tensor, Tensor]:
        """Style vectors (B, S) of strides (B, K, 3J + 3), and how much they tell, in nats.

        Drawn in training, the mean of what they may be in evaluation.
        """
        if self.encoder is None:
            blank = strides.new_zeros((len(strides), STYLE_DIMENSIONS))
            return blank, strides.new_zeros(())
        mean, log_variance = self.encoder(strides)
        style = draw(mean, log_variance) if self.training else mean
        return style, surprise(mean, log_variance)

    def step(self, inputs: Tensor, style: Tensor, phase: Tensor) -> Tensor:
        """Standardised inputs (B, F − S), styles (B, S) and phase (B,) to outputs (B, O)."""
        features = torch.cat((inputs, style), dim=-1)
        result: Tensor = self.network.forward_normalised(features, phase)
        return result
