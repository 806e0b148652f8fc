"""Free-running gaze set to what people do, role by role.

A network trained to predict the next fixation, averaged over people and held back by dropout,
leaves the partner's face a little too readily. Running freely, that little adds up. So after
training two numbers for each role are found by trial: how much likelier components on the face
become, and how much longer fixations last, so that characters spend as much time on the partner,
and shift as often, as the people trained on do on the average.

Source of the search: Robbins & Monro 1951, *A stochastic approximation method*; Polyak & Juditsky
1992, *Acceleration of stochastic approximation by averaging*.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import ModelError
from blender_addon.core.gaze.events import ROLES

from .behaviour_network import GazeBehaviourNetwork
from .conversation import Recording
from .generation import Step, generate
from .metrics import Looks, observe, observe_roles

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Search:
    """How the numbers are searched for.

    Args:
        rounds: trials; the step shrinks from one to the next.
        characters, seconds: of each trial.
        seed: of the first trial.
    """

    rounds: int = 14
    characters: int = 40
    seconds: float = 60.0
    seed: int = 1000


def network_steps(network: GazeBehaviourNetwork, count: int) -> Step:
    """Steps of a network for B characters, from a state of nothing seen."""
    state = torch.zeros(count, network.shape.state_size)

    @torch.no_grad()
    def step(features: Floats) -> Floats:
        nonlocal state
        mixture, state = network.step(torch.from_numpy(features), state)
        return np.asarray(mixture.numpy())

    return step


def break_seconds(people: Sequence[Recording]) -> dict[str, list[float]]:
    """Median and logarithmic deviation of how long eyes were not seen, by role.

    Only breaks within a role count, and up to two seconds: longer ones are between recordings.
    """
    found = {}
    for number, role in enumerate(ROLES):
        lengths = np.concatenate(
            [each.breaks_s[(each.breaks_s > 0) & (each.roles == number)] for each in people]
        )
        logs = np.log(lengths[lengths < 2.0])
        found[role] = [round(float(np.exp(np.median(logs))), 3), round(float(logs.std()), 3)]
    return found


def measure_partner_shares(people: Sequence[Recording]) -> dict[str, list[float]]:
    """Mean share of the time on the partner, and the deviation of its log odds, by role."""
    found = {}
    for number, role in enumerate(ROLES):
        looks = [observe(people[n : n + 1], number) for n in range(len(people))]
        shares = np.array([each.partner_share for each in looks if each is not None])
        spread = float(np.std([_logit(share) for share in shares]))
        found[role] = [round(float(np.clip(shares.mean(), 0.02, 0.98)), 3), round(spread, 3)]
    return found


def calibrate(
    network: GazeBehaviourNetwork, people: Sequence[Recording], search: Search | None = None
) -> dict[str, list[float]]:
    """Set the network's attachment and patience.

    Args:
        network: in evaluation mode; changed.
        people: trained on; roles that none of them was in are left alone.
        search: how.

    Returns:
        For each role the partner's share and the rate: of people, then of characters at the end.
    """
    search = search or Search()
    desired, breaks = observe_roles(people), break_seconds(people)
    reached: dict[str, list[float]] = {}
    for role, looks in desired.items():
        trail = []
        for number in range(search.rounds):
            found = _run_freely(network, role, breaks[ROLES[role]], search, number)
            _improve(network, role, looks, found, 1.0 / (1.0 + 0.25 * number))
            trail.append((float(network.attachment[role]), float(network.patience[role])))
        # The mean of the later trials wanders less than the last one.
        settled = np.mean(trail[search.rounds // 2 :], axis=0)
        network.attachment[role], network.patience[role] = settled.tolist()
        found = _run_freely(network, role, breaks[ROLES[role]], search, search.rounds)
        numbers = (looks.partner_share, looks.rate_hz, found.partner_share, found.rate_hz)
        reached[ROLES[role]] = [round(value, 3) for value in numbers]
        _log.info(
            "%s: people %.1f %% on the partner, %.2f Hz; characters %.1f %%, %.2f Hz",
            ROLES[role], 100 * numbers[0], numbers[1], 100 * numbers[2], numbers[3],
        )  # fmt: skip
    return reached


def _run_freely(
    network: GazeBehaviourNetwork,
    role: int,
    breaks: Sequence[float],
    search: Search,
    number: int,
) -> Looks:
    """One trial: what characters do as the network now is."""
    count = search.characters
    seed = search.seed + number
    made = generate(network_steps(network, count), breaks, role, count, search.seconds, seed)
    found = observe(made, role, dequantise=False)
    if found is None:
        raise ModelError("the network made no fixation in a whole minute; train it longer")
    return found


def _improve(
    network: GazeBehaviourNetwork, role: int, desired: Looks, found: Looks, gain: float
) -> None:
    """One step of the search."""
    apart = _logit(desired.partner_share) - _logit(found.partner_share)
    late = np.log(found.rate_hz / desired.rate_hz)
    network.attachment[role] += gain * 0.4 * float(np.clip(apart, -2.0, 2.0))
    network.patience[role] += gain * 1.2 * float(np.clip(late, -0.5, 0.5))


def _logit(share: float) -> float:
    inner = float(np.clip(share, 0.01, 0.99))
    return float(np.log(inner / (1.0 - inner)))
