"""Rotations of the common skeleton from where its joints are to be.

A place says nothing of how a bone is twisted. So each bone turns the shortest way from a pose that
is known, such as that of the motion before it was changed; upper arms and thighs are twisted so
that elbows and knees bend as their places say, and hips and chest follow all that hangs on them.
What has no joint behind it, hands, head and toes, keeps its turn against its parent.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...maths.rotations import (
    axis_angle_to_quaternion,
    cross,
    dot,
    length,
    matrix_to_quaternion,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ...maths.smoothing import smoothstep
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import global_to_local

_HINGED: Final = {
    "LeftArm": "LeftHand", "RightArm": "RightHand", "LeftUpLeg": "LeftFoot",
    "RightUpLeg": "RightFoot",
}  # fmt: skip
"""By joint: the end of the chain that says how it is twisted."""
_BENT: Final = (0.08, 0.3)
"""Sines of the bend from which a hinge says nothing of the twist, and everything."""


def pose_places(before_wxyz: Floats, positions: Floats) -> Floats:
    """Local rotations (T, 22, 4) that bring joints near places, the root's own given.

    Args:
        before_wxyz: (T, 22, 4) local rotations of a pose that is known.
        positions: (T, 22, 3) where joints are to be; only the directions of bones count.
    """
    skeleton = COMMON_SKELETON
    world = np.empty_like(before_wxyz)
    for joint in range(skeleton.joint_count):
        parent = int(skeleton.parents[joint])
        own = before_wxyz[:, joint]
        turn = own if parent < 0 else quaternion_multiply(world[:, parent], own)
        children = np.flatnonzero(skeleton.parents == joint)
        if len(children) == 1:
            turn = _toward(turn, joint, int(children[0]), positions)
        elif len(children) > 1:
            turn = _toward_all(turn, joint, children, positions)
        end = _HINGED.get(skeleton.names[joint])
        if end is not None:
            turn = _twisted(turn, joint, skeleton.index(end), before_wxyz, positions)
        world[:, joint] = turn
    return global_to_local(skeleton, world)


def _toward(turn: Floats, joint: int, child: int, positions: Floats) -> Floats:
    points = quaternion_rotate(turn, COMMON_SKELETON.offsets[child])
    wanted = positions[:, child] - positions[:, joint]
    return quaternion_multiply(rotation_between(points, wanted), turn)


def _toward_all(turn: Floats, joint: int, children: Ints, positions: Floats) -> Floats:
    """The turn that brings several bones nearest to their directions.

    Source: Kabsch 1976; the determinant keeps it from mirroring.
    """
    offsets = COMMON_SKELETON.offsets[children]
    points = normalise(quaternion_rotate(turn[:, None], offsets))
    wanted = normalise(positions[:, children] - positions[:, joint, None])
    product = np.einsum("tci,tcj->tij", wanted, points).astype(np.float64)
    left, _, right = np.linalg.svd(product)
    sign = np.linalg.det(left) * np.linalg.det(right)
    left[..., -1] *= np.sign(sign)[:, None]
    turned = quaternion_multiply(matrix_to_quaternion(left @ right), turn.astype(np.float64))
    return turned.astype(turn.dtype)


def _twisted(turn: Floats, joint: int, end: int, before: Floats, positions: Floats) -> Floats:
    """Twist a bone so that the one behind it bends into the plane of its places."""
    skeleton = COMMON_SKELETON
    middle = int(skeleton.parents[end])
    axis = normalise(positions[:, middle] - positions[:, joint])
    bent = quaternion_multiply(turn, before[:, middle])
    now = _across(quaternion_rotate(bent, normalise(skeleton.offsets[end])), axis)
    wanted = _across(normalise(positions[:, end] - positions[:, middle]), axis)
    angle = np.arctan2(dot(cross(now, wanted), axis), dot(now, wanted))
    bend = np.minimum(length(now), length(wanted))
    share = smoothstep((bend - _BENT[0]) / (_BENT[1] - _BENT[0]))
    return quaternion_multiply(axis_angle_to_quaternion(axis, angle * share), turn)


def _across(direction: Floats, axis: Floats) -> Floats:
    return np.asarray(direction - dot(direction, axis)[..., None] * axis)
