"""The quadruped network in the form that runs fastest; no result changes beyond rounding.

A layer is ONE product with its experts side by side, then blended; the normalisation is folded into
the first and last layer's weights; the gating network is told the whole input, with zeros as the
weights of what it does not see, which spares picking its columns.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from backend.export.wide_product import WideProductLinear, fold_input, fold_output

from .network import CONTACTS, ExpertLinear, ModeAdaptiveNetwork


class WideNetwork(nn.Module):
    """A trained network, rewritten for export; same input and output.

    Args:
        network: the trained network; it is copied, not changed.
    """

    def __init__(self, network: ModeAdaptiveNetwork) -> None:
        super().__init__()
        first, second, third = (experts(layer) for layer in network.layers)
        first = fold_input(*first, network.input_mean, network.input_scale)
        third = fold_output(*third, network.output_mean, network.output_scale)
        self.first, self.second, self.third = (
            WideProductLinear(*each) for each in (first, second, third)
        )
        self.gate = _gate(network)
        self.eval()

    def forward(self, features: Tensor) -> Tensor:
        """(B, F) features to (B, O), in physical units."""
        blend = self.gate(features).softmax(dim=-1).unsqueeze(1)
        h = nn.functional.elu(self.first(features, blend))
        h = nn.functional.elu(self.second(h, blend))
        outputs = self.third(h, blend)
        contacts = outputs[:, CONTACTS].sigmoid()
        return torch.cat((outputs[:, : CONTACTS.start], contacts), dim=-1)


def experts(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Weights (K, outputs, inputs) and biases (K, outputs) of a layer, detached copies."""
    layer = cast(ExpertLinear, layer)
    shape = layer.experts, layer.outputs
    weights = layer.expert_weights.detach().clone().reshape(*shape, -1)
    return weights, layer.expert_biases.detach().clone().reshape(*shape)


def _gate(network: ModeAdaptiveNetwork) -> nn.Sequential:
    """The gating network on the whole input, not standardised."""
    own = network.gate
    narrow = cast(nn.Linear, own[0])
    weights = torch.zeros(narrow.out_features, len(network.input_mean))
    weights[:, network.gating_columns] = narrow.weight.detach()
    weights, biases = fold_input(
        weights, narrow.bias.detach(), network.input_mean, network.input_scale
    )
    wide = nn.Linear(weights.shape[1], weights.shape[0])
    with torch.no_grad():
        wide.weight.copy_(weights)
        wide.bias.copy_(biases)
    return nn.Sequential(wide, *list(own)[1:])
