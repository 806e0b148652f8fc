"""How well an animation is followed: DeepMimic's reward, angles, effort.

Source: Peng et al. 2018, DeepMimic, ACM TOG 37(4):143, section 5. Their published figures come from
their program, which takes means over joints and ends where the paper writes sums; so do we, and the
sums are told beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import (
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.physics.figure import BODY_NAMES, GRAVITY_M_S2, MASS_KG, PARTS
from blender_addon.core.physics.joints import track_rates

from .recording import RATE_HZ, Recording
from .shapes import Placed, centre_of_mass

_POSE, _VELOCITY, _ENDS, _CENTRE = 0.65, 0.1, 0.15, 0.1
_POSE_SCALE, _VELOCITY_SCALE, _ENDS_SCALE, _CENTRE_SCALE = 2.0, 0.1, 40.0, 10.0
_END_POINTS: Final = {
    "left_forearm": (0.0, -0.25, 0.0), "right_forearm": (0.0, -0.25, 0.0),
    "left_foot": (0.0, 0.0, 0.0), "right_foot": (0.0, 0.0, 0.0),
}  # fmt: skip
_LEAST_WAY_M: Final = 1.0


@dataclass(frozen=True, eq=False)
class Following:
    """Frame by frame.

    Args:
        reward: (T,) DeepMimic's, 0 … 1, as their program takes it.
        reward_sums: (T,) with sums over joints and ends, as their paper writes it.
        angles_deg: (T, 14) between a joint and the animation's.
    """

    reward: Floats
    reward_sums: Floats
    angles_deg: Floats


def follow(recording: Recording) -> Following:
    """Compare a recording with what it followed."""
    done, asked = Placed.of(recording.poses), Placed.of(recording.followed)
    joints = joint_angles(recording.poses, recording.followed)
    lean = rotation_angles(recording.poses[:, 3:7], recording.followed[:, 3:7])
    pose = np.concatenate((joints, lean[:, None]), axis=1) ** 2
    rates = track_rates(recording.poses, RATE_HZ) - track_rates(recording.followed, RATE_HZ)
    velocity = _by_joint(rates[:, 3:])
    ends = np.square(_ends(done) - _ends(asked)).sum(axis=-1)
    centre = np.square(centre_of_mass(done) - centre_of_mass(asked)).sum(axis=-1)
    return Following(
        _reward(pose.mean(1), velocity.mean(1), ends.mean(1), centre),
        _reward(pose.sum(1), velocity.sum(1), ends.sum(1), centre),
        np.degrees(joints),
    )


def rotation_angles(first: Floats, second: Floats) -> Floats:
    """(...) angle between rotations (..., 4), radians."""
    turn = quaternion_multiply(quaternion_conjugate(first), second)
    return np.asarray(2.0 * np.arctan2(np.linalg.norm(turn[..., 1:], axis=-1), abs(turn[..., 0])))


def joint_angles(first: Floats, second: Floats) -> Floats:
    """(T, 14) angle between the joints of poses (T, 45), radians; a ball's is the whole angle."""
    angles, start = [], 7
    for part in PARTS:
        stop = start + (4 if part.is_ball else 1)
        if part.is_ball:
            angles.append(rotation_angles(first[:, start:stop], second[:, start:stop]))
        else:
            angles.append(np.abs(first[:, start] - second[:, start]))
        start = stop
    return np.stack(angles, axis=1)


def effort(recording: Recording) -> float | None:
    """Work of all muscles, both ways, over weight x way; None where little way was made."""
    steps = np.linalg.norm(np.diff(recording.poses[:, [0, 2]], axis=0), axis=1)
    way = float(steps.sum())
    if way < _LEAST_WAY_M or not len(recording.power_w):
        return None
    return float(recording.power_w.sum() / RATE_HZ / (MASS_KG * GRAVITY_M_S2 * way))


def _reward(pose: Floats, velocity: Floats, ends: Floats, centre: Floats) -> Floats:
    return np.asarray(
        _POSE * np.exp(-_POSE_SCALE * pose)
        + _VELOCITY * np.exp(-_VELOCITY_SCALE * velocity)
        + _ENDS * np.exp(-_ENDS_SCALE * ends)
        + _CENTRE * np.exp(-_CENTRE_SCALE * centre)
    )


def _by_joint(rates: Floats) -> Floats:
    """(T, 15) squared rates of pelvis and joints from (T, 33)."""
    columns, start = [np.square(rates[:, :3]).sum(1)], 3
    for part in PARTS:
        columns.append(np.square(rates[:, start : start + part.degrees]).sum(1))
        start += part.degrees
    return np.stack(columns, axis=1)


def _ends(placed: Placed) -> Floats:
    """(T, 4, 3) of hands and feet from the pelvis, in the axes of where it faces."""
    numbers = [BODY_NAMES.index(name) for name in _END_POINTS]
    arms = quaternion_rotate(placed.rotations[:, numbers], np.array([*_END_POINTS.values()]))
    away = placed.positions[:, numbers] + arms - placed.positions[:, :1]
    ahead = quaternion_rotate(placed.rotations[:, 0], np.array([0.0, 0.0, 1.0]))
    heading = np.arctan2(ahead[:, 0], ahead[:, 2])[:, None]
    sine, cosine = np.sin(heading), np.cos(heading)
    x, y, z = np.moveaxis(away, -1, 0)
    return np.stack((cosine * x - sine * z, y, sine * x + cosine * z), axis=-1)
