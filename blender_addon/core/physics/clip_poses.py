"""Between clips of the common skeleton and poses of the simulated figure.

The figure has fewer joints than the skeleton (one waist, no collar bones, hinges for knees and
elbows). What it cannot do is kept from the clip that it follows: it is remembered how each joint of
the skeleton lay to the body that carries it, and laid so again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ..maths.rotations import (
    cross,
    dot,
    make_continuous,
    matrix_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON
from ..motion.kinematics import forward_kinematics, global_to_local
from .figure import BODY_NAMES, PARTS, PELVIS

FRAME_RATE_HZ: Final = 60.0
"""Rate at which motion is read and recorded: two frames a control step."""

_INDEX: Final = {name: n for n, name in enumerate(COMMON_SKELETON.names)}
_CARRIED: Final = {PELVIS: "Hips", **{part.name: part.joint for part in PARTS}}
_STRAIGHT, _BENT = 0.1, 0.3  # sine of an elbow's bend: from where the plane of the arm is used


@dataclass(frozen=True, eq=False)
class ClipPoses:
    """A clip as the figure does it.

    Args:
        clip: of the common skeleton, 60 frames a second.
        poses: (T, 45) of the figure.
        laid: by body, (T, 4) how the joint that it carries lies to it.
    """

    clip: MotionClip
    poses: Floats
    laid: dict[str, Floats]


def clip_to_poses(clip: MotionClip) -> ClipPoses:
    """The figure's poses that come nearest to a clip of the common skeleton at 60 Hz."""
    positions, rotations = (
        a.astype(np.float64)
        for a in forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    )
    bodies = {body: rotations[:, _INDEX[joint]] for body, joint in _CARRIED.items()}
    for side, common in (("left_", "Left"), ("right_", "Right")):
        arm = _arm_rotations(positions, rotations, common)
        bodies[side + "upper_arm"], bodies[side + "forearm"] = arm
    poses = _poses_of_bodies(positions[:, 0], bodies)
    turned = body_rotations(poses)
    laid = {
        body: make_continuous(
            quaternion_multiply(
                quaternion_conjugate(turned[:, n]), rotations[:, _INDEX[_CARRIED[body]]]
            )
        )
        for n, body in enumerate(BODY_NAMES)
    }
    return ClipPoses(clip, poses, laid)


def poses_to_clip(poses: Floats, followed: ClipPoses, frames: Floats) -> MotionClip:
    """Poses (T, 45) at 60 Hz as a clip of the common skeleton.

    Args:
        poses: what the figure did.
        followed: what it followed, from where its fingers, collar bones and the like are.
        frames: (T,) frame of that for each pose; beyond its ends the nearest.
    """
    which = np.clip(np.round(frames).astype(np.int64), 0, len(followed.poses) - 1)
    bodies = body_rotations(poses)
    joints = {
        _CARRIED[body]: quaternion_multiply(bodies[:, n], followed.laid[body][which])
        for n, body in enumerate(BODY_NAMES)
    }
    local = followed.clip.rotations_wxyz[which].astype(np.float64)
    rotations = _skeleton_rotations(joints, local)
    return MotionClip(
        COMMON_SKELETON, FRAME_RATE_HZ, poses[:, :3], global_to_local(COMMON_SKELETON, rotations)
    )


def body_rotations(poses: Floats) -> Floats:
    """World rotations (..., 15, 4) of the bodies in poses (..., 45)."""
    out = np.empty((*poses.shape[:-1], len(BODY_NAMES), 4))
    out[..., 0, :] = poses[..., 3:7]
    start = 7
    for n, part in enumerate(PARTS, 1):
        if part.is_ball:
            turn = poses[..., start : start + 4]
        else:
            turn = vector_to_quaternion(poses[..., start : start + 1] * np.array([1.0, 0.0, 0.0]))
        parent = out[..., BODY_NAMES.index(part.parent), :]
        out[..., n, :] = quaternion_multiply(parent, turn)
        start += 4 if part.is_ball else 1
    return out


