"""The policy begins by doing as plans do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting

from .network import PolicyNetwork
from .teacher import Lessons

_HELD_OUT: Final = 0.1
_PATIENCE: Final = 6

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImitationSettings:
    """How plans are imitated."""

    epochs: int = setting(60, "Over what plans taught, at most.", least=0)
    rate: float = setting(1e-3, "Learning rate.", least=0)
    decay: float = setting(0.03, "Of the weights.", least=0)
    noise: float = setting(0.1, "Of observations, by what they are spread.", least=0)


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
    best, kept, stale = float("inf"), network.actor.state_dict(), 0
    for _ in range(settings.epochs):
        _epoch(network, *learned, optimiser, settings)
        error = _unexplained(network, *held_out)
        if error < best:
            best, stale = error, 0
            kept = {name: value.clone() for name, value in network.actor.state_dict().items()}
        else:
            stale += 1
        if stale >= _PATIENCE:
            break
    network.actor.load_state_dict(kept)
    _log.info("imitated %d plans: %.3f of what they did is not foretold", cut, best)
    return best


def _epoch(
    network: PolicyNetwork, observations: Tensor, targets: Tensor,
    optimiser: torch.optim.Optimizer, settings: ImitationSettings,
) -> None:  # fmt: skip
    spread = network.normalise.spread()
    for rows in torch.randperm(len(observations)).split(256):
        seen = observations[rows]
        seen = seen + settings.noise * spread * torch.randn_like(seen)
        loss = ((network.act(seen) - targets[rows]) ** 2).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


@torch.no_grad()
def _unexplained(network: PolicyNetwork, observations: Tensor, targets: Tensor) -> float:
    error = ((network.act(observations) - targets) ** 2).mean()
    return float(error / (targets**2).mean().clamp(min=1e-9))


def _actions(network: PolicyNetwork, residuals: Tensor) -> Tensor:
    """(N, 30) radians as actions (N, A), within what an action is."""
    return (residuals @ torch.linalg.pinv(network.reach)).clamp(-2.0, 2.0)
