"""The mode-adaptive neural network.

Source: Zhang, Starke, Komura, Saito 2018, ACM TOG 37(4):145, section 5. Our names to its symbols:
``expert_weights`` α, ``blend`` ω, network Φ eq. 1, gating network Ω eq. 2. Where we differ: a layer
multiplies by its K experts side by side and blends the K results, which equals blending the weights
first; the body's numbers go to both networks; contacts and rotations leave, and do not come in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from blender_addon.core.quadruped.features import GATING_COLUMNS, INPUT_LAYOUT, OUTPUT_LAYOUT
from blender_addon.core.quadruped.skeleton import JOINTS

_GATING_HIDDEN = 32
CONTACTS = OUTPUT_LAYOUT.slices["contacts"]
"""The last outputs: logits within the network, probabilities outside."""


@dataclass(frozen=True)
class Shape:
    """What a network is built of.

    Args:
        hidden: width of both hidden layers.
        experts: K, how many sets of weights are blended; 1 is a plain network without a gate.
        keep: probability with which dropout keeps a unit.
    """

    hidden: int = 256
    experts: int = 4
    keep: float = 1.0


class ExpertLinear(nn.Module):
    """A linear layer whose weights are a blend of K experts'."""

    def __init__(self, inputs: int, outputs: int, experts: int) -> None:
        super().__init__()
        bound = math.sqrt(6.0 / (inputs + outputs))
        self.experts, self.outputs = experts, outputs
        self.expert_weights = nn.Parameter(
            torch.empty(experts * outputs, inputs).uniform_(-bound, bound)
        )
        self.expert_biases = nn.Parameter(torch.zeros(experts * outputs))

    def forward(self, x: Tensor, blend: Tensor) -> Tensor:
        """(B, inputs) and (B, 1, K) to (B, outputs)."""
        wide = nn.functional.linear(x, self.expert_weights, self.expert_biases)
        return torch.matmul(blend, wide.reshape(-1, self.experts, self.outputs)).squeeze(1)


class ModeAdaptiveNetwork(nn.Module):
    """Three layers of blended experts with ELU between; normalisation is inside.

    Args:
        shape: see there.

    The mean rest offsets of the bodies it learns from (27, 3) are kept beside its weights.
    """

    input_mean: Tensor
    input_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor
    gating_columns: Tensor
    rest_offsets: Tensor

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        inputs, outputs = INPUT_LAYOUT.size, OUTPUT_LAYOUT.size
        widths = (inputs, shape.hidden, shape.hidden, outputs)
        self.shape = shape
        self.layers = nn.ModuleList(ExpertLinear(a, b, shape.experts) for a, b in pairwise(widths))
        self.gate = nn.Sequential(
            nn.Linear(len(GATING_COLUMNS), _GATING_HIDDEN), nn.ELU(),
            nn.Linear(_GATING_HIDDEN, _GATING_HIDDEN), nn.ELU(),
            nn.Linear(_GATING_HIDDEN, shape.experts),
        )  # fmt: skip
        self.dropout = nn.Dropout(1.0 - shape.keep)
        self.register_buffer("gating_columns", torch.from_numpy(GATING_COLUMNS), persistent=False)
        self.register_buffer("rest_offsets", torch.zeros(len(JOINTS), 3))
        for name, size in (("input", inputs), ("output", outputs)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))

    def forward(self, features: Tensor) -> Tensor:
        """One step.

        Args:
            features: (B, F) in physical units, laid out as the contract says.

        Returns:
            (B, O) in physical units; contacts are probabilities.
        """
        return self.physical(self.forward_normalised(self.normalise(features)))

    def normalise(self, features: Tensor) -> Tensor:
        """(…, F) physical units to standardised ones."""
        return (features - self.input_mean) * self.input_scale

    def physical(self, outputs: Tensor) -> Tensor:
        """(…, O) standardised outputs to physical units, contacts to probabilities."""
        moved = outputs * self.output_scale + self.output_mean
        return torch.cat((moved[..., : CONTACTS.start], moved[..., CONTACTS].sigmoid()), dim=-1)

    def blend(self, x: Tensor) -> Tensor:
        """(B, 1, K) how much each expert counts for standardised features (B, F)."""
        return self.gate(x[:, self.gating_columns]).softmax(dim=-1).unsqueeze(1)

    def forward_normalised(self, x: Tensor) -> Tensor:
        """(B, F) standardised features to (B, O) standardised outputs, contacts as logits."""
        blend = self.blend(x)
        first, second, third = self.layers
        h = nn.functional.elu(first(self.dropout(x), blend))
        h = nn.functional.elu(second(self.dropout(h), blend))
        result: Tensor = third(self.dropout(h), blend)
        return result
