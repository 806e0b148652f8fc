"""The demo's two animals: how each is to go, and what is measured of how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.ground.path import SpeedChange
from blender_addon.capabilities.quadruped.choice import AnimalChoice
from blender_addon.capabilities.quadruped.job import AnimalMotion, QuadrupedJob
from blender_addon.capabilities.quadruped.marks import Marks
from blender_addon.capabilities.quadruped.secondary.choice import Secondary
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.gaits import ACTIONS, Action
from blender_addon.core.quadruped.request import ActionMark
from blender_addon.core.quadruped.skeleton import PAWS
from blender_addon.demo_character.animals.builder import add_animal

from .meadow import Meadow

Array = NDArray[np.float64]

ANIMALS: Final = ("Horse", "Dog")
_HORSE_M_S: Final = 1.5
_HORSE_CHANGES: Final = ((4.5, 3.4), (9.0, 6.8), (38.0, 3.4), (43.0, 1.5))
_DOG_M_S: Final = 1.2
_DOG_CHANGES: Final = ((3.0, 2.6), (7.0, 5.5), (35.5, 2.6), (40.0, 1.2))
"""From which place on how fast: metres, and metres a second."""
_DOES_S: Final = 4.0
_END_M: Final = 0.001


def add_animals(context: bpy.types.Context, meadow: Meadow) -> list[AnimalChoice]:
    """Add both, and say how each is to go."""
    horse, dog = (add_animal(context, name.lower(), name) for name in ANIMALS)
    return [
        _choice(
            horse, meadow.ground, meadow.horse_path, _HORSE_M_S, _HORSE_CHANGES,
            ActionMark(meadow.horse_m - _END_M, Action.LOOK, _DOES_S),
        ),
        _choice(
            dog, meadow.ground, meadow.dog_path, _DOG_M_S, _DOG_CHANGES,
            ActionMark(meadow.dog_m - _END_M, Action.SIT, _DOES_S),
        ),
    ]  # fmt: skip


def _choice(
    armature: bpy.types.Object,
    ground: bpy.types.Object,
    curve: bpy.types.Object,
    speed_m_s: float,
    changes: Sequence[tuple[float, float]],
    ends_with: ActionMark,
) -> AnimalChoice:
    return AnimalChoice(
        armature=armature,
        curve=curve,
        ground=ground,
        speed_m_s=speed_m_s,
        marks=Marks(
            speed_changes=tuple(SpeedChange(*each) for each in changes), actions=(ends_with,)
        ),
        secondary=Secondary(),
        stand_after_s=0.5,
        start_frame=1,
    )


def ground_track(job: QuadrupedJob, motion: AnimalMotion) -> Array:
    """(T, 3) where an animal goes on the ground, Blender's axes, at the scene's frames."""
    result = motion.result
    known = np.arange(len(result.root_track)) / result.clip.frame_rate_hz
    times = np.arange(motion.clip.frame_count) / motion.clip.frame_rate_hz
    x, z = (np.interp(times, known, result.root_track[:, n]) for n in (0, 1))
    heights = job.terrain.heights(np.stack((x, z), axis=-1).astype(np.float32))
    return np.asarray(core_to_blender_points(np.stack((x, heights, z), axis=-1)), np.float64)


@dataclass(frozen=True)
class Moment:
    """What an animal does at one time.

    Args:
        does: the name of its gait or action.
        speed_m_s: its own, of the scene.
    """

    does: str
    speed_m_s: float


def moment_at(job: QuadrupedJob, motion: AnimalMotion, seconds: float) -> Moment:
    """What an animal is to do so long after the first frame."""
    plan, factor = motion.result.plan, job.body.time_factor
    frame = min(int(seconds * factor * MODEL_FRAME_RATE_HZ), plan.frame_count - 1)
    name = ACTIONS[int(plan.actions[frame].argmax())]
    speed = plan.speeds_m_s[frame] * factor / job.body.length_factor
    return Moment(name.partition("_")[0], float(speed))


def measure(job: QuadrupedJob, motion: AnimalMotion) -> dict[str, Any]:
    """Measures of an animal's motion as it was generated, at 60 Hz, in its own size."""
    result = motion.result
    clip = result.clip
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    paws = places[:, list(PAWS)].astype(np.float64)
    ground = job.terrain.heights(paws[..., [0, 2]].astype(np.float32))
    heights = paws[..., 1] - ground - job.body.paw_heights_m
    strayed = np.linalg.norm(result.root_track[:, :2] - result.desired_positions, axis=1)
    return {
        "hip_height_m": round(job.body.hip_height_m, 3),
        "path_length_m": round(job.path.length_m, 2),
        "duration_s": round(clip.duration_s, 2),
        "frames": motion.clip.frame_count,
        "path_deviation_mean_m": round(float(strayed.mean()), 4),
        "path_completed": result.reached_end,
        "slip_cm_s": round(100 * _slip_m_s(paws, clip.contacts, clip.frame_rate_hz), 2),
        "sunk_max_cm": round(100 * float(np.maximum(-heights, 0.0).max()), 2),
        "top_speed_m_s": round(_top_speed(result.root_track, clip.frame_rate_hz), 2),
        "does": _gone_through(motion),
        "notes": list(result.notes),
    }


def _slip_m_s(paws: Array, contacts: Any, rate: float) -> float:
    """Mean speed over the ground of paws that stand in both of two frames."""
    speeds = np.linalg.norm(np.diff(paws[..., [0, 2]], axis=0), axis=-1) * rate
    stands = np.asarray(contacts, np.bool_)
    both = stands[1:] & stands[:-1]
    return float(speeds[both].mean()) if both.any() else 0.0


def _top_speed(track: Any, rate: float) -> float:
    steps = np.linalg.norm(np.diff(track[:, :2], axis=0), axis=1) * rate
    return float(np.quantile(steps, 0.98))


def _gone_through(motion: AnimalMotion) -> list[str]:
    """Gaits and actions in the order in which they are gone through."""
    names = [ACTIONS[n] for n in motion.result.plan.actions.argmax(axis=1)]
    return [name for n, name in enumerate(names) if not n or names[n - 1] != name]
