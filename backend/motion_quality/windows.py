"""What a naturalness measure sees: half-second windows of poses and velocities, and jerk.

A window holds 5 instants. Each instant gives every joint's position relative to the hips' place on
the ground and its velocity in the world, both turned so that the character looks along +Z. Clips
are on one skeleton (bone lengths normalised), 60 frames a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics

Reals = NDArray[np.float64]

WINDOW_S = 0.5
INSTANTS = 5
STEP_FRAMES = 3
STANDING_M_S = 0.5
_JERK_FRAMES = 9


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of one or several clips.

    Args:
        features: (N, 5·J·6) metres and metres per second.
        speeds_m_s: (N,) horizontal speed of the hips over the window.
        jerks: (N,) mean joint jerk in the window, m/s³.
    """

    features: Reals
    speeds_m_s: Reals
    jerks: Reals

    def select(self, chosen: NDArray[np.bool_]) -> Windows:
        """The windows where ``chosen`` (N,) holds."""
        return Windows(self.features[chosen], self.speeds_m_s[chosen], self.jerks[chosen])

    @property
    def moving(self) -> Windows:
        """Without standing, which is under 0.5 m/s."""
        return self.select(self.speeds_m_s >= STANDING_M_S)


def join_windows(parts: list[Windows]) -> Windows:
    """Windows of several clips in one heap."""
    return Windows(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.speeds_m_s for part in parts]),
        np.concatenate([part.jerks for part in parts]),
    )


def cut_windows(clip: MotionClip, ground_heights_m: Floats | float = 0.0) -> Windows:
    """All windows of a clip, one every 3 frames.

    Args:
        clip: on the common skeleton.
        ground_heights_m: (T,) height of the ground under the hips.
    """
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    joints = joints.astype(np.float64)
    width = round(WINDOW_S * clip.frame_rate_hz)
    starts = np.arange(0, max(len(joints) - width, 0), STEP_FRAMES)
    instants = starts[:, None] + np.round(np.linspace(0, width, INSTANTS)).astype(int)
    poses = pose_features(joints, ground_heights_m, clip.frame_rate_hz, clip.skeleton.names)
    moved = joints[starts + width, 0][:, [0, 2]] - joints[starts, 0][:, [0, 2]]
    jerk = joint_jerk(joints, clip.frame_rate_hz)
    return Windows(
        poses[instants].reshape(len(starts), INSTANTS * poses.shape[1]),
        np.linalg.norm(moved, axis=-1) / (width / clip.frame_rate_hz),
        jerk[starts[:, None] + np.arange(width)].mean(axis=1),
    )


def pose_features(
    joints: Reals, ground_heights_m: Floats | float, frame_rate_hz: float, names: tuple[str, ...]
) -> Reals:
    """(T, J, 3) world positions to (T, J·6) positions and velocities seen from the character."""
    sine, cosine = np.moveaxis(facing(joints, names), -1, 0)
    origin = joints[:, 0].copy()
    origin[:, 1] = ground_heights_m
    positions = _turn(joints - origin[:, None], sine, cosine)
    velocities = _turn(np.gradient(joints, axis=0) * frame_rate_hz, sine, cosine)
    both = np.concatenate((positions, velocities), axis=1)
    return np.asarray(both.reshape(len(joints), -1))


def facing(joints: Reals, names: tuple[str, ...]) -> Reals:
    """(T, 2) unit direction (x, z) across hips and shoulders, turned to look ahead.

    Source: Holden et al. 2017, §4: the average of the vectors between hip joints and shoulder
    joints crossed with the upward direction; kept unsmoothed here.
    """
    across = np.zeros((len(joints), 2))
    for part in ("UpLeg", "Arm"):
        left, right = (joints[:, names.index(side + part)] for side in ("Left", "Right"))
        across += (left - right)[:, [0, 2]] / np.linalg.norm(left - right, axis=-1, keepdims=True)
    ahead = np.stack((-across[:, 1], across[:, 0]), axis=-1)
    return np.asarray(ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-9))


def _turn(vectors: Reals, sine: Reals, cosine: Reals) -> Reals:
    """Turn (T, J, 3) about +Y so that direction (sine, cosine) comes to lie on +Z."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    s, c = sine[:, None], cosine[:, None]
    return np.stack((c * x - s * z, y, s * x + c * z), axis=-1)


def joint_jerk(joints: Reals, frame_rate_hz: float) -> Reals:
    """(T, J, 3) positions to (T,) mean joint jerk in m/s³, by Savitzky–Golay over 9 frames.

    Cubic fit; the first and last 4 frames take the nearest full window's value.
    """
    half = _JERK_FRAMES // 2
    if len(joints) < _JERK_FRAMES:
        return np.zeros(len(joints))
    time = np.arange(-half, half + 1) / frame_rate_hz
    weights = 6.0 * np.linalg.pinv(np.vander(time, 4, increasing=True))[3]
    inside = len(joints) - 2 * half
    third = sum(w * joints[n : n + inside] for n, w in enumerate(weights))
    size = np.linalg.norm(third, axis=-1).mean(axis=-1)
    return np.asarray(np.pad(size, half, mode="edge"))
