"""Proximal policy optimisation, its step steered by how far the policy moved.

Source: Schulman et al. 2017, Proximal Policy Optimization Algorithms, arXiv:1707.06347; the step by
the Kullback-Leibler divergence as in section 4 there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting

from .environment import Outcome, Practice
from .network import PolicyNetwork


@dataclass(frozen=True)
class PpoSettings:
    """How the policy learns of what it tried."""

    horizon: int = setting(32, "Control steps between two updates.", least=1)
    epochs: int = setting(3, "Times that each sample is looked at.", least=1)
    batches: int = setting(4, "Parts of what was tried, a step each.", least=1)
    discount: float = setting(0.97, "Of rewards a control step later.", least=0, most=1)
    advantage: float = setting(0.95, "Lambda of the advantages.", least=0, most=1)
    clip_ratio: float = setting(0.2, "Greatest change of an action's likelihood.", least=0)
    divergence: float = setting(0.008, "Desired of an update, in nats.", least=0)
    entropy: float = setting(0.0, "Reward of spread.", least=0)
    values_first: int = setting(
        8, "Updates in which only values are learned: advantages are noise until then.", least=0
    )


@dataclass(frozen=True, eq=False)
class Tried:
    """What was tried in T control steps by B figures, flat: N = T B.

    Args:
        observations: (N, F).
        actions: (N, A).
        means: (N, A) of the policy then.
        likelihoods: (N,) logarithms.
        values: (N,).
        advantages: (N,).
        reward: mean.
    """

    observations: Tensor
    actions: Tensor
    means: Tensor
    likelihoods: Tensor
    values: Tensor
    advantages: Tensor
    reward: float


class StepSize:
    """Factor on the learning rate, by how far updates moved the policy."""

    def __init__(self) -> None:
        self.factor = 1.0

    def steer(self, divergence: float, desired: float) -> None:
        """Smaller after too large an update, larger after too small a one."""
        if divergence > 2.0 * desired:
            self.factor = max(self.factor / 1.5, 0.02)
        elif divergence < 0.5 * desired:
            self.factor = min(self.factor * 1.5, 5.0)

    def state_dict(self) -> dict[str, Any]:
        """See backend.training.run.Stateful."""
        return {"factor": self.factor}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See backend.training.run.Stateful."""
        self.factor = state["factor"]


@torch.no_grad()
def try_out(network: PolicyNetwork, practice: Practice, settings: PpoSettings) -> Tried:
    """Let all figures act for some control steps."""
    kept: list[list[Tensor]] = []
    spread, seen_spread = network.spread(), network.normalise.spread().numpy()
    outcomes: list[Outcome] = []
    for _ in range(settings.horizon):
        told = torch.from_numpy(practice.seen + practice.noise(seen_spread))
        means, values = network(told)
        actions = means + spread * torch.randn_like(means)
        outcomes.append(practice.step(network.residuals(actions).double().numpy()))
        kept.append([told, actions, means, log_likelihood(actions, means, spread), values])
    stacked = [torch.stack(each) for each in zip(*kept, strict=True)]
    values = np.concatenate(
        (stacked[4].numpy(), network.value(torch.from_numpy(practice.seen)).numpy()[None])
    )
    going_on = [_going_on(network, *each) for each in zip(outcomes, values[1:], strict=True)]
    rewards = np.stack([each.rewards for each in outcomes])
    ended = np.stack([each.ended for each in outcomes])
    advantages = _advantages(rewards, np.stack(going_on), ended, values[:-1], settings)
    seen, acted, mean, likely, valued = (each.flatten(0, 1) for each in stacked)
    return Tried(seen, acted, mean, likely, valued, advantages.flatten(), float(rewards.mean()))


def _going_on(network: PolicyNetwork, outcome: Outcome, values: np.ndarray) -> np.ndarray:
    """(B,) values of what came after a step: nothing after a fall."""
    out = np.where(outcome.ended, 0.0, values)
    rows = np.flatnonzero(outcome.ended & ~outcome.fell)
    if len(rows):
        out[rows] = network.value(torch.from_numpy(outcome.last[rows])).numpy()
    return out


def _advantages(
    rewards: np.ndarray, going_on: np.ndarray, ended: np.ndarray, values: np.ndarray,
    settings: PpoSettings,
) -> Tensor:  # fmt: skip
    """(T, B) generalised advantages; ``going_on`` are the values of what came after each step."""
    differences = rewards + settings.discount * going_on - values
    out = np.zeros_like(differences)
    after = np.zeros(rewards.shape[1])
    for step in reversed(range(len(rewards))):
        after = np.where(ended[step], 0.0, after)
        after = differences[step] + settings.discount * settings.advantage * after
        out[step] = after
    return torch.from_numpy(out).float()


def learn(
    network: PolicyNetwork, tried: Tried, settings: PpoSettings, step: Callable[[Tensor], None],
    update: int,
) -> dict[str, float]:  # fmt: skip
    """Some epochs over what was tried; stops where the policy has moved far enough.

    Args:
        network: learns.
        tried: all of it.
        settings: how.
        step: goes down a loss.
        update: how often it has learned, this one counted.
    """
    acts = float(update > settings.values_first)
    returns = tried.advantages + tried.values
    advantages = (tried.advantages - tried.advantages.mean()) / (tried.advantages.std() + 1e-6)
    before = network.spread().detach().clone()
    told: list[tuple[float, float, float]] = []
    for _ in range(settings.epochs):
        order = torch.randperm(len(returns))
        for rows in order.chunk(settings.batches):
            means, values = network(tried.observations[rows])
            spread = network.spread()
            ratio = torch.exp(
                log_likelihood(tried.actions[rows], means, spread) - tried.likelihoods[rows]
            )
            limited = ratio.clamp(1.0 - settings.clip_ratio, 1.0 + settings.clip_ratio)
            gained = torch.minimum(ratio * advantages[rows], limited * advantages[rows]).mean()
            value_loss = 0.5 * ((values - returns[rows]) ** 2).mean()
            entropy = torch.log(spread).sum()
            step(0.5 * value_loss - acts * (gained + settings.entropy * entropy))
            with torch.no_grad():
                moved = _divergence(tried.means[rows], before, means, spread)
            told.append((float(moved), float(value_loss.detach()), float(gained.detach())))
        if told[-1][0] > 2.0 * settings.divergence:
            break
    error = float(((returns - tried.values) ** 2).mean() / (returns.var() + 1e-6))
    return {
        "divergence": told[-1][0], "value_loss": told[-1][1], "gained": told[-1][2],
        "unexplained": error, "spread": float(network.spread().detach().mean()),
    }  # fmt: skip


def log_likelihood(actions: Tensor, means: Tensor, spread: Tensor) -> Tensor:
    """(N,) of actions (N, A) under normal distributions; but for a constant."""
    return -(0.5 * ((actions - means) / spread) ** 2 + torch.log(spread)).sum(-1)


def _divergence(old: Tensor, old_spread: Tensor, new: Tensor, new_spread: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence of the new policy from the old one."""
    ratio = (old_spread / new_spread) ** 2
    moved = ((old - new) / new_spread) ** 2
    return 0.5 * (ratio + moved - 1.0 - torch.log(ratio)).sum(-1).mean()
