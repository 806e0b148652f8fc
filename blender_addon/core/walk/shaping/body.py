"""Poses in the frames of their roots, ready to be shaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.headings import root_to_world
from ...maths.rotation_vectors import vector_to_quaternion
from ...maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import forward_kinematics

UPPER: Final = (
    "Hips", "Spine", "Spine1", "Spine2", "Neck", "Head",
    "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand",
    "RightShoulder", "RightArm", "RightForeArm", "RightHand",
)  # fmt: skip
"""Joints that are turned by an angle; legs follow from where their feet are."""

UPPER_JOINTS: Final = COMMON_SKELETON.indices(UPPER)
_PARENTS: Final = [UPPER_JOINTS.index(COMMON_SKELETON.parents[j]) for j in UPPER_JOINTS[1:]]


@dataclass(frozen=True, eq=False)
class Poses:
    """N frames as the network made them.

    Args:
        hips: (N, 3) in the world.
        rotations: (N, J, 4) relative to the parent, the hips' in the world.
        track: (N, 3) x, z and heading of the root.
        ground: (N,) height on which the root stands.
        scores: (N, 4) contacts as the network says them.
    """

    hips: Floats
    rotations: Floats
    track: Floats
    ground: Floats
    scores: Bools


class Body:
    """Poses of N frames as seen from their roots, with what is to be changed about them.

    Args:
        poses: left as they are.
        local: (N, J, 4) their rotations, arms swinging as they shall.
    """

    def __init__(self, poses: Poses, local: Floats) -> None:
        self._poses = poses
        self._heading = heading_to_quaternion(poses.track[:, 2])
        away = (poses.hips - self._root()).astype(np.float32)
        across = root_to_world(away[:, [0, 2]], -poses.track[:, 2])
        self.hips = np.stack((across[:, 0], away[:, 1], across[:, 1]), axis=-1).astype(np.float32)
        local[:, 0] = quaternion_multiply(quaternion_conjugate(self._heading), local[:, 0])
        self.local = local
        self.joints, self.turns = forward_kinematics(COMMON_SKELETON, self.hips, local)
        self.shift = np.zeros_like(self.hips)
        """(N, 3) of the hips."""
        self.angles = np.zeros((len(local), len(UPPER), 3), np.float32)
        """(N, U, 3) rotation vectors by which the upper joints turn, in the root's frame."""

    @property
    def carrying(self) -> Bools:
        """(N, 2, 2) whether heel and toe of the left and the right foot carry."""
        return self._poses.scores.reshape(-1, 2, 2)

    def turn_upper(self) -> None:
        """Turn the upper joints by their angles and shift the hips."""
        turned = quaternion_multiply(vector_to_quaternion(self.angles), self.turns[:, UPPER_JOINTS])
        self.local[:, UPPER_JOINTS[1:]] = quaternion_multiply(
            quaternion_conjugate(turned[:, _PARENTS]), turned[:, 1:]
        )
        self.local[:, 0] = turned[:, 0]
        self.hips = self.hips + self.shift

    def in_world(self) -> tuple[Floats, Floats]:
        """Hips (N, 3) and rotations (N, J, 4), the hips' in the world again."""
        across = root_to_world(self.hips[:, [0, 2]], self._poses.track[:, 2])
        away = np.stack((across[:, 0], self.hips[:, 1], across[:, 1]), axis=-1)
        self.local[:, 0] = quaternion_multiply(self._heading, self.local[:, 0])
        return (self._root() + away).astype(np.float32), self.local.astype(np.float32)

    def _root(self) -> Floats:
        track = self._poses.track
        return np.stack((track[:, 0], self._poses.ground, track[:, 1]), axis=-1)
