"""What the trainings of all networks on vectors share: teachers' shares, the terms of the loss."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from backend.training.options import setting
from backend.training.run import RunConfig

from .batches import TEACHERS


@dataclass(frozen=True)
class TaughtConfig(RunConfig):
    """A run whose segments come from three teachers."""

    grid_share: float = setting(0.45, "Of segments: faces measured from films.", least=0, most=1)
    facegood_share: float = setting(0.2, "Faces animated by hand.", least=0, most=1)
    phones_share: float = setting(0.35, "Synthetic speech with phone times.", least=0, most=1)
    phone_sessions: int = setting(400, "At most so many minutes of synthetic speech.", least=1)
    segments: int = setting(24, "Of a batch.", least=1)
    frames: int = setting(140, "Of a segment, 50 a second.", least=20)
    masking: float = setting(0.1, "Share of the vectors' numbers left out.", least=0, most=1)
    weight_decay: float = setting(0.02, "Of AdamW.", least=0)
    learning_rate: float = 1.5e-3
    warm_up: int = 100
    validate_every: int = 250

    @property
    def shares(self) -> dict[str, float]:
        """By teacher."""
        shares = (self.grid_share, self.facegood_share, self.phones_share)
        return dict(zip(TEACHERS, shares, strict=True))


def loss_terms(made: Tensor, desired: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Weighted mean squares of the error and of its change from frame to frame.

    Args:
        made, desired: (B, T, R).
        weights: (B, T, R) how much each number counts; 0 where nobody knows it.
    """
    error = made - desired
    change, both = error[:, 1:] - error[:, :-1], weights[:, 1:] * weights[:, :-1] > 0
    return {
        "position": (weights * error.square()).mean(),
        "motion": (weights[:, 1:] * both * change.square()).mean(),
    }
