"""Joint positions as every measure of a pose sees them: from the character, not from the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backend.motion_quality.windows import facing
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics

Reals = NDArray[np.float64]


def world_positions(clip: MotionClip) -> Reals:
    """(T, J, 3) joint positions of a clip, metres."""
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return joints.astype(np.float64)


def seen_positions(clip: MotionClip) -> Reals:
    """(T, J, 3) metres: hips over the origin at their height, the character facing +Z.

    So a dancer who goes elsewhere, or looks elsewhere, in the same pose makes no error.
    """
    return seen_from_character(world_positions(clip), clip.skeleton.names)


def seen_from_character(joints: Reals, names: tuple[str, ...]) -> Reals:
    """The same of world positions (T, J, 3)."""
    sine, cosine = np.moveaxis(facing(joints, names), -1, 0)
    origin = joints[:, :1] * np.array([1.0, 0.0, 1.0])
    x, y, z = np.moveaxis(joints - origin, -1, 0)
    s, c = sine[:, None], cosine[:, None]
    return np.stack((c * x - s * z, y, s * x + c * z), axis=-1)
