"""A made walk for tests of loops."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.placing import bent
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

RATE_HZ = 30.0
PERIOD_S = 1.1
SPEED_M_S = 1.2


def joints_of(clip: MotionClip) -> Floats:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def gait(seconds: float = 4.0, rate_hz: float = RATE_HZ, turn_rad_s: float = 0.0) -> MotionClip:
    """A person who swings arms and legs while going ahead, in a period of 1.1 s."""
    time = np.arange(round(seconds * rate_hz) + 1) / rate_hz
    phase = 2 * np.pi * time / PERIOD_S
    rotations = np.zeros((len(time), COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1
    side = np.array([1.0, 0.0, 0.0], np.float32)
    swings = {"UpLeg": (0.5, 0.0), "Leg": (0.5, 0.6), "Arm": (-0.4, 0.0)}
    for name, (size, lag) in swings.items():
        for foot, shift in (("Left", 0.0), ("Right", np.pi)):
            angle = size * np.sin(phase + shift + lag) + (0.6 if name == "Leg" else 0.0)
            joint = COMMON_SKELETON.index(foot + name)
            rotations[:, joint] = axis_angle_to_quaternion(side, angle)
    root = np.stack((0.02 * np.sin(phase), 0.9 + 0.02 * np.cos(2 * phase), SPEED_M_S * time), -1)
    clip = MotionClip(COMMON_SKELETON, rate_hz, root, rotations)
    return bent(clip, turn_rad_s * time) if turn_rad_s else clip
