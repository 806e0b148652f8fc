"""Sampling plans: no training, no help, any reference.

Residuals of the muscles' targets are drawn as splines over half a second, tried out in many copies
of the figure, and the best are averaged; the next plan begins from this one, moved on.

Source: Liu et al. 2010, SAMCON, ACM TOG 29(4):128; the averaging of the best as in MPPI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from .figure import MUSCLE_COUNT, PARTS, without_side
from .simulation import Errors, Simulation, State

_WORST_COST: Final = 50.0
_SPREAD: Final = {"thigh": 1.0, "shin": 1.0, "foot": 1.0, "chest": 1.0, "upper_arm": 0.3}


@dataclass(frozen=True)
class PlanSettings:
    """How plans are sought.

    Args:
        candidates: tried at a time.
        horizon: control steps ahead.
        knots: of each spline.
        every: control steps between two plans.
        noise_rad: spread of the candidates.
        best_share: of the candidates that are averaged.
        reanchoring: share of the way to the root by which the reference moves at each step.
    """

    candidates: int = 48
    horizon: int = 15
    knots: int = 4
    every: int = 2
    noise_rad: float = 0.14
    best_share: float = 0.12
    reanchoring: float = 0.04


class Planner:
    """Plans the residuals of one figure's muscles by trying them out.

    Args:
        rollouts: a simulation of the same world and reference with as many copies as candidates.
        settings: how.
        rng: draws the candidates.
    """

    def __init__(
        self, rollouts: Simulation, settings: PlanSettings, rng: np.random.Generator
    ) -> None:
        self._rollouts, self._settings, self._rng = rollouts, settings, rng
        self._spline = np.zeros((settings.knots, MUSCLE_COUNT))
        self._basis = _linear_basis(settings.horizon, settings.knots)
        self._noise = settings.noise_rad * _spreads()
        self._at = 0

    def residuals(self, state: State) -> Floats:
        """(30,) what to add to the muscles' targets at a state; one control step is then done."""
        if self._at == 0:
            self._plan(state)
        out = self._basis[self._at] @ self._spline
        self._at += 1
        if self._at == self._settings.every:
            self._at = 0
            self._spline = _moved_on(self._spline, self._settings)
        return np.asarray(out)

    def _plan(self, state: State) -> None:
        settings, rollouts = self._settings, self._rollouts
        shape = (settings.candidates, settings.knots, MUSCLE_COUNT)
        drawn = self._rng.normal(size=shape) * self._noise
        drawn[0] = 0.0  # the plan as it is
        splines = self._spline + drawn
        rollouts.load(state)
        costs = np.square(splines).mean(axis=1).sum(axis=1)
        for step in range(settings.horizon):
            rollouts.advance(np.einsum("k,nkd->nd", self._basis[step], splines))
            rollouts.end_step()
            last = step == settings.horizon - 1
            costs += (3.0 if last else 1.0) * tracking_cost(rollouts.errors())
        best = np.argsort(costs, kind="stable")[: max(3, int(len(costs) * settings.best_share))]
        spread = max(float(costs[best].std()), 1e-6)
        weights = np.exp(-(costs[best] - costs[best[0]]) / spread)
        self._spline = np.einsum("n,nkd->kd", weights / weights.sum(), splines[best])


def tracking_cost(errors: Errors) -> Floats:
    """(B,) what a figure pays for differing from its reference."""
    place = 8.0 * (errors.place**2 @ np.array([1.0, 2.0, 1.0]))
    attitude = 4.0 * _square(errors.attitude) + 0.05 * _square(errors.turning)
    velocity = 0.6 * _square(errors.velocity)
    ends = 6.0 * np.square(errors.ends).sum(axis=(1, 2))
    cost = place + attitude + velocity + ends + 0.5 * _square(errors.joints)
    return np.where(np.isfinite(cost), np.minimum(cost, _WORST_COST), _WORST_COST)


def _square(values: Floats) -> Floats:
    return np.asarray(np.square(values).sum(axis=1))


def _spreads() -> Floats:
    return np.concatenate(
        [np.full(part.degrees, _SPREAD.get(without_side(part.name), 0.0)) for part in PARTS]
    )


def _linear_basis(horizon: int, knots: int) -> Floats:
    """(horizon, knots) weights of a spline's knots at each step."""
    return _weights(np.linspace(0.0, knots - 1.0, horizon), knots)


def _weights(at: Floats, knots: int) -> Floats:
    return np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(knots)))


def _moved_on(spline: Floats, settings: PlanSettings) -> Floats:
    """The rest of a plan, faded a little, its end held."""
    ahead = settings.every * (settings.knots - 1) / (settings.horizon - 1)
    at = np.minimum(np.arange(settings.knots) + ahead, settings.knots - 1.0)
    return 0.98 * (_weights(at, settings.knots) @ spline)
