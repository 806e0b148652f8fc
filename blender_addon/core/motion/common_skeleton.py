"""The skeleton every locomotion model of ours speaks.

A person of 1.75 m in T-pose, legs straight down, left and right exactly mirrored. Lengths are
rounded means over the CMU subjects (thigh 0.41 m, shin 0.41 m); a foot joint is the ankle, a toe
joint the ball of the foot.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .skeleton import Skeleton

_TREE: Final = (
    ("Hips", "", (0.0, 0.0, 0.0)),
    ("Spine", "Hips", (0.0, 0.08, -0.01)),
    ("Spine1", "Spine", (0.0, 0.115, -0.006)),
    ("Spine2", "Spine1", (0.0, 0.116, -0.002)),
    ("Neck", "Spine2", (0.0, 0.16, -0.01)),
    ("Head", "Neck", (0.0, 0.105, 0.02)),
    ("LeftShoulder", "Spine2", (0.025, 0.12, 0.0)),
    ("LeftArm", "LeftShoulder", (0.155, 0.01, -0.015)),
    ("LeftForeArm", "LeftArm", (0.285, 0.0, 0.0)),
    ("LeftHand", "LeftForeArm", (0.245, 0.0, 0.0)),
    ("RightShoulder", "Spine2", (-0.025, 0.12, 0.0)),
    ("RightArm", "RightShoulder", (-0.155, 0.01, -0.015)),
    ("RightForeArm", "RightArm", (-0.285, 0.0, 0.0)),
    ("RightHand", "RightForeArm", (-0.245, 0.0, 0.0)),
    ("LeftUpLeg", "Hips", (0.09, -0.075, 0.01)),
    ("LeftLeg", "LeftUpLeg", (0.0, -0.41, 0.0)),
    ("LeftFoot", "LeftLeg", (0.0, -0.41, 0.0)),
    ("LeftToe", "LeftFoot", (0.0, -0.06, 0.125)),
    ("RightUpLeg", "Hips", (-0.09, -0.075, 0.01)),
    ("RightLeg", "RightUpLeg", (0.0, -0.41, 0.0)),
    ("RightFoot", "RightLeg", (0.0, -0.41, 0.0)),
    ("RightToe", "RightFoot", (0.0, -0.06, 0.125)),
)
_ENDS: Final = {
    "Head": (0.0, 0.19, 0.02),
    "LeftHand": (0.17, 0.0, 0.0),
    "RightHand": (-0.17, 0.0, 0.0),
    "LeftToe": (0.0, 0.0, 0.07),
    "RightToe": (0.0, 0.0, 0.07),
}

COMMON_SKELETON: Final = Skeleton(
    names=tuple(name for name, _, _ in _TREE),
    parents=np.array([[n for n, _, _ in _TREE].index(p) if p else -1 for _, p, _ in _TREE]),
    offsets=np.array([offset for _, _, offset in _TREE], np.float32),
    ends=_ENDS,
)

FOOT_JOINTS: Final = ("LeftFoot", "LeftToe", "RightFoot", "RightToe")
"""Joints of the four contacts, in their order: left heel, left toe, right heel, right toe."""

HEEL_HEIGHT_M: Final = 0.08
"""Height of the foot joint over the ground while the foot is planted flat."""

TOE_HEIGHT_M: Final = 0.02
"""Height of the toe joint over the ground while it is planted."""

HEEL_BACK_M: Final = 0.05
"""How far behind the foot joint the heel's edge touches the ground."""

TIP_AHEAD_M: Final = 0.07
"""How far ahead of the toe joint the toes end."""

PLANTED_HEIGHTS_M: Final = np.array([HEEL_HEIGHT_M, TOE_HEIGHT_M] * 2, np.float32)

HIPS_REST_HEIGHT_M: Final = 0.075 + 0.41 + 0.41 + HEEL_HEIGHT_M
