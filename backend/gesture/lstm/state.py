"""A pose as the network gives it: joint rotations, height of the hips, and turning."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.gesture.measures.poses import Reals, world_positions
from backend.motion_quality.windows import facing
from blender_addon.core.conventions import Floats
from blender_addon.core.inference.layout import Layout
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_to_six,
    six_to_quaternion,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

JOINTS: Final = COMMON_SKELETON.joint_count
LAYOUT: Final = Layout({"rotations": 6 * JOINTS, "height_m": 1, "turn_rate_rad_s": 1})
"""Rotations: six numbers a joint, of the hips relative to where the character faces."""


def encode_clip(clip: MotionClip) -> Floats:
    """(T, 134) of a clip on the common skeleton, laid out as ``LAYOUT``."""
    ahead = facing(world_positions(clip), clip.skeleton.names)
    heading = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 1]))
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(-heading), rotations[:, 0])
    six = quaternion_to_six(rotations).reshape(clip.frame_count, -1)
    rate = np.gradient(heading) * clip.frame_rate_hz
    height = clip.root_positions[:, 1]
    return np.column_stack((six, height, rate)).astype(np.float32)


def decode_states(states: Floats, frame_rate_hz: float) -> MotionClip:
    """A clip of states (T, 134): on the spot, beginning to face +Z and turning from there."""
    parts = LAYOUT.slices
    rotations = six_to_quaternion(states[:, parts["rotations"]].reshape(len(states), JOINTS, 6))
    rate = states[:, parts["turn_rate_rad_s"]][:, 0]
    heading = np.concatenate(([0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1])) / frame_rate_hz))
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(heading), rotations[:, 0])
    root = np.zeros((len(states), 3), np.float32)
    root[:, 1] = states[:, parts["height_m"]][:, 0]
    return MotionClip(COMMON_SKELETON, frame_rate_hz, root, rotations)


def squared_angles_deg2(generated: Floats, recorded: Floats) -> Reals:
    """(T, J) squared angles between the rotations of two sets of states (T, 134), degrees²."""
    part = LAYOUT.slices["rotations"]
    a, b = (
        six_to_quaternion(s[:, part].reshape(len(s), JOINTS, 6)).astype(np.float64)
        for s in (generated, recorded)
    )
    cosine = np.clip(np.abs((a * b).sum(axis=-1)), 0.0, 1.0)
    return np.asarray(np.rad2deg(2.0 * np.arccos(cosine)) ** 2)