def body_positions(poses: Floats, rotations: Floats) -> Floats:
    """World positions (..., 15, 3) of the bodies' joints in poses (..., 45), so turned."""
    out = np.empty((*poses.shape[:-1], len(BODY_NAMES), 3))
    out[..., 0, :] = poses[..., :3]
    for n, part in enumerate(PARTS, 1):
        parent = BODY_NAMES.index(part.parent)
        arm = quaternion_rotate(rotations[..., parent, :], np.array(part.offset))
        out[..., n, :] = out[..., parent, :] + arm
    return out


def _poses_of_bodies(roots: Floats, bodies: dict[str, Floats]) -> Floats:
    columns = [roots, make_continuous(bodies[PELVIS])]
    for part in PARTS:
        turn = quaternion_multiply(quaternion_conjugate(bodies[part.parent]), bodies[part.name])
        turn = np.where(turn[..., :1] < 0, -turn, turn)
        if part.is_ball:
            columns.append(turn)
        else:
            columns.append(2.0 * np.arctan2(turn[:, 1:2], turn[:, :1]))
    return np.concatenate(columns, axis=1)


def _arm_rotations(positions: Floats, rotations: Floats, common: str) -> tuple[Floats, Floats]:
    """Rotations of upper arm and forearm, which hang along −y and bend about x."""
    shoulder, elbow, hand = (
        positions[:, _INDEX[common + name]] for name in ("Arm", "ForeArm", "Hand")
    )
    upper, fore = normalise(elbow - shoulder), normalise(hand - elbow)
    quarter = 0.25 * np.pi * (1.0 if common == "Left" else -1.0)
    hang = np.array([np.cos(quarter), 0.0, 0.0, np.sin(quarter)])
    arm = rotations[:, _INDEX[common + "Arm"]]
    straight_axis = quaternion_rotate(quaternion_multiply(arm, hang), np.array([1.0, 0.0, 0.0]))
    normal = -cross(upper, fore)
    normal = normal * np.sign(dot(normal, straight_axis)[:, None] + 1e-9)
    sine = np.linalg.norm(normal, axis=-1, keepdims=True)
    bent = np.clip((sine - _STRAIGHT) / (_BENT - _STRAIGHT), 0.0, 1.0)
    axis = bent * normal / np.maximum(sine, 1e-9) + (1.0 - bent) * straight_axis
    return _frame_along(upper, axis), _frame_along(fore, axis)


def _frame_along(down: Floats, axis: Floats) -> Floats:
    y = -down
    x = normalise(axis - dot(axis, y)[:, None] * y)
    return matrix_to_quaternion(np.stack((x, y, cross(x, y)), axis=-1))


def _skeleton_rotations(joints: dict[str, Floats], local: Floats) -> Floats:
    """World rotations (T, J, 4) of all joints: those given, and the rest between them."""
    out = np.empty((*local.shape[:2], 4))
    shares = {
        **_shares(joints["Hips"], joints["Spine2"], local, ("Spine", "Spine1", "Spine2")),
        **_shares(joints["Spine2"], joints["Head"], local, ("Neck", "Head")),
    }
    for n, name in enumerate(COMMON_SKELETON.names):
        parent = out[:, COMMON_SKELETON.parents[n]]
        if name in joints:
            out[:, n] = joints[name]
        else:
            out[:, n] = quaternion_multiply(parent, shares.get(name, local[:, n]))
    return out


def _shares(base: Floats, end: Floats, local: Floats, chain: tuple[str, ...]) -> dict[str, Floats]:
    """Local rotations of a chain whose end is turned otherwise: each takes an equal share."""
    before = local[:, _INDEX[chain[0]]]
    for name in chain[1:]:
        before = quaternion_multiply(before, local[:, _INDEX[name]])
    now = quaternion_multiply(quaternion_conjugate(base), end)
    turn = quaternion_to_vector(quaternion_multiply(quaternion_conjugate(before), now))
    share = vector_to_quaternion(turn / len(chain))
    return {name: quaternion_multiply(local[:, _INDEX[name]], share) for name in chain[:-1]}
