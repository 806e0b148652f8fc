"""The phase-functioned network in the form that runs fastest.

Three rewritings, none of which changes a result beyond rounding:
a layer is ONE product with its four control points side by side, then blended by the spline's
four coefficients; the normalisation is folded into the first and last layer's weights; the four
coefficients come from one kernel evaluated at the distance to each control point.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from backend.export.wide_product import WideProductLinear, fold_input, fold_output

from .network import CONTROL_POINTS, PhaseFunctionedLinear, PhaseFunctionedNetwork


class CatmullRomKernel(nn.Module):
    """Weights of the control points as a function of their distance to the phase.

    Source: eq. 7 of Holden et al. 2017, rewritten by distance d as in Keys 1981, eq. 15, with
    a = -1/2: 3/2 d³ − 5/2 d² + 1 up to 1, −1/2 d³ + 5/2 d² − 4 d + 2 from 1 to 2.
    """

    points: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Shifted by half the cycle, so that the distance below falls in [−2, 2).
        self.register_buffer("points", torch.arange(CONTROL_POINTS) - CONTROL_POINTS / 2.0)

    def forward(self, phase: Tensor) -> Tensor:
        """(B,) radians to (B, 4)."""
        # In cycles, so that one floor brings the distance into a single cycle.
        turn = phase.unsqueeze(-1) * (1.0 / (2.0 * math.pi)) - self.points / CONTROL_POINTS
        d = torch.abs((turn - torch.floor(turn)) * CONTROL_POINTS - CONTROL_POINTS / 2.0)
        near = (1.5 * d - 2.5) * d * d + 1.0
        far = ((2.5 - 0.5 * d) * d - 4.0) * d + 2.0
        return torch.where(d < 1.0, near, far)


class WideProductNetwork(nn.Module):
    """A trained network, rewritten for export; same inputs and outputs.

    Args:
        network: the trained network; it is copied, not changed.
    """

    def __init__(self, network: PhaseFunctionedNetwork) -> None:
        super().__init__()
        self.phase_functioned = network.phase_functioned
        self.kernel = CatmullRomKernel()
        first, second, third = (control_points(layer) for layer in network.layers)
        first = fold_input(*first, network.input_mean, network.input_scale)
        third = fold_output(*third, network.output_mean, network.output_scale)
        self.first = WideProductLinear(*first)
        self.second = WideProductLinear(*second)
        self.third = WideProductLinear(*third)
        self.eval()

    def forward(self, features: Tensor, phase: Tensor) -> Tensor:
        """(B, F) features and (B,) radians to (B, O), in physical units."""
        phase = phase if self.phase_functioned else phase * 0.0
        coefficients = self.kernel(phase).unsqueeze(1)
        h = nn.functional.elu(self.first(features, coefficients))
        h = nn.functional.elu(self.second(h, coefficients))
        return cast(Tensor, self.third(h, coefficients))


def control_points(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Weights (4, outputs, inputs) and biases (4, outputs) of a layer, detached copies."""
    layer = cast(PhaseFunctionedLinear, layer)
    weights = layer.control_weights.detach().clone()
    biases = layer.control_biases.detach().clone()
    return (
        weights.reshape(CONTROL_POINTS, layer.outputs, -1),
        biases.reshape(CONTROL_POINTS, layer.outputs),
    )
