"""Channels of single pose bones: moving, turning, or put at rest; none touches a bone's scale."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core.maths.rotations import make_continuous, rotations_of
from ..keys.keyframes import Channel, rotation_channels, vector_channels
from ..paths import bone_path

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
    prefix = bone_path(bone.name)
    return [
        *vector_channels(prefix + "location", frames, basis[:, :3, 3], bone.name),
        *rotation_channels(prefix, bone.rotation_mode, frames, turns, bone.name),
    ]


def turning_bone_channels(bone: bpy.types.PoseBone, turns: Array, frames: Array) -> list[Channel]:
    """Rotation (T, 4), relative to the bone's rest."""
    return [
        *rotation_channels(bone_path(bone.name), bone.rotation_mode, frames, turns, bone.name),
        *_location_channels(bone, frames),
    ]


def rest_channels(bone: bpy.types.PoseBone, frames: Array) -> list[Channel]:
    """One key on the first frame that puts a bone at rest."""
    rest = np.array([[1.0, 0.0, 0.0, 0.0]])
    return [
        *rotation_channels(bone_path(bone.name), bone.rotation_mode, frames[:1], rest, bone.name),
        *_location_channels(bone, frames),
    ]


def _location_channels(bone: bpy.types.PoseBone, frames: Array) -> list[Channel]:
    """One key at rest for a location that deviates now and would else distort the result."""
    if np.abs(np.array(bone.location)).max() <= 1e-6:
        return []
    return vector_channels(
        bone_path(bone.name, "location"), frames[:1], np.zeros((1, 3)), bone.name
    )
