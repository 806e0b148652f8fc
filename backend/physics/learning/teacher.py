"""What plans would do: states that a figure gets into, and what sampling tells it to do there.

Source: Ross et al. 2011, A Reduction of Imitation Learning and Structured Prediction to No-Regret
Online Learning (DAgger): the pupil acts, the teacher says what would have been right.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.controllers import Controller
from blender_addon.core.physics.figure import BODY_NAMES, CONTROL_RATE_HZ, MUSCLE_COUNT
from blender_addon.core.physics.observation import observe
from blender_addon.core.physics.plan import ROLLOUT_SUBSTEPS, Planner, PlanSettings
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation, State

from .environment import REANCHORING, Act, fallen, strayed

EPISODE_S: Final = 4.0
_HELD_S: Final = 1.0
_DISTURBED_RAD: Final = 0.03
_DISTURBANCE_KEPT: Final = 0.8
_PUSH_N_S: Final = 25.0
_PUSH_EVERY: Final = 45
_PUSH_STEPS: Final = 3


@dataclass(frozen=True, eq=False)
class Taught:
    """N states in which plans were sought.

    Args:
        steps: (N,) control step of the clip.
        poses: (N, 45).
        rates: (N, 36).
        offsets: (N, 3) by how much the reference was moved.
        residuals: (N, 30) radians to add to the reference's targets, what the base adds included.
    """

    steps: Ints
    poses: Floats
    rates: Floats
    offsets: Floats
    residuals: Floats


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a network learns of these.

    Args:
        observations: (N, F).
        residuals: (N, 30) radians to add to the base.
    """

    observations: Floats
    residuals: Floats


def teach(
    clip: MotionClip, base: Controller, seed: int, act: Act | None = None, share: float = 1.0
) -> Taught:
    """One trial of a few seconds, disturbed and pushed.

    Args:
        clip: what is followed.
        base: what plans and policy add to.
        seed: of where it begins, of disturbances and of the plans.
        act: the pupil.
        share: of the plan in what is done; the rest is the pupil's.
    """
    rng = np.random.default_rng([seed, 1])
    reference = reference_of(clip)
    figure, settings = Simulation(reference, 1), PlanSettings(rounds=1)
    rollouts = Simulation(reference, settings.candidates, substeps=ROLLOUT_SUBSTEPS)
    planner = Planner(rollouts, settings, rng, base.residuals)
    figure.begin(np.array([_start(reference, rng)]))
    states: list[State] = []
    told: list[Floats] = []
    off = np.zeros(MUSCLE_COUNT)
    push = np.zeros((1, len(BODY_NAMES), 6))
    for step in range(round(EPISODE_S * CONTROL_RATE_HZ)):
        states.append(figure.state())
        planned = planner.residuals(states[-1])[None]
        told.append(planned[0])
        pupil = planned if act is None else act(observe(figure)) + base.residuals(figure)
        off = _DISTURBANCE_KEPT * off + rng.normal(size=MUSCLE_COUNT) * _DISTURBED_RAD
        if step % _PUSH_EVERY == 0:
            angle, size = rng.uniform(0.0, 6.3), rng.uniform(0.0, _PUSH_N_S)
            force = size * CONTROL_RATE_HZ / _PUSH_STEPS
            push[0, 1, [0, 2]] = force * np.sin(angle), force * np.cos(angle)
        pushing = push if step % _PUSH_EVERY < _PUSH_STEPS else None
        figure.advance(share * (planned + off) + (1.0 - share) * pupil, pushes=pushing)
        figure.end_step()
        errors = figure.errors()
        figure.offsets[:, [0, 2]] += REANCHORING * errors.place[:, [0, 2]]
        if strayed(errors)[0] or fallen(figure)[0] or not figure.is_sound()[0]:
            break
    poses, rates, offsets = (
        np.array([getattr(s, name) for s in states]) for name in ("qpos", "qvel", "offset")
    )
    return Taught(np.array([each.step for each in states]), poses, rates, offsets, np.array(told))


def lessons_of(folder: Path, clips: Sequence[MotionClip], base: Controller) -> Lessons:
    """All that was taught so far, as it looks with this base; what is cut off is left out.

    Args:
        folder: of what was taught.
        clips: that were followed then.
        base: what the policy adds to.
    """
    parts = []
    references: dict[int, Reference] = {}
    for path in sorted(folder.glob("taught_*.npz")):
        try:
            clip, taught = _read(path)
        except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile):
            continue
        if clip < len(clips):
            reference = references.setdefault(clip, reference_of(clips[clip]))
            parts.append(_lessons(taught, reference, base))
    if not parts:
        return Lessons(np.zeros((0, 0), np.float32), np.zeros((0, MUSCLE_COUNT)))
    return Lessons(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _lessons(taught: Taught, reference: Reference, base: Controller) -> tuple[Floats, Floats]:
    figures = Simulation(reference, len(taught.steps))
    figures.engine.qpos[:], figures.engine.qvel[:] = taught.poses, taught.rates
    figures.steps[:], figures.offsets[:] = taught.steps, taught.offsets
    figures.engine.forward()
    return observe(figures), taught.residuals - base.residuals(figures)


def _read(path: Path) -> tuple[int, Taught]:
    with np.load(path, allow_pickle=False) as file:
        return int(file["clip"]), Taught(*(file[each.name] for each in fields(Taught)))


def _write(folder: Path, name: str, clip: int, taught: Taught) -> None:
    """Keep a trial, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.part"
    with partial.open("wb") as file:
        np.savez(file, clip=clip, **vars(taught))
    partial.replace(folder / f"{name}.npz")


def taught_by(
    clips: Sequence[MotionClip], base: Controller, folder: Path, trials: Iterable[int],
    act: Act | None = None, share: float = 1.0, generation: int = 0,
) -> None:  # fmt: skip
    """Let plans teach for some trials; those that are there already are not done again."""
    for trial in trials:
        name = f"taught_{generation}_{trial:05d}"
        if (folder / f"{name}.npz").exists():
            continue
        clip = int(np.random.default_rng([trial, generation]).integers(len(clips)))
        seed = 100_000 * generation + trial
        _write(folder, name, clip, teach(clips[clip], base, seed, act, share))


def _start(reference: Reference, rng: np.random.Generator) -> int:
    return int(rng.integers(0, max(reference.steps - int(CONTROL_RATE_HZ * _HELD_S), 1)))
