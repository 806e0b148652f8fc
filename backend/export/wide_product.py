"""A layer whose weights are a blend of several, in the form that runs fastest.

Blending the weights of each row of a batch first is many times slower than ONE product with all of
them side by side whose results are blended: y = Σₖ ωₖ (h · [W₁ … W_K])ₖ, which is the same sum. And
a normalisation before or after a network is part of its first and last layer's weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WideProductLinear(nn.Module):
    """One layer: a product with all K weights at once, then a blend.

    Args:
        weights: (K, outputs, inputs) of those that are blended.
        biases: (K, outputs).
    """

    def __init__(self, weights: Tensor, biases: Tensor) -> None:
        super().__init__()
        self.blended, self.outputs = weights.shape[:2]
        self.weights = nn.Parameter(weights.flatten(0, 1).T.contiguous())  # inputs, K · outputs
        self.biases = nn.Parameter(biases.flatten())

    def forward(self, x: Tensor, coefficients: Tensor) -> Tensor:
        """(B, inputs) and (B, 1, K) to (B, outputs)."""
        rows = torch.addmm(self.biases, x, self.weights).reshape(-1, self.blended, self.outputs)
        return torch.matmul(coefficients, rows).squeeze(1)


def fold_input(
    weights: Tensor, biases: Tensor, mean: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor]:
    """W((x − mean) · scale) + b = (W · scale) x + (b − (W · scale) mean), in double precision.

    Args:
        weights: (…, outputs, inputs).
        biases: (…, outputs).
        mean, scale: (inputs,).
    """
    scaled = weights.double() * scale.double()
    return scaled.float(), (biases.double() - scaled @ mean.double()).float()


def fold_output(
    weights: Tensor, biases: Tensor, mean: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor]:
    """Scale · y + mean folded in; a blend whose coefficients add up to one keeps the mean.

    Args:
        weights: (…, outputs, inputs).
        biases: (…, outputs).
        mean, scale: (outputs,).
    """
    scale, mean = scale.double(), mean.double()
    return (weights.double() * scale[:, None]).float(), (biases.double() * scale + mean).float()
