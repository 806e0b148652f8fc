"""What the policy practises on: many figures at once, each somewhere in some motion.

Source: Peng et al. 2018, DeepMimic: reference-state initialisation, early termination, imitation
reward. Ours differs in that help at the pelvis, pushes and noise come and go by success.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from backend.training.options import setting
from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.physics.controllers import Controller
from blender_addon.core.physics.figure import (
    BODY_NAMES,
    CONTROL_RATE_HZ,
    MUSCLE_COUNT,
    SUBSTEPS,
)
from blender_addon.core.physics.observation import observe
from blender_addon.core.physics.plan import PlanSettings
from blender_addon.core.physics.simulation import Errors, Simulation

from ..motions import Motions

REANCHORING: Final = PlanSettings().reanchoring
_PUSHED: Final = (BODY_NAMES.index("pelvis"), BODY_NAMES.index("chest"))
_PUSH_STEPS: Final = 4
_NOT_FEET: Final = np.array(
    [n for n, name in enumerate(BODY_NAMES) if "foot" not in name and "toe" not in name]
)
_SCALE: Final = 0.1  # so that values are of the size of one
_LOWEST_PELVIS_M, _LOWEST_OTHER_M = 0.55, 0.13


@dataclass(frozen=True)
class PracticeSettings:
    """How the policy practises."""

    figures: int = setting(256, "Simulated at a time.", least=1)
    episode_s: float = setting(8.0, "Longest life of one trial.", least=0.5)
    coarse: bool = setting(True, "Practise at 120 Hz, at a third of the cost; judge at 240.")
    help: float = setting(0.3, "Share of body weight that helps at the beginning.", least=0, most=1)
    push_n_s: float = setting(60.0, "Strongest push in the end.", least=0)
    noise: float = setting(0.02, "Of observations, by what they are spread.", least=0)
    fade: float = setting(0.8, "Share of a trial lived from which it is made harder.", least=0)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a control step brought.

    Args:
        rewards: (B,).
        fell: (B,) whether the trial ended by falling or straying.
        ended: (B,) whether it ended at all.
        last: (B, F) observations before those that ended began anew.
    """

    rewards: Floats
    fell: Bools
    ended: Bools
    last: Floats


