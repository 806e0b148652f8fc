"""Channels of single pose bones: moving, turning, or put at rest; none touches a bone's scale."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core.maths.rotations import make_continuous, matrix_to_quaternion
from ..keys.keyframes import Channel, rotation_channels, vector_channels

Array = NDArray[np.float64]


def moving_bone_channels(
    bone: bpy.types.PoseBone, pose: Array, parents: list[Matrix] | None, frames: Array
) -> list[Channel]:
    """Location and rotation for pose matrices (T, 4, 4); Blender itself applies inherit flags."""
    data = bone.bone
    rest = data.matrix_local
    parent_rest = data.parent.matrix_local if data.parent else Matrix()
    above = parents or [Matrix()] * len(frames)
    basis = np.array(
        [
            data.convert_local_to_pose(
                Matrix(matrix),
                rest,
                parent_matrix=parent,
                parent_matrix_local=parent_rest,
                invert=True,
            )
            for matrix, parent in zip(pose.tolist(), above, strict=True)
        ]
    )
    turns = make_continuous(rotations_of(basis))
    prefix = _prefix(bone)
    return [
        *vector_channels(prefix + "location", frames, basis[:, :3, 3], bone.name),
        *rotation_channels(prefix, bone.rotation_mode, frames, turns, bone.name),
    ]


def turning_bone_channels(bone: bpy.types.PoseBone, turns: Array, frames: Array) -> list[Channel]:
    """Rotation (T, 4), relative to the bone's rest."""
    return [
        *rotation_channels(_prefix(bone), bone.rotation_mode, frames, turns, bone.name),
        *_location_channels(bone, frames),
    ]


def rest_channels(bone: bpy.types.PoseBone, frames: Array) -> list[Channel]:
    """One key on the first frame that puts a bone at rest."""
    rest = np.array([[1.0, 0.0, 0.0, 0.0]])
    return [
        *rotation_channels(_prefix(bone), bone.rotation_mode, frames[:1], rest, bone.name),
        *_location_channels(bone, frames),
    ]


def rotations_of(matrices: Array) -> Array:
    """Rotations (..., 4) in matrices (..., 4, 4), whatever their scale."""
    axes = matrices[..., :3, :3]
    return matrix_to_quaternion(axes / np.linalg.norm(axes, axis=-2, keepdims=True))


def _location_channels(bone: bpy.types.PoseBone, frames: Array) -> list[Channel]:
    """One key at rest for a location that deviates now and would else distort the result."""
    if np.abs(np.array(bone.location)).max() <= 1e-6:
        return []
    return vector_channels(_prefix(bone) + "location", frames[:1], np.zeros((1, 3)), bone.name)


def _prefix(bone: bpy.types.PoseBone) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"].'
