"""Made motions that stand for captures in the tests of cleaning."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    length,
    normalise,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

JOINTS = COMMON_SKELETON.joint_count


def moving_clip(seconds: float = 6.0, rate_hz: float = 30.0) -> MotionClip:
    """All joints swing by some 10° at up to 1.1 Hz, and the hips travel."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(3)
    axes = normalise(rng.normal(size=(JOINTS, 3))).astype(np.float32)
    speeds, starts = rng.uniform(0.4, 1.1, JOINTS), rng.uniform(0.0, 6.0, JOINTS)
    angles = 0.18 * np.sin(2 * np.pi * speeds * time[:, None] + starts)
    turns = axis_angle_to_quaternion(np.broadcast_to(axes, (len(time), JOINTS, 3)), angles)
    root = np.zeros((len(time), 3), np.float32)
    root[:, 1] = HIPS_REST_HEIGHT_M + 0.02 * np.sin(2 * np.pi * time)
    root[:, 2] = 1.2 * time
    return MotionClip(COMMON_SKELETON, rate_hz, root, turns.astype(np.float32))


def trembling(clip: MotionClip, degrees: float, seed: int = 0) -> MotionClip:
    """The clip with white noise in every joint."""
    vectors = np.deg2rad(degrees) * np.random.default_rng(seed).normal(
        size=(*clip.rotations_wxyz.shape[:2], 3)
    )
    turns = axis_angle_to_quaternion(normalise(vectors), length(vectors))
    return MotionClip(
        clip.skeleton,
        clip.frame_rate_hz,
        clip.root_positions,
        quaternion_multiply(clip.rotations_wxyz, turns.astype(np.float32)),
    )


def angles_deg(first: Floats, second: Floats) -> Floats:
    """Angles (...) between quaternions (..., 4)."""
    near, far = (np.linalg.norm(first - sign * second, axis=-1) for sign in (1.0, -1.0))
    return np.asarray(4.0 * np.rad2deg(np.arcsin(np.clip(0.5 * np.minimum(near, far), 0.0, 1.0))))
