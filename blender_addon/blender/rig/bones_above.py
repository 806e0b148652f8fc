"""Where the bones are that carry those that move, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..keys.keyframes import Channel
from .bone_channels import moving_bone_channels, rest_channels
from .bone_scales import scale_matrix

Array = NDArray[np.float64]


class BonesAbove:
    """Pose matrices in armature space of bones on which moving bones hang.

    Args:
        armature: the object.
        frames: (T,) frame numbers in the scene.
        scales: (3,) local scale of bones that are not as large as at rest, by name.
    """

    def __init__(
        self, armature: bpy.types.Object, frames: Array, scales: Mapping[str, Array]
    ) -> None:
        self._bones = armature.pose.bones
        self._frames = frames
        self._scales = scales
        self._arrays: dict[str, Array] = {}
        self._matrices: dict[str, list[Matrix]] = {}

    def key_ancestors(self, names: Sequence[str], root_pose: Array | None) -> list[Channel]:
        """Channels of the bones above all that move, which stand at rest but for the topmost.

        Args:
            names: those bones, topmost first.
            root_pose: (T, 4, 4) moves the topmost away from rest, in armature space; None leaves
                it there.
        """
        channels: list[Channel] = []
        for name in names:
            bone = self._bones[name]
            if root_pose is not None and name == names[0]:
                sized = bone.bone.matrix_local @ scale_matrix(self._scales, name)
                moved = root_pose @ np.array(sized, np.float64)
                channels += moving_bone_channels(bone, moved, None, self._frames)
                self.put(name, moved)
            else:
                channels += self._at_rest(bone)
        return channels

    def key_parents(self, bone: bpy.types.PoseBone) -> list[Channel]:
        """Channels that hold at rest those bones above one whose place is not known yet."""
        unknown = []
        over = bone.parent
        while over is not None and not self._knows(over.name):
            unknown.append(over)
            over = over.parent
        return [channel for parent in reversed(unknown) for channel in self._at_rest(parent)]

    def of_parent(self, bone: bpy.types.PoseBone) -> list[Matrix] | None:
        """Pose matrices of the bone's parent; None without one."""
        if bone.parent is None:
            return None
        name = bone.parent.name
        if name not in self._matrices:
            self._matrices[name] = [Matrix(matrix) for matrix in self._arrays[name].tolist()]
        return self._matrices[name]

    def put(self, name: str, poses: Array) -> None:
        """Say where a bone is: (T, 4, 4) in armature space."""
        self._arrays[name] = poses

    def of(self, name: str) -> Array:
        """(T, 4, 4) where a bone is whose place is known."""
        if name not in self._arrays:
            self._arrays[name] = np.array(self._matrices[name], np.float64)
        return self._arrays[name]

    def _knows(self, name: str) -> bool:
        return name in self._arrays or name in self._matrices

    def _at_rest(self, bone: bpy.types.PoseBone) -> list[Channel]:
        data, parent = bone.bone, bone.parent
        parent_rest = data.parent.matrix_local if parent is not None else Matrix()
        over = self.of_parent(bone) or [Matrix()] * len(self._frames)
        self._matrices[bone.name] = [
            data.convert_local_to_pose(
                scale_matrix(self._scales, bone.name),
                data.matrix_local,
                parent_matrix=pose,
                parent_matrix_local=parent_rest,
            )
            for pose in over
        ]
        return rest_channels(bone, self._frames)
