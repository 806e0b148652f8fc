"""Poses of the simulated figure as the engine numbers them, and as vectors that can be added.

A pose (..., 45) is the pelvis's place (3) and attitude (4), then of each part a rotation (4) or an
angle (1). Rates (..., 36) are the pelvis's velocity in the world (3) and turning in its own axes
(3), then those of the parts in theirs. Joint vectors (..., 30) are rotation vectors and angles:
what muscles are told, in their order.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ..maths.rotations import make_continuous, quaternion_conjugate, quaternion_multiply
from .figure import MUSCLE_COUNT, PARTS, POSE_SIZE, RATE_SIZE


def _places() -> tuple[list[int], list[int], list[int], list[int]]:
    balls: list[int] = []
    ball_columns: list[int] = []
    hinges: list[int] = []
    hinge_columns: list[int] = []
    pose, column = 7, 0
    for part in PARTS:
        (balls if part.is_ball else hinges).append(pose)
        (ball_columns if part.is_ball else hinge_columns).append(column)
        pose, column = pose + (4 if part.is_ball else 1), column + part.degrees
    return balls, ball_columns, hinges, hinge_columns


_BALLS, _BALL_COLUMNS, _HINGES, _HINGE_COLUMNS = (np.array(p, np.int64) for p in _places())
_BALL_POSE: Final[Ints] = (_BALLS[:, None] + np.arange(4)).ravel()
_BALL_VECTOR: Final[Ints] = (_BALL_COLUMNS[:, None] + np.arange(3)).ravel()


def joint_vectors(poses: Floats) -> Floats:
    """Poses (..., 45) to joint vectors (..., 30), radians."""
    out = np.empty((*poses.shape[:-1], MUSCLE_COUNT))
    turns = poses[..., _BALL_POSE].reshape(*poses.shape[:-1], len(_BALLS), 4)
    out[..., _BALL_VECTOR] = quaternion_to_vector(turns).reshape(*poses.shape[:-1], -1)
    out[..., _HINGE_COLUMNS] = poses[..., _HINGES]
    return out


def with_joint_vectors(poses: Floats, vectors: Floats) -> Floats:
    """Poses (..., 45) with their parts turned as joint vectors (..., 30) say."""
    out = np.array(poses, np.float64)
    turns = vectors[..., _BALL_VECTOR].reshape(*vectors.shape[:-1], len(_BALLS), 3)
    out[..., _BALL_POSE] = vector_to_quaternion(turns).reshape(*vectors.shape[:-1], -1)
    out[..., _HINGES] = vectors[..., _HINGE_COLUMNS]
    return out


def rates_between(first: Floats, second: Floats, seconds: float) -> Floats:
    """Rates (..., 36) that lead from poses to others (..., 45) in this time."""
    out = np.empty((*first.shape[:-1], RATE_SIZE))
    out[..., :3] = (second[..., :3] - first[..., :3]) / seconds
    out[..., 3:6] = _turning(first[..., 3:7], second[..., 3:7]) / seconds
    shape = (*first.shape[:-1], len(_BALLS), 4)
    turning = _turning(
        first[..., _BALL_POSE].reshape(shape), second[..., _BALL_POSE].reshape(shape)
    )
    joints = out[..., 6:]
    joints[..., _BALL_VECTOR] = turning.reshape(*first.shape[:-1], -1) / seconds
    joints[..., _HINGE_COLUMNS] = (second[..., _HINGES] - first[..., _HINGES]) / seconds
    return out


def track_rates(poses: Floats, frame_rate_hz: float) -> Floats:
    """Rates (T, 36) along a track of poses (T, 45), by central differences."""
    if len(poses) < 2:
        return np.zeros((len(poses), RATE_SIZE))
    forward = rates_between(poses[:-1], poses[1:], 1.0 / frame_rate_hz)
    ends = np.concatenate((forward[:1], forward, forward[-1:]))
    return np.asarray(0.5 * (ends[:-1] + ends[1:]))


def blend_poses(first: Floats, second: Floats, weight: Floats | float) -> Floats:
    """From poses to others (..., 45): 0 is the first, 1 the second; attitudes the short way."""
    share = np.asarray(weight, np.float64)
    share = share[..., None] if share.ndim else share
    out = (1.0 - share) * first + share * second
    for start in (3, *_BALLS):
        part = slice(start, start + 4)
        turn = _turning(first[..., part], second[..., part])
        out[..., part] = quaternion_multiply(first[..., part], vector_to_quaternion(share * turn))
    return np.asarray(out)


def continuous(poses: Floats) -> Floats:
    """A track (T, 45) whose quaternions do not change sign between frames."""
    out = np.array(poses, np.float64)
    for start in (3, *_BALLS):
        out[:, start : start + 4] = make_continuous(out[:, start : start + 4])
    return out


def still_pose() -> Floats:
    """(45,) upright with hanging arms, its pelvis at the origin."""
    pose = np.zeros(POSE_SIZE)
    pose[[3, *_BALLS]] = 1.0
    return pose


def _turning(first: Floats, second: Floats) -> Floats:
    return quaternion_to_vector(quaternion_multiply(quaternion_conjugate(first), second))
