"""What a seam is measured by: all that betrays it, over what the recorded motion has of its own.

Four things betray a seam: a kink, feet that slip, poses nobody takes, and motion that dies. Each is
measured in the seam and in the recorded motion that the seam took the place of, and only what the
seam has more of counts. So neither a smooth average of two motions is good, nor a quick one; and
recorded motion itself has a seam of 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

import numpy as np

from backend.mocap.recordings import Recording
from backend.motion_quality.frechet import PrincipalComponents, Reals, fit_components
from backend.motion_quality.naturalness import scale_features
from backend.motion_quality.windows import INSTANTS, pose_features
from blender_addon.core.conventions import Floats
from blender_addon.core.editing.clouds import floor_height
from blender_addon.core.feet.measures import slip_speed
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics

_WIDTH: Final = 15
"""Frames of a window, half a second."""
_STEP: Final = 3
_FITTED: Final = 5
"""Each so many windows one is taken to find in which directions motion varies."""
_COMPONENTS: Final = 32
_SLIP_S: Final = 1 / 3
"""Slip counts as the way it makes in ten frames."""
_UNEVEN_M: Final = 0.025
_TAKE_OUT: Final = 2
_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)


@dataclass(frozen=True)
class SeamMeasures:
    """What betrays a seam, each over the recorded motion's own; 0 for nothing.

    Args:
        kink_cm: worst second difference of the joints, cm per frame².
        slip_cm: of the carrying foot, in ten frames.
        strange_cm: how far the strangest half second is from the nearest that anybody moved.
        dead_cm: what the joints move less in ten frames.
    """

    kink_cm: float
    slip_cm: float
    strange_cm: float
    dead_cm: float

    @property
    def seam(self) -> float:
        """All together, cm."""
        return sum(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True)
class _Raw:
    """The same of a stretch of motion, as it is."""

    kink_cm: float
    slip_cm: float
    strange_cm: float
    moved_cm: float


@dataclass(frozen=True, eq=False)
class Seen:
    """A motion as it is looked at.

    Args:
        joints: (T, J, 3) metres.
        floor_m: height of what the feet stand on.
        poses: (T, F) of ``pose_features``.
        rate_hz: frames per second.
    """

    joints: Reals
    floor_m: float
    poses: Reals
    rate_hz: float

    @classmethod
    def of(cls, clip: MotionClip) -> Seen:
        """Look at a clip of the common skeleton."""
        joints = joints_of(clip)
        floor, rate = floor_height(joints[:, _FEET]), clip.frame_rate_hz
        return cls(joints, floor, pose_features(joints, floor, rate, clip.skeleton.names), rate)

    def windows(self, starts: Sequence[int] | None = None) -> Reals:
        """(N, F) half seconds at 30 Hz, one every 3 frames or from given frames on."""
        count = len(self.joints)
        firsts = np.asarray(
            range(0, max(count - _WIDTH, 1), _STEP) if starts is None else starts, np.int64
        )
        instants = firsts[:, None] + np.round(np.linspace(0, _WIDTH, INSTANTS)).astype(np.int64)
        poses = self.poses[np.minimum(instants, count - 1)]
        return scale_features(poses.reshape(len(firsts), -1))


@lru_cache(maxsize=8)
def _seen(clip: MotionClip) -> Seen:
    """Several stretches of a motion are looked at, and several seams compared with one motion."""
    return Seen.of(clip)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Frames of a motion that are looked at.

    Args:
        clip: the motion around.
        start, stop: which frames.
    """

    clip: MotionClip
    start: int
    stop: int


