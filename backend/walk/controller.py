"""The locomotion network with what tells it whose walk it is."""

from __future__ import annotations

from collections.abc import Sequence

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
        self.encoder = StyleEncoder() if encodes else None

    def forward(self, features: Tensor, phase: Tensor) -> Tensor:
        """(B, F) with the style vector inside and (B,) to (B, O), in physical units."""
        result: Tensor = self.network(features, phase)
        return result

    def styles(self, strides: Tensor, others: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Style vectors (B, S), and how much they tell of the strides, in nats.

        The stride's code is drawn in training, and the mean of what it may be in evaluation.

        Args:
            strides: (B, K, 3J + 3) that are made.
            others: more of (B, K, 3J + 3), of the same persons.
        """
        if self.encoder is None:
            blank = strides.new_zeros((len(strides), STYLE_DIMENSIONS))
            return blank, strides.new_zeros(())
        persons = torch.stack([self.encoder.encode_persons(each) for each in others]).mean(dim=0)
        mean, log_variance = self.encoder.encode_strides(strides)
        code = draw(mean, log_variance) if self.training else mean
        return torch.cat((persons, code), dim=-1), surprise(mean, log_variance)

    def step(self, inputs: Tensor, style: Tensor, phase: Tensor) -> Tensor:
        """Standardised inputs (B, F − S), styles (B, S) and phase (B,) to outputs (B, O)."""
        features = torch.cat((inputs, style), dim=-1)
        result: Tensor = self.network.forward_normalised(features, phase)
        return result
