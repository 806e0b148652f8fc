"""What carries a character goes where an edit goes: the object or the bone above all others.

Sampled at other times it would jump back wherever the time does, and the hips would have to jump
the other way. So it keeps its place beside the character, on the ground, and its turn.
"""

from __future__ import annotations

from collections.abc import Collection

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import BLENDER_TO_CORE
from ....blender.keys.keyframes import Channel, rotation_channels, vector_channels
from ....blender.paths import bone_path, rotation_property
from ....blender.rig.take import Take
from ....blender.rig.turned import Turns, moved_channels
from ....core.maths.affine import affine_inverse
from ....core.maths.rotations import (
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_to_matrix,
)
from ....core.motion.clip import MotionClip
from ....core.motion.kinematics import forward_kinematics

Array = NDArray[np.float64]
_STILL = 1e-5


def carrier_channels(
    armature: bpy.types.Object, take: Take, desired: MotionClip, animated: Collection[str]
) -> list[Channel]:
    """Channels of what carries a character, so that it goes along; none where nothing does.

    Args:
        armature: only looked at.
        take: what it does.
        desired: what it shall do, T frames of the rig's skeleton.
        animated: data paths that have keys.
    """
    motion = ground_motion(take, desired)
    if np.abs(motion - np.eye(4)).max() < _STILL:
        return []
    if {"location", rotation_property(armature)} & set(animated):
        return _object_channels(armature, take, motion)
    above = take.rig.root_bone
    if above is None or above not in take.posed:
        return []
    paths = {bone_path(above, name) for name in ("location", rotation_property(
        armature.pose.bones[above]))}  # fmt: skip
    if not paths & set(animated):
        return []
    worlds = take.posed.worlds
    in_armature = affine_inverse(worlds) @ motion @ worlds
    turns = Turns(take.posed, {above: in_armature}, {}, take.frames)
    return list(moved_channels(armature, turns, above, in_armature))


def ground_motion(take: Take, desired: MotionClip) -> Array:
    """(T, 4, 4) in Blender's world: how the hips' place on the ground and heading change."""
    (was, turned), (now, turns) = (_hips(take, clip) for clip in (take.base, desired))
    turn = quaternion_multiply(turns, quaternion_conjugate(turned))
    turn = turn * np.array([1.0, 0.0, 1.0, 0.0])
    size = np.linalg.norm(turn, axis=1, keepdims=True)
    turn = np.where(size > 1e-6, turn / np.maximum(size, 1e-6), [1.0, 0.0, 0.0, 0.0])
    rotation = quaternion_to_matrix(turn)
    level = np.array([1.0, 0.0, 1.0])
    motion = np.tile(np.eye(4), (len(turn), 1, 1))
    back = BLENDER_TO_CORE.T
    motion[:, :3, :3] = back @ rotation @ BLENDER_TO_CORE
    way = now * level - np.einsum("tij,tj->ti", rotation, was * level)
    motion[:, :3, 3] = way @ back.T / take.rig.unit_m
    return motion


def _hips(take: Take, clip: MotionClip) -> tuple[Array, Array]:
    """(T, 3) and (T, 4) of the hips in the world."""
    bone = next(bone for bone, common in take.rig.joint_map.items() if common == "Hips")
    places, turns = forward_kinematics(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz.astype(np.float64)
    )
    joint = clip.skeleton.index(bone)
    return places[:, joint].astype(np.float64), turns[:, joint]


def _object_channels(armature: bpy.types.Object, take: Take, motion: Array) -> list[Channel]:
    """Location and rotation of the object; its parents stay as they are."""
    above = np.array(armature.matrix_world @ armature.matrix_basis.inverted_safe(), np.float64)
    basis = np.linalg.inv(above) @ motion @ take.posed.worlds
    scale = np.linalg.norm(basis[:, :3, :3], axis=1, keepdims=True)
    turns = matrix_to_quaternion(basis[:, :3, :3] / scale)
    return [
        *vector_channels("location", take.frames, basis[:, :3, 3], "Object Transforms"),
        *rotation_channels("", armature.rotation_mode, take.frames, turns, "Object Transforms"),
    ]
