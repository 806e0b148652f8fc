"""Another rest pose for a skeleton, its motion unchanged.

Some files rest in no pose at all: LAFAN1's bones all lie along X. Carrying a motion to another
skeleton needs a rest pose that somebody could stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import (
    euler_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local
from blender_addon.core.motion.skeleton import Skeleton

_TOES_DEG: Final = 21.45
LAFAN1_T_POSE_DEG: Final[Mapping[str, tuple[float, float, float]]] = {
    "Hips": (90.0, 0.0, 90.0),
    "LeftUpLeg": (180.0, 0.0, 180.0),
    "LeftFoot": (90.0 - _TOES_DEG, 0.0, 0.0),
    "LeftToe": (_TOES_DEG, 0.0, 0.0),
    "RightUpLeg": (180.0, 0.0, 180.0),
    "RightFoot": (90.0 - _TOES_DEG, 0.0, 0.0),
    "RightToe": (_TOES_DEG, 0.0, 0.0),
    "LeftShoulder": (-90.0, -90.0, -90.0),
    "RightShoulder": (-90.0, 90.0, 90.0),
}
"""Angles about Z, Y, X with which LAFAN1's skeleton stands in a T, looking along +Z; others 0."""
_ALONG: Final = 0.99
_LEGS: Final = ("LeftLeg", "LeftFoot", "RightLeg", "RightFoot")


def standing(clip: MotionClip) -> MotionClip:
    """The clip with a rest pose to stand in, where its own is that of LAFAN1's files."""
    return with_rest_pose(clip, lafan1_t_pose(clip.skeleton)) if rests_along_x(clip) else clip


def rests_along_x(clip: MotionClip) -> bool:
    """Whether thighs and shins lie along X at rest, as in LAFAN1."""
    skeleton = clip.skeleton
    if not {*LAFAN1_T_POSE_DEG, *_LEGS} <= set(skeleton.names):
        return False
    shins = skeleton.offsets[skeleton.indices(_LEGS)]
    return bool((shins[:, 0] > _ALONG * np.linalg.norm(shins, axis=-1)).all())


def lafan1_t_pose(skeleton: Skeleton) -> Floats:
    """(J, 4) local rotations in which LAFAN1's skeleton stands in a T."""
    angles = np.zeros((skeleton.joint_count, 3), np.float32)
    for name, degrees in LAFAN1_T_POSE_DEG.items():
        angles[skeleton.index(name)] = np.deg2rad(degrees)
    return np.asarray(euler_to_quaternion(angles, "ZYX"), np.float32)


def with_rest_pose(clip: MotionClip, pose_wxyz: Floats) -> MotionClip:
    """The same motion of the same person, who rests in another pose.

    Args:
        clip: T frames of J joints.
        pose_wxyz: (J, 4) local rotations of the new rest pose.
    """
    skeleton = clip.skeleton
    _, posed = forward_kinematics(skeleton, np.zeros((1, 3), np.float32), pose_wxyz[None])
    rest = posed[0]
    offsets = skeleton.offsets.copy()
    offsets[1:] = quaternion_rotate(rest[skeleton.parents[1:]], skeleton.offsets[1:])
    ends = {
        name: tuple(quaternion_rotate(rest[skeleton.index(name)], np.array(end, np.float32)))
        for name, end in skeleton.ends.items()
        if np.any(end)
    }
    rested = replace(skeleton, offsets=offsets, ends=ends)
    _, turned = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    turned = quaternion_multiply(turned, quaternion_conjugate(rest))
    local = global_to_local(rested, turned)
    return MotionClip(rested, clip.frame_rate_hz, clip.root_positions, local, clip.contacts)
