"""What the dance network reads and writes, laid out once for training and for the scene.

A *root* is a point on the ground under the hips with a heading, both smoothed; the pose is relative
to it. The network reads the pose it wrote before, where in the measure the music is, and what is
asked of the dancer, and writes the next pose and how the root goes on.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.layout import Layout
from ...maths.rotations import (
    heading_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_six,
    six_to_quaternion,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import forward_kinematics, global_to_local

RATE_HZ: Final = 30.0
"""Of the network's steps."""
CODE_SIZE: Final = 32
"""Numbers of a step code: what the body does around a quarter."""
PHASE_HARMONICS: Final = (1, 2, 4)
"""Of the measure; the fourth is the quarter's own."""
USUAL_BPM: Final = 165.0
ROOT_SMOOTHING_S: Final = 0.3
"""Sway of the hips belongs to the body, not to the root."""

_JOINTS = COMMON_SKELETON.joint_count
POSE_LAYOUT: Final = Layout(
    {
        "hips_m": 3,
        "joint_rotations_six": 6 * _JOINTS,
        "root_velocity_m_s_rad_s": 3,
        "contacts": 4,
    }
)


def condition_layout(styles: int) -> Layout:
    """Layout of what steers a model of so many styles."""
    return Layout(
        {
            "measure_phase": 2 * len(PHASE_HARMONICS),
            "tempo": 1,
            "energy": 1,
            "style": styles,
            "step_code": CODE_SIZE,
        }
    )


def phase_features(measure_phase_rad: Floats) -> Floats:
    """Phases (...) to (..., 6) sine and cosine of each harmonic."""
    angles = np.asarray(measure_phase_rad)[..., None] * np.array(PHASE_HARMONICS)
    pairs = np.stack((np.sin(angles), np.cos(angles)), axis=-1)
    return np.asarray(pairs.reshape(*angles.shape[:-1], -1), np.float32)


def tempo_feature(quarters_per_s: Floats) -> Floats:
    """Steps' tempo (...) relative to the usual one, as the network reads it: 0 at 165 a minute."""
    return np.asarray(np.log2(np.maximum(quarters_per_s, 1e-3) * 60.0 / USUAL_BPM), np.float32)


def track_root(positions: Floats, frame_rate_hz: float) -> tuple[Floats, Floats]:
    """Smooth track under the hips (T, 2) as x, z and heading (T,), unwrapped.

    Args:
        positions: (T, J, 3) of the common skeleton.
        frame_rate_hz: of it.
    """
    sigma = ROOT_SMOOTHING_S * frame_rate_hz
    root = gaussian_smooth(positions[:, 0, [0, 2]], sigma, keep_ends=True)
    pairs = (("LeftUpLeg", "RightUpLeg"), ("LeftArm", "RightArm"))
    sides = [
        normalise(
            positions[:, COMMON_SKELETON.index(left)] - positions[:, COMMON_SKELETON.index(right)]
        )
        for left, right in pairs
    ]
    across = sides[0] + sides[1]
    heading = np.unwrap(np.arctan2(-across[:, 2], across[:, 0]))
    return root.astype(np.float64), gaussian_smooth(heading, sigma, keep_ends=True)


def clip_to_poses(clip: MotionClip) -> Floats:
    """A clip of the common skeleton with contacts to (T, P) poses as in POSE_LAYOUT."""
    positions, turned = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    root, heading = track_root(positions, clip.frame_rate_hz)
    away = quaternion_conjugate(heading_to_quaternion(heading))
    origin = np.stack((root[:, 0], np.zeros(len(root)), root[:, 1]), axis=-1)
    hips = quaternion_rotate(away, positions[:, 0] - origin)
    six = quaternion_to_six(quaternion_multiply(away[:, None], turned))
    steps = np.gradient(origin, axis=0) * clip.frame_rate_hz
    velocity = quaternion_rotate(away, steps)[:, [0, 2]]
    turn = np.gradient(heading) * clip.frame_rate_hz
    contacts = np.zeros((len(root), 4)) if clip.contacts is None else clip.contacts
    parts = (hips, six.reshape(len(root), -1), velocity, turn[:, None], contacts)
    return np.asarray(np.concatenate(parts, axis=1), np.float32)


def poses_to_motion(poses: Floats, frame_rate_hz: float) -> tuple[Floats, Floats]:
    """Poses (T, P) to hips positions (T, 3) in the world and local rotations (T, J, 4).

    The root begins over the origin, facing +Z.
    """
    parts = {name: poses[:, where] for name, where in POSE_LAYOUT.slices.items()}
    root, heading = integrate_root(parts["root_velocity_m_s_rad_s"], frame_rate_hz)
    return place_poses(poses, root, heading)


def place_poses(poses: Floats, root_xz: Floats, heading_rad: Floats) -> tuple[Floats, Floats]:
    """Poses (T, P) over roots (T, 2) with headings (T,): hips (T, 3), local rotations (T, J, 4)."""
    parts = {name: poses[:, where] for name, where in POSE_LAYOUT.slices.items()}
    turn = heading_to_quaternion(heading_rad)
    hips = quaternion_rotate(turn, parts["hips_m"])
    hips[:, 0] += root_xz[:, 0]
    hips[:, 2] += root_xz[:, 1]
    turned = six_to_quaternion(parts["joint_rotations_six"].reshape(len(poses), _JOINTS, 6))
    turned = quaternion_multiply(turn[:, None], turned)
    return hips.astype(np.float32), global_to_local(COMMON_SKELETON, turned.astype(np.float32))


def integrate_root(velocity: Floats, frame_rate_hz: float) -> tuple[Floats, Floats]:
    """Velocities (T, 3) sideways, forward, turning to roots (T, 2) and headings (T,)."""
    speed = velocity.astype(np.float64)
    heading = _summed(speed[:, 2]) / frame_rate_hz
    sine, cosine = np.sin(heading), np.cos(heading)
    steps = np.stack(
        (cosine * speed[:, 0] + sine * speed[:, 1], cosine * speed[:, 1] - sine * speed[:, 0]),
        axis=-1,
    )
    return _summed(steps) / frame_rate_hz, heading


def _summed(values: Floats) -> Floats:
    """Trapezoidal running sum (T, ...), from 0."""
    middle = 0.5 * (values[1:] + values[:-1])
    return np.concatenate((np.zeros_like(values[:1]), np.cumsum(middle, axis=0)))
