"""From the poses that a network made to a clip that an animator gets."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ...feet.contacts import median_filter
from ...feet.foot_lock import lock_feet, pose_legs
from ...ground.terrain import FlatTerrain
from ...maths.rotations import (
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_to_six,
    six_to_quaternion,
)
from ...maths.smoothing import gaussian_smooth, smoothstep
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from .features import POSE_LAYOUT, RATE_HZ, integrate_root, place_poses

_PARTS: Final = POSE_LAYOUT.slices
_CONTACTS: Final = _PARTS["contacts"]
_VELOCITY: Final = _PARTS["root_velocity_m_s_rad_s"]
_PLANTED_M_S: Final = 0.7
"""A foot faster than this carries nobody, whatever the network says."""
_SHARPER: Final = 1.5
_SHARP_FRAMES: Final = 1.5
"""A network's mean takes the edge off quick movements; so much of what is quicker than 50 ms is
added as brings the jerk of its dances near that of recorded ones."""
_SPOT_S: Final = 2.0
_STANDS: Final = 0.05
_SIZED: Final = (
    "Spine", "Spine1", "Spine2", "Neck", "Head",
    "LeftShoulder", "LeftArm", "RightShoulder", "RightArm",
)  # fmt: skip
_MOST_TURN_RAD: Final = 2.6
_BLOCK: Final = 4096
_FEET: Final = (3, 4, 7, 8)
"""Heels and toes among the joints of the lower body."""


def settle(poses: Floats, stance: Floats, share: Floats) -> Floats:
    """Poses (T, P) eased out of a stance (P,) by shares (T,): 0 stands, 1 dances."""
    weight = share[:, None]
    settled = stance + weight * (poses - stance)
    settled[:, _VELOCITY] = weight * poses[:, _VELOCITY]
    settled[:, _CONTACTS] = np.where(weight < _STANDS, 1.0, poses[:, _CONTACTS])
    return settled.astype(np.float32)


def settling_shares(times_s: Floats, duration_s: float, settle_s: float) -> Floats:
    """(T,) 0 at the beginning and the end of a dance, 1 between."""
    settle_s = max(min(settle_s, duration_s / 4.0), 1e-3)
    edge = np.minimum(times_s, duration_s - times_s) / settle_s
    return smoothstep(edge)


def sharpened(poses: Floats) -> Floats:
    """Poses (T, P) at 30 Hz with their quick movements as brisk as recorded ones."""
    made = poses.copy()
    moving = poses[:, : _CONTACTS.start]
    slow = gaussian_smooth(moving, _SHARP_FRAMES, keep_ends=True)
    made[:, : _CONTACTS.start] = moving + _SHARPER * (moving - slow)
    return made


def at_scene_rate(poses: Floats) -> Floats:
    """Poses (T, P) at 30 Hz to (2T − 1, P) at 60 Hz, by cubics through them (Catmull–Rom)."""
    padded = np.concatenate((poses[:1], poses, poses[-1:]))
    middle = (9.0 * (padded[1:-2] + padded[2:-1]) - padded[:-3] - padded[3:]) / 16.0
    doubled = np.empty((2 * len(poses) - 1, poses.shape[1]), np.float32)
    doubled[::2], doubled[1::2] = poses, middle
    return doubled


def to_clip(poses: Floats, size: Floats, travels: bool) -> MotionClip:
    """Poses (T, P) at 60 Hz to a clip whose carrying feet are held.

    Args:
        poses: of the dance, from stance to stance.
        size: (T,) factor on how far trunk and arms go from their mean.
        travels: whether the root goes where the dance goes.
    """
    root, heading = integrate_root(poses[:, _VELOCITY], MODEL_FRAME_RATE_HZ)
    if not travels:
        root = root - gaussian_smooth(root, _SPOT_S * MODEL_FRAME_RATE_HZ)
    parts = [slice(n, n + _BLOCK) for n in range(0, len(poses), _BLOCK)]
    placed = [place_poses(poses[each], root[each], heading[each]) for each in parts]
    hips = np.concatenate([each[0] for each in placed])
    turns = make_continuous(np.concatenate([each[1] for each in placed]))
    turns = sized(turns, size)
    contacts = carrying(poses[:, _CONTACTS], hips, turns)
    held = lock_feet(COMMON_SKELETON, hips, turns, contacts, FlatTerrain())
    first = held.root_positions[0] * np.array([1.0, 0.0, 1.0], np.float32)
    return MotionClip(
        COMMON_SKELETON,
        MODEL_FRAME_RATE_HZ,
        held.root_positions - first,
        make_continuous(held.rotations_wxyz),
        held.contacts,
    )


def carrying(scores: Floats, hips: Floats, turns: Floats) -> Bools:
    """(T, 4) which heels and toes carry: as the network says, unless they move on."""
    positions, _ = pose_legs(COMMON_SKELETON, hips, turns)
    feet = positions[:, _FEET]
    steps = np.gradient(feet[..., [0, 2]], axis=0) * MODEL_FRAME_RATE_HZ
    slow = np.linalg.norm(steps, axis=-1) < _PLANTED_M_S
    return median_filter((scores > 0.5) & slow)


def sized(turns: Floats, size: Floats) -> Floats:
    """Local rotations (T, J, 4) with trunk and arms ``size`` (T,) times as far from their mean."""
    if np.allclose(size, 1.0, atol=1e-4):
        return turns
    made = turns.copy()
    for joint in COMMON_SKELETON.indices(_SIZED):
        mean = six_to_quaternion(quaternion_to_six(turns[:, joint]).mean(axis=0))
        away = quaternion_multiply(quaternion_conjugate(mean)[None], turns[:, joint])
        made[:, joint] = quaternion_multiply(mean[None], _times(away, size))
    return made


def _times(turns: Floats, factor: Floats) -> Floats:
    """Rotations (T, 4) by ``factor`` (T,) times their angle, none by more than 150 degrees."""
    turns = np.where(turns[:, :1] < 0, -turns, turns)
    sine = np.linalg.norm(turns[:, 1:], axis=-1)
    half = np.arctan2(sine, turns[:, 0])
    wanted = np.minimum(half * factor, np.maximum(half, 0.5 * _MOST_TURN_RAD))
    axis = turns[:, 1:] / np.maximum(sine, 1e-9)[:, None]
    return np.concatenate(
        (np.cos(wanted)[:, None], np.sin(wanted)[:, None] * axis), axis=1, dtype=np.float32
    )


def frames_at(duration_s: float) -> int:
    """Frames at 30 Hz of a dance, its first and last included."""
    return int(np.ceil(duration_s * RATE_HZ - 1e-6)) + 1
