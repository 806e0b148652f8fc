"""Legs that reach for feet, in the frame of a root."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import FORWARD, Floats
from blender_addon.core.maths.rotations import (
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.maths.smoothing import gaussian_smooth, running_maximum
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics, solve_two_bone

SIDES = ("Left", "Right")
_PARTS = ("UpLeg", "Leg", "Foot", "Toe")
_LEGS = [COMMON_SKELETON.indices([side + part for part in _PARTS]) for side in SIDES]
_REACH_M = 0.82 * 0.997
"""Of a leg that is stretched as far as people stretch it when they push off: 9 degrees."""
_POLE_M = np.float32(0.05)


def ankles_and_feet(hips: Floats, rotations_wxyz: Floats) -> tuple[Floats, Floats]:
    """Ankles (T, 2, 3) and rotations of the feet (T, 2, 4) of a body, left and right.

    Args:
        hips: (T, 3) in the root's frame, metres.
        rotations_wxyz: (T, J, 4) local, the first in the root's frame.
    """
    positions, turned = forward_kinematics(COMMON_SKELETON, hips, rotations_wxyz)
    feet = [leg[2] for leg in _LEGS]
    return positions[:, feet], turned[:, feet]


def lower_to_reach(hips: Floats, rotations_wxyz: Floats, ankles: Floats) -> Floats:
    """Hips (T, 3), lowered smoothly where a leg would be stretched to reach its ankle.

    Args:
        hips, rotations_wxyz, ankles: as for ``reach_feet``.
    """
    positions, _ = forward_kinematics(COMMON_SKELETON, hips, rotations_wxyz)
    thighs = positions[:, [leg[0] for leg in _LEGS]]
    away = np.linalg.norm((thighs - ankles)[..., [0, 2]], axis=-1)
    high = np.sqrt(np.maximum(_REACH_M**2 - away**2, 0.0)) + ankles[..., 1]
    missing = np.maximum(thighs[..., 1] - high, 0.0).max(axis=1)
    lowered = hips.copy()
    lowered[:, 1] -= gaussian_smooth(running_maximum(missing, 5), 4.0)
    return lowered


def reach_feet(hips: Floats, rotations_wxyz: Floats, ankles: Floats, feet_wxyz: Floats) -> Floats:
    """Local rotations (T, J, 4) with which the legs of a body reach for feet.

    Args:
        hips, rotations_wxyz: the body, as for ``ankles_and_feet``.
        ankles: (T, 2, 3) where the ankles shall be, metres.
        feet_wxyz: (T, 2, 4) how the feet shall be turned.
    """
    positions, turned = forward_kinematics(COMMON_SKELETON, hips, rotations_wxyz)
    local = rotations_wxyz.copy()
    for side, (thigh, shin, foot, _) in enumerate(_LEGS):
        hip, knee, ankle = (positions[:, joint] for joint in (thigh, shin, foot))
        bend = knee - 0.5 * (hip + ankle)
        # The knee goes where the foot points: it turns with a foot that is set down turned.
        front = quaternion_rotate(feet_wxyz[:, side], FORWARD)
        pole = bend + _POLE_M * front
        upper, lower = solve_two_bone(hip, knee, ankle, ankles[:, side].astype(np.float32), pole)
        new_thigh = quaternion_multiply(upper, turned[:, thigh])
        new_shin = quaternion_multiply(lower, turned[:, shin])
        parent = turned[:, COMMON_SKELETON.parents[thigh]]
        local[:, thigh] = quaternion_multiply(quaternion_conjugate(parent), new_thigh)
        local[:, shin] = quaternion_multiply(quaternion_conjugate(new_thigh), new_shin)
        local[:, foot] = quaternion_multiply(quaternion_conjugate(new_shin), feet_wxyz[:, side])
    return local.astype(np.float32)
