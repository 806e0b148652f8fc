"""Sampling plans: no training, no help, any reference.

Residuals of the muscles' targets are drawn as splines over half a second, tried out in many copies
of the figure, and the best are averaged; the next plan begins from this one, moved on. Candidates
are drawn from near to far: in a calm walk the near ones win and the body does not tremble, after a
push the far ones do. A plan that promises badly is sought again around the better one.

Source: Liu et al. 2010, SAMCON, ACM TOG 29(4):128; the averaging of the best as in MPPI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from .figure import MUSCLE_COUNT, PARTS, without_side
from .simulation import Errors, Simulation, State

Base = Callable[[Simulation], Floats]
"""A law (B, 30) of feedback under the plan, as a controller has it."""
BeforeStep = Callable[[Simulation], None]
"""Is shown the roll-outs before each control step of theirs: moves what moves around them."""
MoreCost = Callable[[Simulation], Floats]
"""(B,) what figures pay at a control step besides differing from their reference."""

ROLLOUT_SUBSTEPS: Final = 5
"""Of the engine in a control step of a roll-out: 150 Hz foretells half a second well enough."""

_WORST_COST: Final = 50.0
_LAST_STEP: Final = 3.0
_CAPTURE_S: Final = 0.3
"""How long a body of this size takes to fall on; its place then is place + this · velocity."""
_SPREAD: Final = {"thigh": 1.0, "shin": 1.0, "foot": 1.0, "chest": 1.0, "upper_arm": 0.3}
_TWIST: Final = 0.4
"""How far a ball joint's twist is tried, for its bending."""
_STEP: Final = {"thigh": -1.0, "shin": 2.0, "foot": -1.0}
"""How a leg bends to raise its foot."""
_COLUMNS: Final = {
    part.name: sum(before.degrees for before in PARTS[:n]) for n, part in enumerate(PARTS)
}
"""First muscle of each part: its turning about x."""


@dataclass(frozen=True)
class PlanSettings:
    """How plans are sought.

    Args:
        candidates: tried at a time.
        horizon: control steps ahead.
        knots: of each spline.
        every: control steps between two plans.
        near_rad: spread of the nearest candidates.
        far_rad: spread of the farthest.
        best_share: of the candidates that are averaged.
        few_share: the same where a plan is sought again: there are several ways to be caught, and
            their mean is none.
        stepping: candidates of each foot that raise it besides, where a plan is sought again.
        step_rad: how far they raise the thigh at most.
        turn: how much of the way to the best a plan goes in the first round, and not all at once,
            or a body would tremble.
        fade: how much of a plan is kept when it is moved on.
        rounds: how often a plan is sought at most.
        promise: cost of a plan with which it is sought again.
        reanchoring: share of the way to the root by which the reference moves at each step.
        beside: how much of that a walk moves to its side; a plan brings a body back over its path.
    """

    candidates: int = 24
    horizon: int = 15
    knots: int = 4
    every: int = 1
    near_rad: float = 0.03
    far_rad: float = 0.16
    best_share: float = 0.25
    few_share: float = 0.125
    stepping: int = 3
    step_rad: float = 0.4
    turn: float = 0.6
    fade: float = 0.95
    rounds: int = 4
    promise: float = 20.0
    reanchoring: float = 0.08
    beside: float = 0.4


