"""The policy begins by doing as plans do."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from backend.training.options import setting

from .network import PolicyNetwork
from .teacher import Lessons

_HELD_OUT: Final = 0.05
_BATCH: Final = 256

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImitationSettings:
    """How plans are imitated."""

    epochs: int = setting(20, "Over what plans taught.", least=0)
    rate: float = setting(1e-3, "Learning rate at first; it ends at none, as a cosine.", least=0)
    decay: float = setting(0.01, "Of the weights.", least=0)
    noise: float = setting(0.02, "Of observations, by what they are spread.", least=0)
    outlier: float = setting(
        0.3, "From this error on, in the unit of actions, one counts by its size only.", least=0.01
    )


def imitate(network: PolicyNetwork, lessons: Lessons, settings: ImitationSettings) -> float:
    """Teach the actor what plans did.

    Returns:
        Share of what plans did that is not foretold, on trials held out.
    """
    if not len(lessons.residuals):
        _log.info("no plan has taught anything yet")
        return 1.0
    observations = torch.from_numpy(np.asarray(lessons.observations, np.float32))
    targets = _actions(network, torch.from_numpy(lessons.residuals).float())
    network.learn_normal(observations)
    cut = int(len(observations) * (1.0 - _HELD_OUT))
    learned, held_out = (observations[:cut], targets[:cut]), (observations[cut:], targets[cut:])
    optimiser = torch.optim.AdamW(
        network.actor.parameters(), lr=settings.rate, weight_decay=settings.decay
    )
    steps = max(settings.epochs * math.ceil(cut / _BATCH), 1)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(settings.epochs):
        for rows in torch.randperm(cut).split(_BATCH):
            loss = _loss(network, learned[0][rows], learned[1][rows], settings)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            falling.step()
    error = _unexplained(network, *held_out)
    _log.info("imitated %d plans: %.3f of what they did is not foretold", cut, error)
    return error


def _loss(
    network: PolicyNetwork, observations: Tensor, targets: Tensor, settings: ImitationSettings
) -> Tensor:
    """Plans are noisy, and wild where all is lost: what is far off does not count by its square."""
    noise = settings.noise * network.normalise.spread() * torch.randn_like(observations)
    return nn.functional.huber_loss(
        network.act(observations + noise), targets, delta=settings.outlier
    )


@torch.no_grad()
def _unexplained(network: PolicyNetwork, observations: Tensor, targets: Tensor) -> float:
    error = ((network.act(observations) - targets) ** 2).mean()
    return float(error / (targets**2).mean().clamp(min=1e-9))


def _actions(network: PolicyNetwork, residuals: Tensor) -> Tensor:
    """(N, 30) radians as actions (N, A), within what an action is."""
    return (residuals @ torch.linalg.pinv(network.reach)).clamp(-2.0, 2.0)