class Nearest:
    """Half seconds of recorded motion, to find the one that is nearest to another.

    Args:
        recordings: at 30 Hz on the common skeleton.
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        parts = [
            (each, Seen.of(each.clip).windows()) for each in recordings if each.clip.frame_count > 2
        ]
        features = np.concatenate([windows for _, windows in parts])
        self._components: PrincipalComponents = fit_components(features[::_FITTED], _COMPONENTS)
        self._projected = self._components.project(features)
        self._sizes = np.square(self._projected).sum(axis=1)
        self._takes = np.concatenate(
            [np.full(len(windows), n) for n, (_, windows) in enumerate(parts)]
        )
        self._names = [{each.name, each.same_take_as} - {""} for each, _ in parts]

    def distances(self, windows: Reals, without: Iterable[str]) -> Reals:
        """How far windows (N, F) are from the nearest one, cm as a mean over joints.

        Args:
            windows: of ``Seen.windows``.
            without: names of recordings whose takes do not count.
        """
        out = set(without)
        barred = [n for n, names in enumerate(self._names) if names & out]
        seen = self._components.project(windows)
        squares = np.square(seen).sum(axis=1)[:, None] + self._sizes - 2 * seen @ self._projected.T
        squares[:, np.isin(self._takes, barred)] = np.inf
        nearest = np.sqrt(np.maximum(squares.min(axis=1), 0.0))
        return np.asarray(nearest / np.sqrt(INSTANTS * 2 * COMMON_SKELETON.joint_count))


def joints_of(clip: MotionClip) -> Reals:
    """(T, J, 3) metres."""
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return joints.astype(np.float64)


def measure_seam(
    made: Stretch, recorded: Sequence[Stretch], nearest: Nearest, takes: Sequence[str]
) -> SeamMeasures:
    """What betrays a seam.

    Args:
        made: the seam within the motion around it.
        recorded: stretches of recorded motion that the seam took the place of.
        nearest: motion that anybody made.
        takes: names of the recordings that the seam was made of: they do not count as anybody's.
    """
    seam = _look(made, nearest, takes)
    real = [_look(each, nearest, takes) for each in recorded]
    return SeamMeasures(
        max(seam.kink_cm - max(each.kink_cm for each in real), 0.0),
        max(seam.slip_cm - max(each.slip_cm for each in real), 0.0),
        max(seam.strange_cm - max(each.strange_cm for each in real), 0.0),
        max(min(each.moved_cm for each in real) - seam.moved_cm, 0.0),
    )


def _look(stretch: Stretch, nearest: Nearest, takes: Sequence[str]) -> _Raw:
    seen = _seen(stretch.clip)
    joints, count = seen.joints, len(seen.joints)
    start, stop = max(stretch.start, 1), min(stretch.stop, count - 1)
    stop = max(stop, start + 1)
    bends = 100 * _mean(np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1))
    moves = 100 * _mean(np.linalg.norm(np.diff(joints, axis=0), axis=-1))
    around = slice(max(start - _TAKE_OUT, 0), min(stop + _TAKE_OUT, count) - 2)
    middles = np.arange(start, stop, _STEP) - _WIDTH // 2
    middles = np.unique(np.clip(middles, 0, max(count - _WIDTH - 1, 0)))
    strange = nearest.distances(seen.windows(list(middles)), takes)
    return _Raw(
        float(bends[around].max()),
        _slip(seen, slice(start - 1, stop)),
        float(strange.max()),
        10 * float(moves[start - 1 : stop].mean()),
    )


def _mean(values: Reals) -> Reals:
    """Root mean square over joints (T, J): one limb that pops is not lost among the others."""
    return np.asarray(np.sqrt(np.square(values).mean(axis=1)))


def _slip(seen: Seen, where: slice) -> float:
    feet: Floats = seen.joints[:, _FEET]
    # Recorded floors are uneven by centimetres: who stands must not count as hovering, else the
    # foot that swings past is taken for the one that carries.
    heights = feet[..., 1] - seen.floor_m - PLANTED_HEIGHTS_M - _UNEVEN_M
    speeds = slip_speed(feet, heights, seen.rate_hz).values[where]
    known = speeds[np.isfinite(speeds)]
    return 100 * _SLIP_S * float(known.mean()) if known.size else 0.0