class Planner:
    """Plans the residuals of one figure's muscles by trying them out.

    Args:
        rollouts: a simulation of the same world and reference with as many copies as candidates;
            ``ROLLOUT_SUBSTEPS`` are enough for it.
        settings: how.
        rng: draws the candidates.
        base: feedback under the plan, in the roll-outs as in the figure.
        before_step: moves what moves around the roll-outs.
        more_cost: what is paid besides.
    """

    def __init__(
        self,
        rollouts: Simulation,
        settings: PlanSettings,
        rng: np.random.Generator,
        base: Base | None = None,
        before_step: BeforeStep | None = None,
        more_cost: MoreCost | None = None,
    ) -> None:
        self._rollouts, self._settings, self._rng = rollouts, settings, rng
        self._base, self._before_step, self._more_cost = base, before_step, more_cost
        self._spline = np.zeros((settings.knots, MUSCLE_COUNT))
        self._basis = _spline_basis(settings.horizon, settings.knots)
        self._noise = _scales(settings)[:, None, None] * _spreads()
        self._steps = _steps(settings)
        self._at = 0

    def residuals(self, state: State) -> Floats:
        """(30,) what to add to the muscles' targets at a state; one control step is then done."""
        if self._at == 0:
            self._plan(state)
        out = self._basis[self._at] @ self._spline + self._based(state)
        self._at += 1
        if self._at == self._settings.every:
            self._at = 0
            self._spline = _moved_on(self._spline, self._settings)
        return np.asarray(out)

    def _based(self, state: State) -> Floats | float:
        """(30,) what the base says at a state."""
        if self._base is None:
            return 0.0
        self._rollouts.load(state)
        return np.asarray(self._base(self._rollouts)[0])

    def _plan(self, state: State) -> None:
        settings = self._settings
        shape = (settings.candidates, settings.knots, MUSCLE_COUNT)
        for number in range(settings.rounds):
            splines = self._spline + self._rng.normal(size=shape) * self._noise
            if number:
                splines += self._rng.random((settings.candidates, 1, 1)) * self._steps
            costs = self._costs(state, splines)
            share = settings.best_share if number == 0 else settings.few_share
            best = np.argsort(costs, kind="stable")[: max(3, int(settings.candidates * share))]
            spread = max(float(costs[best].std()), 1e-6)
            weights = np.exp(-(costs[best] - costs[best[0]]) / spread)
            found = np.einsum("n,nkd->kd", weights / weights.sum(), splines[best])
            turn = settings.turn if number == 0 else 1.0
            self._spline = self._spline + turn * (found - self._spline)
            if costs[best[0]] < settings.promise:
                return

    def _costs(self, state: State, splines: Floats) -> Floats:
        """(N,) what candidates pay."""
        rollouts, horizon = self._rollouts, self._settings.horizon
        rollouts.load(state)
        costs = np.square(splines).mean(axis=1).sum(axis=1)
        for step in range(horizon):
            told = np.einsum("k,nkd->nd", self._basis[step], splines)
            if self._base is not None:
                told = told + self._base(rollouts)
            if self._before_step is not None:
                self._before_step(rollouts)
            rollouts.advance(told)
            rollouts.end_step()
            weight = _LAST_STEP if step == horizon - 1 else 1.0
            costs = costs + weight * tracking_cost(rollouts.errors())
            if self._more_cost is not None:
                costs = costs + self._more_cost(rollouts)
        return np.asarray(costs)


def tracking_cost(errors: Errors) -> Floats:
    """(B,) what a figure pays for differing from its reference."""
    place = 8.0 * (errors.place**2 @ np.array([1.0, 2.0, 1.0]))
    ahead = errors.place[:, [0, 2]] + _CAPTURE_S * errors.velocity[:, [0, 2]]
    attitude = 4.0 * _square(errors.attitude) + 0.05 * _square(errors.turning)
    velocity = 0.6 * _square(errors.velocity)
    ends = 6.0 * np.square(errors.ends).sum(axis=(1, 2))
    cost = place + 40.0 * _square(ahead) + attitude + velocity + ends
    cost = cost + 0.5 * _square(errors.joints)
    return np.where(np.isfinite(cost), np.minimum(cost, _WORST_COST), _WORST_COST)


def _square(values: Floats) -> Floats:
    return np.asarray(np.square(values).sum(axis=1))


def _scales(settings: PlanSettings) -> Floats:
    """(N,) spread of each candidate, radians; the first is the plan as it is."""
    out = np.geomspace(settings.near_rad, settings.far_rad, settings.candidates)
    out[0] = 0.0
    return out


def _steps(settings: PlanSettings) -> Floats:
    """(N, knots, 30) by what the candidates that step differ from the plan at most."""
    out = np.zeros((settings.candidates, settings.knots, MUSCLE_COUNT))
    rise = np.sin(np.pi * (np.arange(settings.knots) + 0.25) / settings.knots)
    for number in range(2 * settings.stepping):
        side = ("left_", "right_")[number % 2]
        for name, share in _STEP.items():
            out[-1 - number, :, _COLUMNS[side + name]] = settings.step_rad * share * rise
    return out


def _spreads() -> Floats:
    """(30,) how far each muscle is tried, for a leg's."""
    each = [(part, _SPREAD.get(without_side(part.name), 0.0)) for part in PARTS]
    return np.concatenate([[s, _TWIST * s, s] if part.is_ball else [s] for part, s in each])


def _spline_basis(horizon: int, knots: int) -> Floats:
    """(horizon, knots) weights of the knots of a cubic B-spline at each step, its ends held."""
    at = np.linspace(0.0, knots - 1.0, horizon)
    away = np.abs(at[:, None] - np.arange(-1, knots + 1))
    near = (4.0 - 6.0 * away**2 + 3.0 * away**3) / 6.0
    far = np.maximum(2.0 - away, 0.0) ** 3 / 6.0
    weights = np.where(away < 1.0, near, far)
    out = weights[:, 1:-1].copy()
    out[:, 0] += weights[:, 0]
    out[:, -1] += weights[:, -1]
    return out


def _moved_on(spline: Floats, settings: PlanSettings) -> Floats:
    """The rest of a plan, faded a little, its end held."""
    ahead = settings.every * (settings.knots - 1) / (settings.horizon - 1)
    at = np.minimum(np.arange(settings.knots) + ahead, settings.knots - 1.0)
    weights = np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(settings.knots)))
    return np.asarray(settings.fade * (weights @ spline))
