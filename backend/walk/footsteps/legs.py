"""Legs that reach for feet, in the frame of a root."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import FORWARD, Floats
from blender_addon.core.maths.rotations import (
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics, solve_two_bone

SIDES = ("Left", "Right")
_PARTS = ("UpLeg", "Leg", "Foot", "Toe")
_LEGS = [COMMON_SKELETON.indices([side + part for part in _PARTS]) for side in SIDES]
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
        at = [positions[:, joint] for joint in (thigh, shin, foot)]
        bend = at[1] - 0.5 * (at[0] + at[2])
        # The knee goes where the foot points: it turns with a foot that is set down turned.
        front = quaternion_rotate(feet_wxyz[:, side], FORWARD)
        pole = bend + _POLE_M * front
        upper, lower = solve_two_bone(*at, ankles[:, side].astype(np.float32), pole)
        new_thigh = quaternion_multiply(upper, turned[:, thigh])
        new_shin = quaternion_multiply(lower, turned[:, shin])
        parent = turned[:, COMMON_SKELETON.parents[thigh]]
        local[:, thigh] = quaternion_multiply(quaternion_conjugate(parent), new_thigh)
        local[:, shin] = quaternion_multiply(quaternion_conjugate(new_thigh), new_shin)
        local[:, foot] = quaternion_multiply(quaternion_conjugate(new_shin), feet_wxyz[:, side])
    return local.astype(np.float32)
