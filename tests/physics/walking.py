"""A plain walk made by hand: legs that swing, feet that hold, nothing learned."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.maths.smoothing import smoothstep
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

_STEP_S = 0.5
_RATE_HZ = 60.0
_SIDEWAYS = np.array([1.0, 0.0, 0.0])


def marching(length_m: float, speed_m_s: float = 1.1) -> MotionClip:
    """Along +Z at a speed, standing for a second before and after; 60 Hz, with contacts."""
    seconds = length_m / speed_m_s + 2.0
    times = np.arange(round(seconds * _RATE_HZ)) / _RATE_HZ
    walks = smoothstep((times - 1.0) / 0.4) * smoothstep((seconds - 1.0 - times) / 0.4)
    along = np.cumsum(walks)
    along *= length_m / along[-1]
    roots = np.column_stack((0 * times, np.full(len(times), HIPS_REST_HEIGHT_M - 0.02), along))
    phase = (times - 1.0) / _STEP_S
    local = np.zeros((len(times), COMMON_SKELETON.joint_count, 4), np.float32)
    local[..., 0] = 1.0
    for side, name in enumerate(("Left", "Right")):
        swing = np.sin(np.pi * (phase + side)) * walks
        bend = 0.25 + 0.5 * np.maximum(np.cos(np.pi * (phase + side)), 0.0) * walks
        for joint, angle in (
            ("UpLeg", -0.4 * swing - 0.5 * bend),
            ("Leg", bend),
            ("Foot", 0.4 * swing - 0.5 * bend),
        ):
            local[:, COMMON_SKELETON.index(name + joint)] = _about_x(angle)
    for name, turn in (("LeftArm", -1.4), ("RightArm", 1.4)):
        local[:, COMMON_SKELETON.index(name)] = axis_angle_to_quaternion(
            np.array([0.0, 0.0, 1.0]), np.full(len(times), turn)
        )
    contacts = _contacts(phase, walks > 0.0)
    held = lock_feet(COMMON_SKELETON, roots, local, contacts, FlatTerrain())
    return MotionClip(
        COMMON_SKELETON, _RATE_HZ, held.root_positions, held.rotations_wxyz, held.contacts
    )


def _about_x(angles: Floats) -> Floats:
    return axis_angle_to_quaternion(_SIDEWAYS, angles)


def _contacts(phase: Floats, walks: Bools) -> Bools:
    """Feet swing in turn, four fifths of a step each."""
    swings = np.stack([((phase + side) % 2.0 < 0.8) & walks for side in (0, 1)], axis=1)
    return np.repeat(~swings, 2, axis=1)
