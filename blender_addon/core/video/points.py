"""The points of a body that are tracked in a film, and the fourteen joints made of them.

``LANDMARKS`` are BlazePose's 33 (Bazarevsky 2020); ``JOINTS`` carry the names that the common
skeleton gives them, so that "LeftLeg" is the left knee, "LeftFoot" the ankle, "LeftHand" the wrist
and "LeftArm" the shoulder. "Neck" is the middle of the shoulders, "HeadTop" the top of the head.
Left and right are the person's own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LANDMARKS: Final = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
    "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky",
    "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel",
    "left_foot_index", "right_foot_index",
)  # fmt: skip

JOINTS: Final = (
    "LeftFoot", "RightFoot", "LeftLeg", "RightLeg", "LeftUpLeg", "RightUpLeg", "LeftArm",
    "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand", "Neck", "HeadTop",
)  # fmt: skip

BONES: Final = (
    ("Neck", "HeadTop"), ("LeftArm", "RightArm"), ("LeftUpLeg", "RightUpLeg"),
    ("LeftArm", "LeftUpLeg"), ("RightArm", "RightUpLeg"), ("LeftArm", "LeftForeArm"),
    ("LeftForeArm", "LeftHand"), ("RightArm", "RightForeArm"), ("RightForeArm", "RightHand"),
    ("LeftUpLeg", "LeftLeg"), ("LeftLeg", "LeftFoot"), ("RightUpLeg", "RightLeg"),
    ("RightLeg", "RightFoot"),
)  # fmt: skip
"""What is drawn between joints, and what has a length."""

_SAME: Final = np.array([27, 28, 25, 26, 23, 24, 11, 12, 13, 14, 15, 16])
"""The landmarks that the first twelve joints are."""
_EARS: Final = (7, 8)
_SHOULDERS: Final = (11, 12)
TOP_ABOVE_EARS: Final = 0.6
"""Of the way from the middle of the shoulders to that of the ears.

Source: Drillis & Contini 1966, "Body segment parameters": of a body's height the shoulders are at
.818, the ears at .93. Rendered training films agree (.75 puts it 2 % of the torso farther off).
"""


def joints_of(landmarks: NDArray[Any]) -> NDArray[Any]:
    """The fourteen joints, in the picture or in space.

    Args:
        landmarks: (..., 33, C) places; C coordinates each.

    Returns:
        (..., 14, C) in the order of ``JOINTS``.
    """
    neck = landmarks[..., _SHOULDERS, :].mean(axis=-2)
    ears = landmarks[..., _EARS, :].mean(axis=-2)
    top = ears + TOP_ABOVE_EARS * (ears - neck)
    return np.concatenate(
        (landmarks[..., _SAME, :], neck[..., None, :], top[..., None, :]), axis=-2
    )


def joint_confidence(visibility: NDArray[Any]) -> NDArray[Any]:
    """(..., 14) confidence of the joints, of the (..., 33) visibility of the landmarks."""
    neck = visibility[..., _SHOULDERS].min(axis=-1)
    top = visibility[..., _EARS].max(axis=-1)
    return np.concatenate((visibility[..., _SAME], neck[..., None], top[..., None]), axis=-1)


def middle_of_hips(joints: NDArray[Any]) -> NDArray[Any]:
    """(..., C) between the hips of (..., 14, C) joints: where the root of a pose is."""
    left, right = JOINTS.index("LeftUpLeg"), JOINTS.index("RightUpLeg")
    return np.asarray(0.5 * (joints[..., left, :] + joints[..., right, :]))


def torso_length(joints: NDArray[Any]) -> NDArray[Any]:
    """(...) from the middle of the hips to that of the shoulders, of (..., 14, C) joints."""
    trunk = joints[..., JOINTS.index("Neck"), :] - middle_of_hips(joints)
    return np.asarray(np.linalg.norm(trunk, axis=-1))
