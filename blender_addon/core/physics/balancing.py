"""What keeps figures on their feet, as a run of the simulation uses it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..conventions import Bools, Floats
from .controllers import Controller
from .plan import Planner, PlanSettings
from .simulation import Simulation, no_residuals


class Keeper(Protocol):
    """Keeps figures on their feet."""

    def residuals(self, simulation: Simulation, idle: Bools) -> Floats:
        """(B, 30) radians to add to muscles' targets; nothing is needed of the idle ones (B,)."""
        ...

    def after_step(self, simulation: Simulation) -> None:
        """A control step was simulated."""
        ...


class NoKeeper:
    """Muscles and help alone."""

    def residuals(self, simulation: Simulation, idle: Bools) -> Floats:
        """See Keeper."""
        return no_residuals(simulation.engine.count)

    def after_step(self, simulation: Simulation) -> None:
        """See Keeper."""


class Balance:
    """A controller, for those who balance.

    Args:
        controller: a plan or the policy.
        rows: (B,) who balances.
        reanchoring: share of the way to the root by which the reference moves at each step: without
            it lateness adds up until the figure topples.
    """

    def __init__(self, controller: Controller, rows: Bools, reanchoring: float) -> None:
        self._controller, self._rows, self._reanchoring = controller, rows, reanchoring

    def residuals(self, simulation: Simulation, idle: Bools) -> Floats:
        """See Keeper."""
        if (idle | ~self._rows).all():
            return no_residuals(simulation.engine.count)
        return np.where(self._rows[:, None], self._controller.residuals(simulation), 0.0)

    def after_step(self, simulation: Simulation) -> None:
        """See Keeper."""
        away = simulation.errors().place
        share = self._reanchoring * self._rows
        simulation.offsets[:, 0] += share * away[:, 0]
        simulation.offsets[:, 2] += share * away[:, 2]


class Plans:
    """Plans of one figure, as a controller.

    Args:
        rollouts: of the same world and reference, with as many copies as candidates.
        settings: how plans are sought.
        seed: of the candidates.
    """

    def __init__(self, rollouts: Simulation, settings: PlanSettings, seed: int) -> None:
        self._rollouts = rollouts
        self._planner = Planner(rollouts, settings, np.random.default_rng(seed))

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        copies, engine = self._rollouts.engine, simulation.engine
        copies.mocap_positions[:], copies.mocap_rotations[:] = (
            engine.mocap_positions[:1],
            engine.mocap_rotations[:1],
        )
        return self._planner.residuals(simulation.state())[None]
