"""The paper's three-term loss, each term brought to size one by its own running size.

Source: Karras et al. 2017, section 4.2 and eq. 1 to 4.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_DECAY = 0.99
_EPSILON = 1e-8


class RunningNormalisation(nn.Module):
    """Divides a term by the root of its mean square so far (section 4.2, as in Adam)."""

    mean_square: Tensor
    weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean_square", torch.zeros(()))
        self.register_buffer("weight", torch.zeros(()))

    def forward(self, term: Tensor) -> Tensor:
        """() to ()."""
        if self.training:
            self.mean_square.lerp_(term.detach().square(), 1.0 - _DECAY)
            self.weight.lerp_(torch.ones(()), 1.0 - _DECAY)
        return term / ((self.mean_square / self.weight.clamp_min(_EPSILON)).sqrt() + _EPSILON)


class SpeechFaceLoss(nn.Module):
    """Position, motion and style terms.

    Args:
        weights: (C,) of the channels.
        motion: factor of the motion term.
        regularisation: factor of the style term.
    """

    weights: Tensor

    def __init__(self, weights: Tensor, motion: float = 1.0, regularisation: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("weights", weights)
        self.motion, self.regularisation = motion, regularisation
        self.normalise = nn.ModuleList(RunningNormalisation() for _ in range(2))

    def forward(
        self, curves: Tensor, desired: Tensor, known: Tensor, knots: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss and its terms before normalisation.

        Args:
            curves, desired: (B, G, C).
            known: (B, C) 1 where the channel counts.
            knots: (B, 2, E) neighbouring style vectors.
        """
        weight = (self.weights * known)[:, None]
        error = curves - desired
        terms = {
            "position": _mean(weight, error),
            "motion": _mean(weight, error[:, 1:] - error[:, :-1]),
        }
        # Relative to the vectors' own size: shrinking them all must not pay (eq. 4).
        change = (knots[:, 1] - knots[:, 0]).square().mean()
        style = change / knots.detach().square().mean().clamp_min(_EPSILON)
        total = self.normalise[0](terms["position"])
        total = total + self.motion * self.normalise[1](terms["motion"])
        return total + self.regularisation * style, terms | {"style": style}


def _mean(weight: Tensor, error: Tensor) -> Tensor:
    """Mean square of (B, G, C) over what counts."""
    return (weight * error.square()).mean(1).sum() / weight.sum()


def channel_weights(deviation: Tensor, floor: float = 0.1) -> Tensor:
    """(C,) weights that let small movements count, but not as much as large ones; mean 1.

    Args:
        deviation: (C,) standard deviation of the curves.
        floor: added to it.
    """
    weights = 1.0 / (deviation + floor)
    return weights / weights.mean()
