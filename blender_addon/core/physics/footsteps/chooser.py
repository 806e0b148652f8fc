"""Who chooses landing places: the search over all steps of a motion, or the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.contract import ModelContract
from ...jobs import Runner
from ...motion.common_skeleton import COMMON_SKELETON
from .candidates import AS_MEANT, CANDIDATES, comfort_costs, ground_costs
from .features import STEP_LAYOUT, maps_around, step_features
from .landing import STRIDE_WEIGHT, candidate_places, choose_landings
from .stances import Stances
from .surroundings import Surroundings
from .walker import Walker

TASK: Final = "physics_footsteps"
ChooseLandings = Callable[[Surroundings, Stances], list[int]]
"""Of surroundings and a motion's stances (S), the number of the candidate of each."""

_FINE_ENOUGH: Final = 1e-9
_LIKELY: Final = 8
"""So many of the network's candidates are looked at closely: what it sees of the ground is coarser
than an edge under a sole."""


@dataclass(frozen=True)
class Guide:
    """Who says where a motion goes instead.

    Args:
        walker: walks anew round things and after a push; where None, the motion itself is led.
        choose: picks landing places.
        tries: whether the best landing places are tried out in the engine before a run; costs about
            as much as following the motion without a plan does.
    """

    walker: Walker | None = None
    choose: ChooseLandings = choose_landings
    tries: bool = False


class FootstepNetwork:
    """Chooses step by step, from what is seen of the ground; a ``ChooseLandings``.

    Args:
        session: of the model.

    Raises:
        ContractError: it is another model.
    """

    def __init__(self, session: Runner) -> None:
        self._session = session
        _check(session.contract)

    def __call__(self, surroundings: Surroundings, stances: Stances) -> list[int]:
        """The candidate of each stance."""
        meant = stances.places
        costs, _ = ground_costs(surroundings, meant)
        maps = maps_around(surroundings, meant)
        chosen: list[int] = []
        for n in range(stances.count):
            change = CANDIDATES[chosen[-1]] if chosen else np.zeros(3)
            still = costs[n] < _FINE_ENOUGH and not np.abs(change).max() > 0.0
            if still or stances.starts[n] == 0:
                chosen.append(AS_MEANT)
                continue
            rows = meant[n - 1] if n else None, meant[n + 1] if n + 1 < len(meant) else None
            step = step_features(int(stances.sides[n]), meant[n], rows[0], change, rows[1])
            scores = self._session.run({"maps": maps[n][None], "step": step[None]})["scores"]
            chosen.append(_best_of(surroundings, meant[n], change, np.asarray(scores)[0]))
        return chosen


def _best_of(around: Surroundings, meant: Floats, before: Floats, scores: Floats) -> int:
    """Of the likeliest candidates and the step as it is meant, the one that costs least.

    Args:
        around: ground and things.
        meant: (3,) the step.
        before: (3,) by how much the step before it was changed.
        scores: (125,) of the candidates.
    """
    likely = np.append(np.argsort(-scores, kind="stable")[:_LIKELY], AS_MEANT)
    by = CANDIDATES[likely]
    ground, _ = ground_costs(around, candidate_places(meant)[likely])
    changed = comfort_costs(by) + STRIDE_WEIGHT * comfort_costs(by - before)
    return int(likely[(ground + changed).argmin()])


def _check(contract: ModelContract) -> None:
    contract.require_task(TASK)
    contract.require_skeleton(COMMON_SKELETON)
    contract.require_layout(contract.input("step"), STEP_LAYOUT)
