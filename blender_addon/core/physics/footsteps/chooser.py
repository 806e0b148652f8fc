"""Who chooses landing places: the search over all steps of a motion, or the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...inference.contract import ModelContract
from ...jobs import Runner
from ...motion.common_skeleton import COMMON_SKELETON
from .candidates import AS_MEANT, CANDIDATES, ground_costs
from .features import STEP_LAYOUT, maps_around, step_features
from .landing import candidate_places
from .stances import Stances
from .surroundings import Surroundings

TASK: Final = "physics_footsteps"
ChooseLandings = Callable[[Surroundings, Stances], list[int]]
"""Of surroundings and a motion's stances (S), the number of the candidate of each."""

_FINE_ENOUGH: Final = 1e-9
_WORSE: Final = 1.0
"""What a choice of the network may cost more on the ground than the step as it is meant."""


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
        costs, _ = ground_costs(surroundings, candidate_places(meant))
        fixed = (stances.starts == 0) | (costs[:, AS_MEANT] < _FINE_ENOUGH)
        maps = maps_around(surroundings, meant)
        chosen: list[int] = []
        for n in range(stances.count):
            change = CANDIDATES[chosen[-1]] if chosen else np.zeros(3)
            rows = meant[n - 1] if n else None, meant[n + 1] if n + 1 < len(meant) else None
            step = step_features(int(stances.sides[n]), meant[n], rows[0], change, rows[1])
            still = fixed[n] and not np.abs(change).max() > 0.0
            chosen.append(AS_MEANT if still or stances.starts[n] == 0 else self._of(maps[n], step))
            if costs[n, chosen[-1]] > costs[n, AS_MEANT] + _WORSE:
                chosen[-1] = AS_MEANT
        return chosen

    def _of(self, maps: np.ndarray, step: np.ndarray) -> int:  # type: ignore[type-arg]
        scores = self._session.run({"maps": maps[None], "step": step[None]})["scores"]
        return int(np.asarray(scores)[0].argmax())


def _check(contract: ModelContract) -> None:
    contract.require_task(TASK)
    contract.require_skeleton(COMMON_SKELETON)
    contract.require_layout(contract.input("step"), STEP_LAYOUT)
