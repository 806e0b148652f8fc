"""Poses as clouds of points that are compared whatever way they look and wherever they stand.

Two poses are as far apart as their joints are, with their velocities, after one of them was turned
about the vertical so that they lie best on each other. Ground coordinates are complex numbers,
``z + ix``, so a turn by a heading is a factor, and the best turn of one cloud onto another is the
phase of their inner product: all pairs of two motions are one matrix product.

Source: Kovar, Gleicher, Pighin 2002, Motion graphs, section 3: the closed form of the best turn.
Theirs takes the points of a window of frames, ours of one frame with velocities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..conventions import Bools, Floats
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS, PLANTED_HEIGHTS_M
from ..motion.kinematics import forward_kinematics
from .clip_rates import running_mean

_VELOCITY_S: Final = 0.12
"""What a difference of velocity counts: the way it makes in this time."""
_CONTACT_M: Final = 0.12
"""What a foot counts that carries in one pose and does not in the other."""
_CONTACT_BLUR_S: Final = 0.1
_LOWEST_PERCENT: Final = 5
_CARRIES_BELOW_M: Final = 0.05
_CARRIES_UNDER_M_S: Final = 0.4
_CARRIES_UNDER_SHARE: Final = 0.2

Complexes = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Posed:
    """Where the joints of a clip are.

    Args:
        joints: (T, J, 3) metres.
        floor_m: height of what the feet stand on.
        contacts: (T, 4) whether left heel, left toe, right heel, right toe carry.
    """

    joints: Floats
    floor_m: float
    contacts: Bools

    @classmethod
    def of(cls, clip: MotionClip) -> Posed:
        """Look at a clip of the common skeleton."""
        joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
        feet = joints[:, clip.skeleton.indices(FOOT_JOINTS)]
        floor = floor_height(feet)
        speeds = _speeds(joints[:, 0] * [1, 0, 1], clip.frame_rate_hz)
        return cls(joints, floor, carrying(feet, floor, speeds, clip.frame_rate_hz))


def meeting_points(first: Posed, at: int, second: Posed, frame: int) -> tuple[Floats, Floats]:
    """Points of two poses that shall meet: the feet that carry in both, else the hips.

    So what stands stays standing, and the body makes up for the rest.

    Args:
        first, second: two motions, or one.
        at, frame: a pose of either.

    Returns:
        (3,) and (3,) metres.
    """
    both = first.contacts[at] & second.contacts[frame]
    joints = np.array(COMMON_SKELETON.indices(FOOT_JOINTS))[both] if both.any() else np.array([0])
    return first.joints[at, joints].mean(axis=0), second.joints[frame, joints].mean(axis=0)


def floor_height(feet: Floats) -> float:
    """Height of what feet (T, 4, 3) stand on: where they are lowest, less a planted foot's own.

    Of the four joints the second lowest counts: one may dip into the floor, three may never touch.
    """
    lowest = np.percentile(feet[..., 1], _LOWEST_PERCENT, axis=0) - PLANTED_HEIGHTS_M
    return float(np.sort(lowest)[1])


def carrying(feet: Floats, floor_m: float, speeds_m_s: Floats, frame_rate_hz: float) -> Bools:
    """Where foot joints are low and slow enough to carry, single frames mended.

    Args:
        feet: (T, 4, 3) metres.
        floor_m: height of what they stand on.
        speeds_m_s: (T,) of the body: a runner's foot rolls faster than a walker's.
        frame_rate_hz: frames per second.

    Returns:
        (T, 4).
    """
    heights = feet[..., 1] - floor_m - PLANTED_HEIGHTS_M
    limit = np.maximum(_CARRIES_UNDER_M_S, _CARRIES_UNDER_SHARE * speeds_m_s)[:, None]
    raw = (_speeds(feet, frame_rate_hz) < limit) & (heights < _CARRIES_BELOW_M)
    return np.asarray(running_mean(raw.astype(np.float32), _CONTACT_BLUR_S * frame_rate_hz) > 0.5)


@dataclass(frozen=True, eq=False)
class Clouds:
    """T poses to be compared.

    Args:
        level: (T, K) ground coordinates of points and velocities, ``z + ix``, as they count.
        other: (T, R) what no turn changes: heights, contacts.
    """

    level: Complexes
    other: Floats

    @classmethod
    def of(cls, posed: Posed, frame_rate_hz: float, contacts: bool = True) -> Clouds:
        """Clouds of the frames of a clip.

        Args:
            posed: of the clip.
            frame_rate_hz: of the clip.
            contacts: whether feet that carry count.
        """
        joints = np.asarray(posed.joints, np.float64)
        velocities = _VELOCITY_S * frame_rate_hz * _differences(joints)
        origin = joints[:, :1] * [1, 0, 1] + [0, posed.floor_m, 0]
        points = np.concatenate((joints - origin, velocities), axis=1) / np.sqrt(joints.shape[1])
        feet = posed.contacts.astype(np.float64)
        feet = running_mean(feet, _CONTACT_BLUR_S * frame_rate_hz) * (_CONTACT_M / 2 * contacts)
        level = points[..., 2] + 1j * points[..., 0]
        return cls(level, np.concatenate((points[..., 1], feet), axis=1))

    def __getitem__(self, frames: slice | NDArray[np.int64]) -> Clouds:
        """Those of some frames."""
        return Clouds(self.level[frames], self.other[frames])

    def distances(self, others: Clouds) -> Floats:
        """(T, S) of each to each of the others, metres: the root mean square over the joints."""
        return self.compare(others)[0]

    def compare(self, others: Clouds) -> tuple[Floats, Floats]:
        """Distances (T, S), and by which heading each is turned to look as the other, radians."""
        level = self.level.conj() @ others.level.T
        inner = np.abs(level) + self.other @ others.other.T
        squares = self._sizes()[:, None] + others._sizes() - 2.0 * inner
        return np.sqrt(np.maximum(squares, 0.0)), np.angle(level)

    def _sizes(self) -> Floats:
        level = np.square(self.level.real) + np.square(self.level.imag)
        return np.asarray(level.sum(axis=1) + np.square(self.other).sum(axis=1))


def _speeds(places: Floats, frame_rate_hz: float) -> Floats:
    return np.asarray(np.linalg.norm(_differences(places), axis=-1) * frame_rate_hz)


def _differences(values: Floats) -> Floats:
    """Per frame; of a single frame none."""
    return np.gradient(values, axis=0) if len(values) > 1 else np.zeros_like(values)
