"""From a window of captured motion to the style it is walked in.

A network that has to walk like 60 people at once, and is told nothing of who walks, walks like
their mean: it lifts no foot and moves no spine. So it is told. The encoder sees the stride around
a frame and gives a few numbers; the walking network gets them as its style input, and both are
trained together. Being few and noisy, they hold what the trajectory does not say: who walks, and
how this stride differs from the last. Only their table is shipped; the encoder stays here.

Source: the bottleneck is that of a conditional variational autoencoder (Kingma and Welling 2014;
Sohn et al. 2015), ``mean`` μ and ``log_variance`` log σ² of q(z | stride).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .strides import STRIDE_PHASES, STRIDE_SIZE

_DEEPEST = -6.0
_HIGHEST = 1.0


class StyleEncoder(nn.Module):
    """Strides to distributions of style vectors.

    Args:
        dimensions: S, numbers of a style vector.
        hidden: width of its two hidden layers.
    """

    def __init__(self, dimensions: int, hidden: int = 192) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.layers = nn.Sequential(
            nn.Linear(STRIDE_PHASES * STRIDE_SIZE, hidden),
            nn.ELU(),
            nn.Linear(hidden, hidden),
            nn.ELU(),
            nn.Linear(hidden, 2 * dimensions),
        )

    def forward(self, strides: Tensor) -> tuple[Tensor, Tensor]:
        """Strides (B, K, 3J + 3), standardised, to mean (B, S) and log variance (B, S)."""
        mean, log_variance = self.layers(strides.flatten(1)).chunk(2, dim=-1)
        return mean, log_variance.clamp(_DEEPEST, _HIGHEST)


def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
    """(B, S) a style vector of each distribution, by the reparameterisation trick."""
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)


def surprise(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the unit normal, mean over a batch, nats."""
    each = mean.square() + log_variance.exp() - 1.0 - log_variance
    return 0.5 * each.sum(dim=-1).mean()
