"""Landing places tried out: a step's best candidates, each walked by a figure for a moment.

Where a step does not land on level ground as it was meant, the three places that cost least, its
neighbours as they were chosen, are each tried from the foot's leaving to a moment after its
landing, with what muscles know by themselves. Another place than the chosen one is taken where the
figure follows clearly better there. Of steps on end every other one is tried at a time.

Source: Peng et al. 2017, DeepLoco, section 6, where what the low level makes of a step decides
what the step is worth; theirs is learned, ours looked up by short roll-outs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...motion.clip import MotionClip
from ..balance import Balance
from ..figure import CONTROL_RATE_HZ, figure_mjcf
from ..plan import ROLLOUT_SUBSTEPS, tracking_cost
from ..reference import FRAMES_A_STEP, Reference, reference_of
from ..simulation import Simulation
from ..timeline import stacked
from ..world import World
from .candidates import AS_MEANT, CANDIDATES, comfort_costs, ground_costs
from .landing import STRIDE_WEIGHT, candidate_places
from .stances import Stances
from .surroundings import Surroundings

TRIED: Final = 3
"""Places of each step."""
_BEFORE_S: Final = 0.4
_AFTER_S: Final = 0.3
_BETTER: Final = 0.8
"""What another place may cost at most of what the chosen one does, to be taken."""
_FINE: Final = 1e-9

Led = Callable[[list[int]], MotionClip]
"""Makes the motion with the candidate of each stance."""


@dataclass(frozen=True)
class Trials:
    """Tries landing places in a world.

    Args:
        world: ground and obstacles; what moves is left where it is at first.
        threads: of the processor; the result does not depend on it.
    """

    world: World
    threads: int = 1

    def better(
        self, around: Surroundings, stances: Stances, chosen: list[int], led: Led
    ) -> list[int]:
        """The candidate of each stance (S), after the best were tried.

        Args:
            around: ground and things as feet see them.
            stances: (S) of the motion as it is meant.
            chosen: the candidate of each.
            led: makes the motion of candidates.
        """
        ground, _ = ground_costs(around, candidate_places(stances.places))
        out = np.array(chosen, np.int64)
        asks = (stances.starts > 0) & ((ground[:, AS_MEANT] > _FINE) | (out != AS_MEANT))
        for part in range(2):
            rows = np.flatnonzero(asks & (np.arange(stances.count) % 2 == part))
            if len(rows):
                options = _options(ground, out, rows)
                costs = self._costs(stances, out, rows, options, led, around)
                best = costs.argmin(axis=1)
                is_better = costs.min(axis=1) < _BETTER * costs[:, 0]
                best = np.where(is_better, best, 0)
                out[rows] = options[np.arange(len(rows)), best]
        return [int(each) for each in out]

    def _costs(
        self, stances: Stances, chosen: Ints, rows: Ints, options: Ints, led: Led,
        around: Surroundings,
    ) -> Floats:  # fmt: skip
        """(R, 3) what following costs on the way to each option (R, 3), and shortly after."""
        references = []
        for column in options.T:
            tried = chosen.copy()
            tried[rows] = column
            references.append(reference_of(led([int(n) for n in tried]), around.ground))
        reference, firsts = stacked(references, [each.steps for each in references])
        before = round(_BEFORE_S * CONTROL_RATE_HZ)
        begins = np.maximum(stances.starts[rows] // FRAMES_A_STEP - before, 0)
        begins = (begins[:, None] + np.array(firsts)).ravel()
        simulation = self._simulation(reference, len(begins))
        simulation.begin(begins)
        law, total = Balance(reference), np.zeros(len(begins))
        for _ in range(before + round(_AFTER_S * CONTROL_RATE_HZ)):
            simulation.advance(law.residuals(simulation))
            simulation.end_step()
            total += tracking_cost(simulation.errors())
        return total.reshape(options.shape)

    def _simulation(self, reference: Reference, count: int) -> Simulation:
        assets, elements = self.world.mjcf()
        text = figure_mjcf(elements, assets, substeps=ROLLOUT_SUBSTEPS)
        threads = min(self.threads, count)
        return Simulation(reference, count, threads, text=text, substeps=ROLLOUT_SUBSTEPS)


def _options(ground: Floats, chosen: Ints, rows: Ints) -> Ints:
    """(R, 3) candidates of some stances: the chosen one, and the best beside it."""
    costs = ground[rows] + comfort_costs(CANDIDATES)
    for other in (rows - 1, rows + 1):
        there = (other >= 0) & (other < len(chosen))
        beside = CANDIDATES[chosen[np.clip(other, 0, len(chosen) - 1)]]
        unlike = STRIDE_WEIGHT * comfort_costs(CANDIDATES - beside[:, None])
        costs = costs + there[:, None] * unlike
    costs[np.arange(len(rows)), chosen[rows]] = -1.0
    return np.argsort(costs, axis=1, kind="stable")[:, :TRIED]
