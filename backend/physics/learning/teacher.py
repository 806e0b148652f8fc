"""What plans would do: states that a figure gets into, and what sampling tells it to do there.

Source: Ross et al. 2011, A Reduction of Imitation Learning and Structured Prediction to No-Regret
Online Learning (DAgger): the pupil acts, the teacher says what would have been right.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.figure import BODY_NAMES, CONTROL_RATE_HZ, MUSCLE_COUNT
from blender_addon.core.physics.observation import observe
from blender_addon.core.physics.plan import ROLLOUT_SUBSTEPS, Planner, PlanSettings
from blender_addon.core.physics.policy import base_controller
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation

from .environment import REANCHORING, Act, fallen, strayed

EPISODE_S: Final = 6.0
_HELD_S: Final = 1.0
_DISTURBED_RAD: Final = 0.06
_DISTURBANCE_KEPT: Final = 0.8
_PUSH_N_S: Final = 25.0
_PUSH_EVERY: Final = 45
_PUSH_STEPS: Final = 3


@dataclass(frozen=True, eq=False)
class Taught:
    """N states and what was taught.

    Args:
        observations: (N, F).
        residuals: (N, 30) radians to add to the base.
    """

    observations: Floats
    residuals: Floats


def teach(
    clip: MotionClip, base_name: str, seed: int, act: Act | None = None, share: float = 1.0
) -> Taught:
    """One trial of a few seconds, disturbed and pushed.

    Args:
        clip: what is followed.
        base_name: what the policy adds to.
        seed: of where it begins, of disturbances and of the plans.
        act: the pupil.
        share: of the plan in what is done; the rest is the pupil's.
    """
    rng = np.random.default_rng([seed, 1])
    reference, base = reference_of(clip), base_controller(base_name)
    figure = Simulation(reference, 1)
    settings = PlanSettings()
    rollouts = Simulation(reference, settings.candidates, substeps=ROLLOUT_SUBSTEPS)
    planner = Planner(rollouts, settings, rng, base.residuals)
    figure.begin(np.array([_start(reference, rng)]))
    figure.engine.forward()
    seen: list[Floats] = []
    told: list[Floats] = []
    off = np.zeros(MUSCLE_COUNT)
    push = np.zeros((1, len(BODY_NAMES), 6))
    for step in range(round(EPISODE_S * CONTROL_RATE_HZ)):
        observation, under = observe(figure), base.residuals(figure)
        planned = planner.residuals(figure.state())[None] - under
        seen.append(observation[0])
        told.append(planned[0])
        pupil = planned if act is None else act(observation)
        off = _DISTURBANCE_KEPT * off + rng.normal(size=MUSCLE_COUNT) * _DISTURBED_RAD * 0.6
        if step % _PUSH_EVERY == 0:
            angle, size = rng.uniform(0.0, 6.3), rng.uniform(0.0, _PUSH_N_S)
            force = size * CONTROL_RATE_HZ / _PUSH_STEPS
            push[0, 1, [0, 2]] = force * np.sin(angle), force * np.cos(angle)
        pushing = push if step % _PUSH_EVERY < _PUSH_STEPS else None
        figure.advance(
            under + share * planned + (1.0 - share) * pupil + share * off, pushes=pushing
        )
        figure.end_step()
        errors = figure.errors()
        figure.offsets[:, [0, 2]] += REANCHORING * errors.place[:, [0, 2]]
        if strayed(errors)[0] or fallen(figure)[0] or not figure.is_sound()[0]:
            break
    return Taught(np.array(seen), np.array(told))


def read_taught(folder: Path) -> Taught:
    """All that was taught so far; what is cut off is left out."""
    parts = []
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path, allow_pickle=False) as file:
                parts.append((file["observations"], file["residuals"]))
        except (OSError, ValueError, LookupError, zipfile.BadZipFile):
            continue
    if not parts:
        return Taught(np.zeros((0, 0), np.float32), np.zeros((0, MUSCLE_COUNT)))
    return Taught(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def write_taught(folder: Path, name: str, taught: Taught) -> None:
    """Keep a trial, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.part"
    with partial.open("wb") as file:
        np.savez(file, observations=taught.observations, residuals=taught.residuals)
    partial.replace(folder / f"{name}.npz")


def taught_by(
    clips: Sequence[MotionClip], base_name: str, folder: Path, trials: int, act: Act | None = None,
    share: float = 1.0, generation: int = 0,
) -> None:  # fmt: skip
    """Let plans teach for some trials; those that are there already are not done again."""
    for seed in range(trials):
        name = f"taught_{generation}_{seed:05d}"
        if (folder / f"{name}.npz").exists():
            continue
        drawn = np.random.default_rng([seed, generation])
        clip = clips[int(drawn.integers(len(clips)))]
        write_taught(folder, name, teach(clip, base_name, 1000 * generation + seed, act, share))


def _start(reference: Reference, rng: np.random.Generator) -> int:
    return int(rng.integers(0, max(reference.steps - int(CONTROL_RATE_HZ * _HELD_S), 1)))
