"""How long figures live without help on motions that were held out."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.physics.controllers import Controller
from blender_addon.core.physics.figure import CONTROL_RATE_HZ
from blender_addon.core.physics.observation import observe
from blender_addon.core.physics.simulation import Simulation

from ..motions import Motions
from .environment import REANCHORING, Act, fallen, reward

JUDGED_S: Final = 20.0


class Judge:
    """Twenty seconds, at 240 Hz, no help, no pushes, no noise.

    Args:
        motions: held for at least as long.
        base: what is told the muscles besides the policy.
        figures: how many, spread over the motions' first halves; a quarter begin standing.
        seconds: for how long.
    """

    def __init__(
        self, motions: Motions, base: Controller, figures: int, seconds: float = JUDGED_S
    ) -> None:
        self._simulation = Simulation(motions.reference, figures)
        self._base, self._steps = base, round(seconds * CONTROL_RATE_HZ)
        which = np.arange(figures) % len(motions.starts)
        lengths = (motions.ends - motions.starts)[which]
        share = np.random.default_rng(0).random(figures) * 0.5
        share[::4] = 0.0
        self._starts = motions.starts[which] + (share * lengths).astype(np.int64)

    def judge(self, act: Act) -> dict[str, float]:
        """Mean life in seconds, share of those that lived it all, reward while alive, errors."""
        simulation = self._simulation
        simulation.begin(self._starts)
        simulation.engine.forward()
        count = len(self._starts)
        alive, life = np.ones(count, bool), np.zeros(count)
        rewards: list[Floats] = []
        degrees: list[Floats] = []
        for _ in range(self._steps):
            told = act(np.nan_to_num(observe(simulation))) + self._base.residuals(simulation)
            simulation.advance(told)
            simulation.end_step()
            errors = simulation.errors()
            simulation.offsets[:, [0, 2]] += REANCHORING * errors.place[:, [0, 2]]
            alive &= ~fallen(simulation) & simulation.is_sound()
            life += alive
            rewards.append(reward(errors)[alive])
            degrees.append(np.degrees(np.abs(errors.joints[alive])).mean(axis=1))
            if not alive.any():
                break
        return {
            "life_s": float(life.mean()) / CONTROL_RATE_HZ,
            "whole_share": float(alive.mean()),
            "reward": float(np.concatenate(rewards).mean()),
            "joint_deg": float(np.concatenate(degrees).mean()),
        }
