"""What keeps figures on their feet, as a run of the simulation uses it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..conventions import Bools, Floats
from .anchoring import reanchor
from .balance import Balance
from .controllers import Controller
from .figure import figure_mjcf
from .keeping_clear import KeepingClear
from .plan import ROLLOUT_SUBSTEPS, Planner, PlanSettings
from .reference import FRAMES_A_STEP, Reference
from .simulation import Simulation, no_residuals
from .world import World


class Keeper(Protocol):
    """Keeps figures on their feet."""

    def residuals(self, simulation: Simulation, idle: Bools) -> Floats:
        """(B, 30) radians to add to muscles' targets; nothing is needed of the idle ones (B,)."""
        ...

    def after_step(self, simulation: Simulation) -> None:
        """A control step was simulated."""
        ...


class Law:
    """Muscles, and what they know without planning: what the motion needs, and how one catches it.

    Args:
        reference: of all figures.
        muscles: how strong they are, each or all. Stiffer ones exert the torque that the law wants
            nearer to where they are; weaker ones do not reach it, and sag.
    """

    def __init__(self, reference: Reference, muscles: Floats | float = 1.0) -> None:
        self._law = Balance(reference)
        self._shares = 1.0 / np.maximum(np.atleast_1d(muscles), 1.0)[:, None]

    def residuals(self, simulation: Simulation, idle: Bools | None = None) -> Floats:
        """See Keeper."""
        return np.asarray(self._shares * self._law.residuals(simulation))

    def after_step(self, simulation: Simulation) -> None:
        """See Keeper."""


class Balancing:
    """A controller, for those who balance.

    Args:
        controller: a plan or the policy.
        rows: (B,) who balances.
        reanchoring: share of the way to the root by which the reference moves at each step: without
            it lateness adds up until the figure topples.
        beside: how much of that a walk moves to its side.
    """

    def __init__(
        self, controller: Controller, rows: Bools, reanchoring: float, beside: float = 1.0
    ) -> None:
        self._controller, self._rows = controller, rows
        self._reanchoring, self._beside = reanchoring, beside

    def residuals(self, simulation: Simulation, idle: Bools) -> Floats:
        """See Keeper."""
        if (idle | ~self._rows).all():
            return no_residuals(simulation.engine.count)
        return np.where(self._rows[:, None], self._controller.residuals(simulation), 0.0)

    def after_step(self, simulation: Simulation) -> None:
        """See Keeper."""
        reanchor(simulation, self._reanchoring * self._rows, self._beside)


class Plans:
    """Plans of one figure, as a controller.

    Args:
        reference: what it follows.
        world: what is around it; what moves is foreseen.
        settings: how plans are sought.
        seed: of the candidates.
        muscles: how strong the figure is.
        threads: of the processor.
    """

    def __init__(
        self,
        reference: Reference,
        world: World,
        settings: PlanSettings,
        seed: int,
        muscles: float,
        threads: int,
    ) -> None:
        assets, elements = world.mjcf()
        text = figure_mjcf(elements, assets, substeps=ROLLOUT_SUBSTEPS)
        copies = Simulation(
            reference, settings.candidates, threads, text=text, substeps=ROLLOUT_SUBSTEPS
        )
        copies.engine.set_strength(np.full(settings.candidates, muscles))
        self._world = world
        before = self._move if copies.engine.mocap_positions.size else None
        rng = np.random.default_rng(seed)
        law, clear = Law(reference, muscles), KeepingClear.of(world, reference)
        self._planner = Planner(copies, settings, rng, law.residuals, before, clear)

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        return self._planner.residuals(simulation.state())[None]

    def _move(self, rollouts: Simulation) -> None:
        """Put what moves where it will be in the middle of the control step."""
        frame = FRAMES_A_STEP * (float(rollouts.steps[0]) + 0.5)
        engine = rollouts.engine
        engine.mocap_positions[:], engine.mocap_rotations[:] = self._world.moving(frame)
