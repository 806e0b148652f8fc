"""Quiet standing: captured stances that breathe.

The recordings hold half a second of natural standing here and there, before a walk begins. Its mean
pose is captured; the slow sway, the breath and the glances on top of it are invented, within the
amplitudes of postural sway in the literature (centimetres and a few degrees, below 0.5 Hz).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    normalise,
    quaternion_multiply,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .loops import Body
from .takes import Take

_X, _Y, _Z = np.eye(3, dtype=np.float32)
_SWAY_M = np.array([0.008, 0.0015, 0.006], np.float32)
_TURNS_DEG = (
    ("Spine1", _X, 0.8, 0.25),
    ("Spine2", _Z, 0.5, 0.11),
    ("Head", _Y, 3.5, 0.13),
    ("Head", _X, 1.5, 0.17),
    ("LeftArm", _X, 1.2, 0.19),
    ("RightArm", _X, 1.2, 0.21),
    ("LeftForeArm", _Y, 1.0, 0.16),
    ("RightForeArm", _Y, 1.0, 0.14),
)


@dataclass(frozen=True, eq=False)
class Idle:
    """Standing as a function of time.

    Args:
        stance: one take of calm standing; its mean pose is used.
        seed: of the sway.
    """

    stance: Take
    seed: int

    def body(self, times_s: Floats) -> Body:
        """The body at times (T,) in seconds."""
        rng = np.random.default_rng(self.seed)
        hips = self.stance.hips.mean(axis=0) + _SWAY_M * np.stack(
            [_wander(rng, times_s, hertz) for hertz in (0.21, 0.25, 0.27)], axis=-1
        )
        mean = normalise(self.stance.rotations_wxyz.mean(axis=0))
        rotations = np.repeat(mean[None], len(times_s), axis=0)
        for joint, axis, degrees, hertz in _TURNS_DEG:
            index = COMMON_SKELETON.index(joint)
            turn = axis_angle_to_quaternion(
                axis, np.radians(degrees) * _wander(rng, times_s, hertz)
            )
            rotations[:, index] = quaternion_multiply(rotations[:, index], turn)
        contacts = np.ones((len(times_s), 4), bool)
        return Body(hips.astype(np.float32), rotations, contacts)


def _wander(rng: np.random.Generator, times_s: Floats, hertz: float) -> Floats:
    """A smooth curve within ±1 that never quite repeats."""
    first, second = rng.uniform(0, 2 * np.pi, 2)
    slow = np.sin(2 * np.pi * hertz * times_s + first)
    return np.asarray(0.6 * slow + 0.4 * np.sin(2 * np.pi * 1.618 * hertz * times_s + second))