class Practice:
    """Figures that try, fall and begin anew.

    Args:
        motions: what is followed.
        base: what is told the muscles besides the policy.
        settings: how.
        rng: draws where they begin, pushes and noise.

    Attributes:
        seen: (B, F) what there is to be told of all figures now.
        help: share of body weight that helps those that are helped.
        push_n_s: strongest push.
        survived: share of trials' length that was lived, of the last hundreds of trials.
    """

    def __init__(
        self, motions: Motions, base: Controller, settings: PracticeSettings,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        substeps = SUBSTEPS // 2 if settings.coarse else SUBSTEPS
        self.simulation = Simulation(motions.reference, settings.figures, substeps=substeps)
        self._motions, self._base, self._settings, self._rng = motions, base, settings, rng
        self._limit = round(settings.episode_s * CONTROL_RATE_HZ)
        count = settings.figures
        self.ages: Ints = np.zeros(count, np.int64)
        self._limits: Ints = np.zeros(count, np.int64)
        self._helped: Floats = np.zeros(count)
        self._pushes: Floats = np.zeros((count, len(BODY_NAMES), 6))
        self._pushing: Ints = np.zeros(count, np.int64)
        self._told: Floats = np.zeros((count, MUSCLE_COUNT))
        self.help, self.push_n_s, self.survived = settings.help, 0.0, 0.0
        self._begin(np.ones(count, bool))
        self.ages[:] = rng.integers(0, self._limits)  # not all at the same time
        self.seen = observe(self.simulation)

    def noise(self, spread: Floats) -> Floats:
        """(B, F) to be added to observations that are spread so."""
        size = (len(self.ages), len(spread))
        drawn = self._rng.standard_normal(size, np.float32)
        return np.asarray(self._settings.noise * drawn * spread, np.float32)

    def step(self, residuals: Floats) -> Outcome:
        """One control step of all; those that ended begin anew."""
        simulation = self.simulation
        self._push()
        told = residuals + self._base.residuals(simulation)
        simulation.advance(told, self._helped, self._pushes)
        simulation.end_step()
        errors = simulation.errors()
        rewards = _SCALE * (reward(errors) - _effort(residuals, told - self._told))
        self._told = told
        simulation.offsets[:, [0, 2]] += REANCHORING * errors.place[:, [0, 2]]
        fell = strayed(errors) | fallen(simulation) | ~simulation.is_sound()
        self.ages += 1
        last, ended = np.nan_to_num(observe(simulation)), fell | (self.ages >= self._limits)
        rewards[~np.isfinite(rewards)] = 0.0
        self._count(fell, ended)
        self._begin(ended)
        self.seen = last.copy()
        if ended.any():
            self.seen[ended] = observe(simulation, np.flatnonzero(ended))
        return Outcome(np.where(fell, 0.0, rewards), fell, ended, last)

    def harden(self) -> None:
        """Less help, and once there is none stronger pushes, where trials are lived through."""
        if self.survived < self._settings.fade:
            return
        if self.help > 0.0:
            self.help = max(0.0, self.help - 0.01)
        else:
            self.push_n_s = min(self._settings.push_n_s, self.push_n_s + 0.5)

    def state_dict(self) -> dict[str, Any]:
        """See backend.training.run.Stateful."""
        engine = self.simulation.engine
        arrays = (engine.qpos, engine.qvel, engine.warmstart, *self._own())
        numbers = {"help": self.help, "push_n_s": self.push_n_s, "survived": self.survived}
        return {"arrays": [torch.from_numpy(np.array(each)) for each in arrays], **numbers}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See backend.training.run.Stateful."""
        engine = self.simulation.engine
        arrays = (engine.qpos, engine.qvel, engine.warmstart, *self._own())
        for mine, kept in zip(arrays, state["arrays"], strict=True):
            mine[:] = kept.numpy()
        for name in ("help", "push_n_s", "survived"):
            setattr(self, name, state[name])
        engine.forward()
        self.seen = observe(self.simulation)

    def _own(self) -> tuple[np.ndarray, ...]:
        simulation = self.simulation
        return (
            simulation.steps, simulation.offsets, self.ages, self._limits, self._helped,
            self._pushes, self._pushing, self._told,
        )  # fmt: skip

    def _count(self, fell: Bools, ended: Bools) -> None:
        for share in np.where(fell, self.ages / self._limit, 1.0)[ended]:
            self.survived += 0.004 * (min(float(share), 1.0) - self.survived)

    def _begin(self, rows: Bools) -> None:
        """Somewhere in some motion, a little off."""
        if not rows.any():
            return
        which, rng = np.flatnonzero(rows), self._rng
        motions = self._motions
        lengths = motions.ends - motions.starts
        drawn = rng.choice(len(lengths), len(which), p=lengths / lengths.sum())
        at = motions.starts[drawn] + (rng.random(len(which)) * lengths[drawn]).astype(np.int64)
        simulation, reference = self.simulation, self.simulation.reference
        engine = simulation.engine  # not begin(): what it brings up to date costs half a step
        off = rng.normal(size=(len(which), 36)) * _FIRST_RATE_NOISE
        engine.qpos[which], engine.qvel[which] = reference.poses[at], reference.rates[at] + off
        engine.warmstart[which] = 0.0
        simulation.steps[which], simulation.offsets[which] = at, 0.0
        held = round(_HELD_S * CONTROL_RATE_HZ)
        self._limits[which] = np.minimum(self._limit, motions.ends[drawn] + held - at)
        self.ages[which], self._pushing[which], self._pushes[which] = 0, 0, 0.0
        self._told[which] = 0.0
        alone = rng.random(len(which)) < 0.5
        self._helped[which] = np.where(alone, 0.0, self.help * rng.random(len(which)))

    def _push(self) -> None:
        """Now and then a push on pelvis or chest, from any side."""
        self._pushing -= 1
        self._pushes[self._pushing <= 0] = 0.0
        if self.push_n_s <= 0.0:
            return
        rng = self._rng
        new = np.flatnonzero((self._pushing < -20) & (rng.random(len(self.ages)) < 0.02))
        angle = rng.uniform(0.0, 2.0 * np.pi, len(new))
        force = rng.uniform(0.2, 1.0, len(new)) * self.push_n_s * CONTROL_RATE_HZ / _PUSH_STEPS
        body = rng.choice(_PUSHED, len(new))
        self._pushes[new, body, 0] = np.cos(angle) * force
        self._pushes[new, body, 2] = np.sin(angle) * force
        self._pushing[new] = _PUSH_STEPS + 1


_HELD_S: Final = 3.0
"""How long a figure practises to stand at a motion's end."""
HELD_STEPS: Final = round((_HELD_S + 1.0) * CONTROL_RATE_HZ)
"""For how long motions have to be held."""
_FIRST_RATE_NOISE: Final = np.concatenate((np.full(3, 0.1), np.full(3, 0.2), np.full(30, 0.2)))


def reward(errors: Errors) -> Floats:
    """(B,) from 0 to 1: how near a figure is to its reference."""
    return np.asarray(
        0.3 * np.exp(-1.5 * _square(errors.joints))
        + 0.1 * np.exp(-0.02 * _square(errors.rates))
        + 0.15 * np.exp(-10.0 * np.square(errors.ends).sum(axis=(1, 2)))
        + 0.2 * np.exp(-8.0 * _square(errors.place) - 2.0 * _square(errors.velocity))
        + 0.25 * np.exp(-10.0 * _square(errors.attitude) - 0.1 * _square(errors.turning))
    )


def strayed(errors: Errors) -> Bools:
    """(B,) whether a figure is too far from what it follows to learn anything."""
    place, attitude = errors.place, errors.attitude
    with np.errstate(invalid="ignore"):
        near = np.hypot(place[:, 0], place[:, 2]) < 0.6
        near &= (np.abs(place[:, 1]) < 0.25) & (_square(attitude) < 0.9**2)
    return np.asarray(~near)


def fallen(simulation: Simulation) -> Bools:
    """(B,) whether a body other than a foot is at the ground; level ground only."""
    heights = simulation.engine.positions[:, 1 + _NOT_FEET, 1]
    return np.asarray((heights[:, 0] < _LOWEST_PELVIS_M) | (heights.min(axis=1) < _LOWEST_OTHER_M))


Act = Callable[[Floats], Floats]
"""Observations (B, F) to residuals (B, 30)."""


def _effort(residuals: Floats, change: Floats) -> Floats:
    return np.asarray(0.03 * _square(residuals) + 0.1 * _square(change))


def _square(values: Floats) -> Floats:
    return np.asarray(np.square(values).sum(axis=1))
