"""From captured motion to numbers that say who walks, and how this stride differs from others.

A network that has to walk like 60 people at once, and is told nothing of who walks, walks like
their mean: it lifts no foot and moves no spine. So it is told, by two encoders that are trained
with it. One sees other strides of the same person, never the one that is being learned, so that it
can say nothing but whose they are: the *person's code*. The other sees the stride itself, and is
so narrow and noisy that it keeps what neither person nor trajectory tell: the *stride's code*.
Their codes are the style input. Only tables of codes are shipped; the encoders stay here.

Source: the stride's bottleneck is that of a conditional variational autoencoder (Kingma and Welling
2014; Sohn et al. 2015), ``mean`` μ and ``log_variance`` log σ² of q(z | stride); the person's is
the mean over a set, as of neural processes (Garnelo et al. 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.walk.features import STYLE_DIMENSIONS

from .strides import STRIDE_PHASES, STRIDE_SIZE

_DEEPEST = -6.0
_HIGHEST = 1.0


STRIDE_DIMENSIONS = 4
PERSON_DIMENSIONS = STYLE_DIMENSIONS - STRIDE_DIMENSIONS


def _layers(outputs: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(1),
        nn.Linear(STRIDE_PHASES * STRIDE_SIZE, hidden),
        nn.ELU(),
        nn.Linear(hidden, hidden),
        nn.ELU(),
        nn.Linear(hidden, outputs),
    )


class StyleEncoder(nn.Module):
    """Strides to style vectors: S numbers, the person's code first.

    Args:
        hidden: width of the hidden layers.
    """

    def __init__(self, hidden: int = 192) -> None:
        super().__init__()
        self.person = _layers(PERSON_DIMENSIONS, hidden)
        self.stride = _layers(2 * STRIDE_DIMENSIONS, hidden)

    def encode_persons(self, strides: Tensor) -> Tensor:
        """Strides (B, K, 3J + 3), standardised, to codes (B, P) of who makes them."""
        codes: Tensor = self.person(strides)
        return codes

    def encode_strides(self, strides: Tensor) -> tuple[Tensor, Tensor]:
        """Strides (B, K, 3J + 3), standardised, to mean and log variance (B, S − P)."""
        mean, log_variance = self.stride(strides).chunk(2, dim=-1)
        return mean, log_variance.clamp(_DEEPEST, _HIGHEST)


def draw(mean: Tensor, log_variance: Tensor) -> Tensor:
    """(B, S) a style vector of each distribution, by the reparameterisation trick."""
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)


def surprise(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the unit normal, mean over a batch, nats."""
    each = mean.square() + log_variance.exp() - 1.0 - log_variance
    return 0.5 * each.sum(dim=-1).mean()
