"""The policy's network: small, the same to the left and to the right by its build."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from backend.training.options import setting
from blender_addon.core.physics.figure import MUSCLE_COUNT, PARTS, without_side
from blender_addon.core.physics.observation import (
    MUSCLE_COLUMNS,
    OBSERVATION,
    mirrored_muscles,
    mirrored_observation,
)

RANGE_RAD = {
    "chest": 0.25, "thigh": 0.25, "shin": 0.25, "foot": 0.25, "upper_arm": 0.12, "toe": 0.1,
}  # fmt: skip
"""Radians that a unit of action adds to a part's target; the others follow the reference alone."""
_SEEN_LIMIT = 6.0


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of the network."""

    hidden: int = setting(256, "Units of the first layer.", least=8)
    second: int = setting(256, "Units of the second layer.", least=8)
    spread: float = setting(0.15, "Of actions at the beginning, in their unit.", least=0.01)


class Normaliser(nn.Module):
    """Observations to mean 0 and spread 1, over all that has been seen."""

    mean: Tensor
    square: Tensor
    count: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("square", torch.ones(size))
        self.register_buffer("count", torch.tensor(1e-2, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """(B, F) to (B, F)."""
        return ((x - self.mean) / self.spread()).clamp(-_SEEN_LIMIT, _SEEN_LIMIT)

    def spread(self) -> Tensor:
        """(F,) of what has been seen."""
        return torch.sqrt((self.square - self.mean**2).clamp(min=1e-4))

    @torch.no_grad()
    def learn(self, x: Tensor) -> None:
        """Take (B, F) into account."""
        self.count += len(x)
        share = float(len(x) / self.count)
        self.mean += share * (x.mean(0) - self.mean)
        self.square += share * ((x**2).mean(0) - self.square)


class PolicyNetwork(nn.Module):
    """Actor and critic.

    Where an observation is mirrored, so is the action.

    Args:
        shape: sizes.
    """

    order: Tensor
    signs: Tensor
    action_order: Tensor
    action_signs: Tensor
    reach: Tensor

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.normalise = Normaliser(OBSERVATION.size)
        moved = [n for n, part in enumerate(PARTS) if without_side(part.name) in RANGE_RAD]
        columns = np.concatenate(
            [np.arange(MUSCLE_COUNT)[MUSCLE_COLUMNS[PARTS[n].name]] for n in moved]
        )
        self._mirrors(columns)
        self.actor = _layers(OBSERVATION.size, shape, len(columns), 0.01)
        self.critic = _layers(OBSERVATION.size, shape, 1, 1.0)
        self.log_spread = nn.Parameter(torch.full((len(columns),), math.log(shape.spread)))

    @property
    def actions(self) -> int:
        """A, how many numbers an action has."""
        return len(self.action_order)

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """(B, F) to mean actions (B, A) and values (B,)."""
        return self.act(observations), self.value(observations)

    def act(self, observations: Tensor) -> Tensor:
        """(B, F) to mean actions (B, A)."""
        in_mirror = observations[:, self.order] * self.signs
        ahead = self.actor(self.normalise(observations))
        mirrored = self.actor(self.normalise(in_mirror))
        return 0.5 * (ahead + mirrored[:, self.action_order] * self.action_signs)

    def value(self, observations: Tensor) -> Tensor:
        """(B, F) to (B,) what rewards are to come; not quite the same in the mirror."""
        return self.critic(self.normalise(observations))[:, 0]

    def spread(self) -> Tensor:
        """(A,) standard deviation of actions, alike for both sides."""
        return torch.exp(0.5 * (self.log_spread + self.log_spread[self.action_order]))

    def residuals(self, actions: Tensor) -> Tensor:
        """(B, A) actions to (B, 30) radians."""
        return actions @ self.reach

    @torch.no_grad()
    def learn_normal(self, observations: Tensor) -> None:
        """Let (B, F) and their mirror images count for the normalisation."""
        self.normalise.learn(torch.cat((observations, observations[:, self.order] * self.signs)))

    def _mirrors(self, columns: np.ndarray) -> None:
        order, signs = mirrored_observation()
        muscles, muscle_signs = mirrored_muscles()
        self.register_buffer("order", torch.from_numpy(order))
        self.register_buffer("signs", torch.from_numpy(signs).float())
        where = [int(np.flatnonzero(columns == muscles[n])[0]) for n in columns]
        self.register_buffer("action_order", torch.tensor(where))
        self.register_buffer("action_signs", torch.from_numpy(muscle_signs[columns]).float())
        ranges = np.concatenate(
            [np.full(part.degrees, RANGE_RAD.get(without_side(part.name), 0.0)) for part in PARTS]
        )
        reach = torch.zeros(len(columns), MUSCLE_COUNT)
        reach[torch.arange(len(columns)), torch.from_numpy(columns)] = torch.from_numpy(
            ranges[columns]
        ).float()
        self.register_buffer("reach", reach)


class PolicyGraph(nn.Module):
    """What is exported: observations to residuals."""

    def __init__(self, network: PolicyNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, observation: Tensor) -> Tensor:
        """(B, F) to (B, 30) radians."""
        return self.network.residuals(self.network.act(observation))


def _layers(inputs: int, shape: NetworkShape, outputs: int, last: float) -> nn.Sequential:
    layers = [
        nn.Linear(inputs, shape.hidden),
        nn.Linear(shape.hidden, shape.second),
        nn.Linear(shape.second, outputs),
    ]
    for layer, gain in zip(layers, (1.4, 1.4, last), strict=True):
        nn.init.orthogonal_(layer.weight, gain)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.ELU(), layers[1], nn.ELU(), layers[2])
