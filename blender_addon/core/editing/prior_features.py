"""What the motion prior sees of a motion: two seconds at a time, wherever and whichever way.

Each frame says how high the root is, how it moves and turns from here to the next frame, and how
every joint is turned; all seen from the heading of that frame. A window has no place and no
direction of its own, so the same step is the same window anywhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import UP, Floats, Ints
from ..inference.layout import Layout
from ..maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_six,
    six_to_quaternion,
    twist_about,
    wrap_angle,
)
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON
from ..motion.resample import resample_clip

RATE_HZ: Final = 30.0
WINDOW_FRAMES: Final = 60
JOINTS: Final = COMMON_SKELETON.joint_count
LAYOUT: Final = Layout(
    {
        "root_height_m": 1,
        "root_velocity_m_s": 2,
        "turn_rate_rad_s": 1,
        "joint_rotations_six": 6 * JOINTS,
    }
)
"""The velocity is (x, z) in the frame's own heading; the first joint's rotation is without it."""

_PARTS: Final = LAYOUT.slices


def at_rate(clip: MotionClip) -> MotionClip:
    """The clip at 30 Hz, as the networks see it."""
    return clip if clip.frame_rate_hz == RATE_HZ else resample_clip(clip, RATE_HZ)


def headings(rotations_wxyz: Floats) -> Floats:
    """Where the root of rotations (T, J, 4) or (T, 4) faces, (T,) radians without jumps of a turn.

    It is the part of the root's rotation about the vertical; unlike a direction across the hips it
    does not swing round when somebody bends down.
    """
    root = rotations_wxyz if rotations_wxyz.ndim == 2 else rotations_wxyz[:, 0]
    return np.unwrap(twist_about(UP, root.astype(np.float64)))


def clip_features(clip: MotionClip) -> Floats:
    """Features (T, 136) of every frame of a clip at 30 Hz, by ``LAYOUT``.

    The last frame moves on as the one before it.
    """
    heading = headings(clip.rotations_wxyz)
    back = quaternion_conjugate(heading_to_quaternion(heading))
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(back, rotations[:, 0])
    features = np.empty((clip.frame_count, LAYOUT.size), np.float32)
    features[:, _PARTS["root_height_m"]] = clip.root_positions[:, 1:2]
    features[:, _PARTS["joint_rotations_six"]] = quaternion_to_six(rotations).reshape(
        clip.frame_count, -1
    )
    moved = _steps(clip.root_positions)
    features[:, _PARTS["root_velocity_m_s"]] = quaternion_rotate(back, moved)[:, [0, 2]] * RATE_HZ
    turned = wrap_angle(_steps(heading)) * RATE_HZ
    features[:, _PARTS["turn_rate_rad_s"]] = turned[:, None]
    return features


def _steps(values: Floats) -> Floats:
    """Differences to the next frame, the last one repeated."""
    if len(values) < 2:
        return np.zeros_like(values)
    steps = np.diff(values, axis=0)
    return np.concatenate((steps, steps[-1:]))


def feature_rotations(features: Floats) -> Floats:
    """Rotations (..., J, 4) in features (..., 136); the root's is without its heading."""
    six = features[..., _PARTS["joint_rotations_six"]]
    return six_to_quaternion(six.reshape(*six.shape[:-1], JOINTS, 6))


def window_starts(frame_count: int, hop: int) -> Ints:
    """First frames of windows that cover a motion, ``hop`` apart, the last one at its very end."""
    last = max(frame_count - WINDOW_FRAMES, 0)
    count = -(-last // hop) + 1
    starts: Ints = np.round(np.linspace(0, last, count)).astype(np.int64)
    return starts


def cut_windows(features: Floats, starts: Ints) -> Floats:
    """Windows (W, 60, F) of features (T, F); a motion that is too short goes back and forth."""
    missing = WINDOW_FRAMES - len(features)
    if missing > 0:
        features = np.pad(features, ((0, missing), (0, 0)), "symmetric")
    return np.asarray(features[starts[:, None] + np.arange(WINDOW_FRAMES)])
