"""The phase-functioned neural network.

Source: Holden, Komura, Saito 2017, ACM TOG 36(4):42, sections 6 and 7. Our names to its symbols:
``phase`` p, ``control_weights`` α, ``spline_coefficients`` the bracket of eq. 7, network Φ eq. 8.
Where we differ: a layer multiplies by its four control points side by side and blends the four
results, which equals blending the weights first and is many times faster in a batch where every
character has a phase of its own; rotations leave as two matrix columns instead of an exponential
map; a style vector is one more input.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

CONTROL_POINTS = 4


def spline_coefficients(phase: Tensor) -> Tensor:
    """Weights of the four control points of a cyclic cubic Catmull-Rom spline (eq. 7).

    Args:
        phase: (B,) radians, any value; cyclic in 2π.

    Returns:
        (B, 4), column n the weight of control point n; rows sum to one.
    """
    position = phase * (CONTROL_POINTS / (2.0 * math.pi))
    w = position - torch.floor(position)
    # Weights of the points before, at, after and two after the phase.
    around = torch.stack(
        (
            w * (-0.5 + w * (1.0 - 0.5 * w)),
            1.0 + w * w * (-2.5 + 1.5 * w),
            w * (0.5 + w * (2.0 - 1.5 * w)),
            w * w * (-0.5 + 0.5 * w),
        ),
        dim=-1,
    )
    # Point n carries the weight that lies (n − first) places into `around`, cyclically. A
    # comparison instead of a gather keeps the exported graph to plain arithmetic.
    first = torch.remainder(torch.floor(position), CONTROL_POINTS).unsqueeze(-1)
    points = torch.arange(CONTROL_POINTS, device=phase.device, dtype=phase.dtype)
    place = torch.remainder(points - first + 1.0, CONTROL_POINTS)
    return sum((place == n).to(phase.dtype) * around[:, n : n + 1] for n in range(CONTROL_POINTS))


class PhaseFunctionedLinear(nn.Module):
    """A linear layer whose weights are a cyclic function of the phase."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = math.sqrt(6.0 / (inputs + outputs))
        self.outputs = outputs
        self.control_weights = nn.Parameter(
            torch.empty(CONTROL_POINTS * outputs, inputs).uniform_(-bound, bound)
        )
        self.control_biases = nn.Parameter(torch.zeros(CONTROL_POINTS * outputs))

    def forward(self, x: Tensor, coefficients: Tensor) -> Tensor:
        """(B, inputs) and (B, 4) to (B, outputs)."""
        wide = nn.functional.linear(x, self.control_weights, self.control_biases)
        rows = wide.reshape(-1, CONTROL_POINTS, self.outputs)  # B, 4, outputs
        return (rows * coefficients.unsqueeze(-1)).sum(dim=1)


class PhaseFunctionedNetwork(nn.Module):
    """Three phase-functioned layers with ELU between; normalisation is inside.

    Args:
        inputs: number of input features F.
        outputs: number of output features O.
        hidden: width of both hidden layers.
        keep: probability with which dropout keeps a unit.
        phase_functioned: False fixes the phase to zero (the ablation without phase).
    """

    input_mean: Tensor
    input_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        hidden: int = 512,
        keep: float = 0.7,
        phase_functioned: bool = True,
    ) -> None:
        super().__init__()
        self.phase_functioned = phase_functioned
        self.layers = nn.ModuleList(
            (
                PhaseFunctionedLinear(inputs, hidden),
                PhaseFunctionedLinear(hidden, hidden),
                PhaseFunctionedLinear(hidden, outputs),
            )
        )
        self.dropout = nn.Dropout(1.0 - keep)
        self.register_buffer("input_mean", torch.zeros(inputs))
        self.register_buffer("input_scale", torch.ones(inputs))
        self.register_buffer("output_mean", torch.zeros(outputs))
        self.register_buffer("output_scale", torch.ones(outputs))

    def forward(self, features: Tensor, phase: Tensor) -> Tensor:
        """One step of the controller.

        Args:
            features: (B, F) in physical units, laid out as the contract says.
            phase: (B,) radians.

        Returns:
            (B, O) in physical units.
        """
        normalised = (features - self.input_mean) * self.input_scale
        return self.forward_normalised(normalised, phase) * self.output_scale + self.output_mean

    def forward_normalised(self, x: Tensor, phase: Tensor) -> Tensor:
        """(B, F) standardised features to (B, O) standardised outputs."""
        coefficients = spline_coefficients(phase if self.phase_functioned else phase * 0.0)
        first, second, third = self.layers
        h = nn.functional.elu(first(self.dropout(x), coefficients))
        h = nn.functional.elu(second(self.dropout(h), coefficients))
        result: Tensor = third(self.dropout(h), coefficients)
        return result

    def weight_magnitude(self) -> Tensor:
        """Mean |α|, the sparsity term of the loss (section 6.3)."""
        weights = [layer.control_weights for layer in self.layers]
        return sum(w.abs().sum() for w in weights) / sum(w.numel() for w in weights)
