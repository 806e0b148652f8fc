"""What is kept of a simulation, 60 frames a second."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..conventions import Bools, Floats
from ..feet.contacts import median_filter
from ..maths.rotations import quaternion_rotate
from ..motion.clip import MotionClip
from .clip_poses import FRAME_RATE_HZ, ClipPoses, body_positions, body_rotations, poses_to_clip
from .falling import is_carried_otherwise
from .figure import BODY_NAMES, GRAVITY_M_S2, MASS_KG, SOLE_CORNERS_M
from .joints import continuous
from .sensing import Touches

CARRYING_N = 0.05 * MASS_KG * GRAVITY_M_S2
"""From which force on a foot carries."""

_LOW_M = 0.015
_SLOW_M_S = 0.5
_UPRIGHT = 0.8


@dataclass(frozen=True, eq=False)
class Record:
    """What one figure did.

    Args:
        poses: (T, 45).
        forces: (T, 15, 3) on each body, N.
        depths: (T, 15) of each body in what it touches, metres.
        otherwise: (T,) whether something else than a foot carried.
        help_n: (T,) force of the help, N.
        simulated: (T,) False where it was blended or merely copied.
    """

    poses: Floats
    forces: Floats
    depths: Floats
    otherwise: Bools
    help_n: Floats
    simulated: Bools


class Recorder:
    """Keeps what B figures do.

    Args:
        count: B.
        frames: T at most.
    """

    def __init__(self, count: int, frames: int) -> None:
        bodies = len(BODY_NAMES)
        self._poses = np.zeros((count, frames, 45))
        self._forces = np.zeros((count, frames, bodies, 3), np.float32)
        self._depths = np.zeros((count, frames, bodies), np.float32)
        self._otherwise = np.zeros((count, frames), bool)
        self._help = np.zeros((count, frames))
        self._simulated = np.zeros((count, frames), bool)

    def keep(
        self, frame: int, poses: Floats, touches: Touches, help_n: Floats, simulated: Bools
    ) -> None:
        """Keep a frame; one beyond the end is not kept."""
        if frame >= self._poses.shape[1]:
            return
        self._poses[:, frame] = poses
        self._forces[:, frame] = touches.total * simulated[:, None, None]
        self._depths[:, frame] = touches.depths.max(axis=1) * simulated[:, None]
        self._otherwise[:, frame] = is_carried_otherwise(touches) & simulated
        self._help[:, frame] = help_n * simulated
        self._simulated[:, frame] = simulated

    def record(self, row: int, frames: int) -> Record:
        """What one figure did in so many frames."""
        return Record(
            continuous(self._poses[row, :frames]),
            self._forces[row, :frames].astype(np.float64),
            self._depths[row, :frames].astype(np.float64),
            self._otherwise[row, :frames].copy(),
            self._help[row, :frames].copy(),
            self._simulated[row, :frames].copy(),
        )


def clip_of(record: Record, followed: ClipPoses) -> MotionClip:
    """A record as a clip of the common skeleton, contacts included."""
    clip = poses_to_clip(record.poses, followed, np.arange(len(record.poses), dtype=np.float64))
    return replace(clip, contacts=sole_contacts(record))


@dataclass(frozen=True, eq=False)
class SoleTrack:
    """One foot's sole over time.

    Args:
        corners: (T, 8, 3) of foot and toe, metres; back, front and toe's back and tip, in pairs.
        speeds: (T, 8) along the ground, metres a second.
        force_n: (T,) on it.
        upright: (T,) how far the sole faces down, 1 where it is level.
    """

    corners: Floats
    speeds: Floats
    force_n: Floats
    upright: Floats

    @property
    def carries(self) -> Bools:
        """(T,) whether it bears weight."""
        return np.asarray(self.force_n > CARRYING_N)

    @property
    def low(self) -> Bools:
        """(T, 8) which corners are about as low as the lowest."""
        heights = self.corners[..., 1]
        return np.asarray(heights < heights.min(axis=1, keepdims=True) + _LOW_M)


def sole_track(record: Record, side: str) -> SoleTrack:
    """The sole of the foot on this side, "left_" or "right_"."""
    rotations = body_rotations(record.poses)
    positions = body_positions(record.poses, rotations)
    corners = []
    for kind in ("foot", "toe"):
        body = BODY_NAMES.index(side + kind)
        turned = quaternion_rotate(rotations[:, body, None], _in_order(SOLE_CORNERS_M[kind]))
        corners.append(positions[:, body, None] + turned)
    feet = [BODY_NAMES.index(side + kind) for kind in ("foot", "toe")]
    up = quaternion_rotate(rotations[:, feet[0]], np.array([0.0, 1.0, 0.0]))[:, 1]
    force = np.linalg.norm(record.forces[:, feet].sum(axis=1), axis=-1)
    places = np.concatenate(corners, axis=1)
    return SoleTrack(places, _speeds(places), force, up)


def sole_contacts(record: Record) -> Bools:
    """(T, 4) whether left heel, left toe, right heel, right toe carry."""
    columns = []
    for side in ("left_", "right_"):
        sole = sole_track(record, side)
        carrying = sole.carries & (sole.upright > _UPRIGHT)
        holds = sole.low & (sole.speeds < _SLOW_M_S) & carrying[:, None]
        columns += [holds[:, :2].any(axis=1), holds[:, 2:].any(axis=1)]
    return median_filter(np.stack(columns, axis=1))


def _in_order(corners: Floats) -> Floats:
    """Corners from the back to the front."""
    return corners[np.argsort(corners[:, 2], kind="stable")]


def _speeds(places: Floats) -> Floats:
    if len(places) < 2:
        return np.zeros(places.shape[:2])
    flat = np.gradient(places[..., [0, 2]], axis=0) * FRAME_RATE_HZ
    return np.asarray(np.linalg.norm(flat, axis=-1))
