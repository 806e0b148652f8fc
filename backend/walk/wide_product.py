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


class WideProductLinear(nn.Module):
    """One layer: a product with all control points at once, then a blend.

    Args:
        weights: (4, outputs, inputs) of the control points.
        biases: (4, outputs).
    """

    def __init__(self, weights: Tensor, biases: Tensor) -> None:
        super().__init__()
        self.outputs = weights.shape[1]
        self.weights = nn.Parameter(weights.flatten(0, 1).T.contiguous())  # inputs, 4 · outputs
        self.biases = nn.Parameter(biases.flatten())

    def forward(self, x: Tensor, coefficients: Tensor) -> Tensor:
        """(B, inputs) and (B, 1, 4) to (B, outputs)."""
        rows = torch.addmm(self.biases, x, self.weights).reshape(-1, CONTROL_POINTS, self.outputs)
        return torch.matmul(coefficients, rows).squeeze(1)


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
        self.first = WideProductLinear(*_fold_input(network, *first))
        self.second = WideProductLinear(*second)
        self.third = WideProductLinear(*_fold_output(network, *third))
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


def _fold_input(
    network: PhaseFunctionedNetwork, weights: Tensor, biases: Tensor
) -> tuple[Tensor, Tensor]:
    """W((x − mean) · scale) + b = (W · scale) x + (b − (W · scale) mean), in double precision."""
    scaled = weights.double() * network.input_scale.double()
    return scaled.float(), (biases.double() - scaled @ network.input_mean.double()).float()


def _fold_output(
    network: PhaseFunctionedNetwork, weights: Tensor, biases: Tensor
) -> tuple[Tensor, Tensor]:
    """Scale · y + mean folded in; the blend keeps the mean, its coefficients sum to one."""
    scale, mean = network.output_scale.double(), network.output_mean.double()
    return (weights.double() * scale[:, None]).float(), (biases.double() * scale + mean).float()
