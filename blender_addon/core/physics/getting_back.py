"""From where a body lies back into the animation: a blend, not a skill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.terrain import Terrain
from ..maths.rotations import quaternion_rotate
from ..maths.smoothing import smoothstep
from .clip_poses import FRAME_RATE_HZ, body_positions, body_rotations
from .figure import BODY_NAMES, SOLE_CORNERS_M, without_side
from .joints import blend_poses
from .reference import FRAMES_A_STEP, Reference

# Points of the body, and how far its skin is from them, metres.
_POINTS: Final = {
    "pelvis": (((-0.07, 0.0, 0.0), (0.07, 0.0, 0.0)), 0.10),
    "chest": (((-0.06, 0.1, 0.0), (0.06, 0.1, 0.0)), 0.12),
    "head": (((0.0, 0.17, 0.03),), 0.10),
    "forearm": (((0.0, 0.0, 0.0), (0.0, -0.3, 0.0)), 0.045),
    "shin": (((0.0, -0.06, 0.0),), 0.05),
    **{name: (tuple(map(tuple, corners)), 0.0) for name, corners in SOLE_CORNERS_M.items()},
}


@dataclass(frozen=True, eq=False)
class WayBack:
    """What a figure does instead of being simulated.

    Args:
        first: frame, 60 a second, of the first pose.
        poses: (N, 45).
        then_simulated: whether it is simulated again after it.
    """

    first: int
    poses: Floats
    then_simulated: bool

    def at(self, frame: int) -> Floats:
        """(45,) the pose at a frame; the last is held."""
        return np.asarray(self.poses[min(frame - self.first, len(self.poses) - 1)])

    def is_over(self, frame: int) -> bool:
        """Whether the simulation goes on from this frame."""
        return self.then_simulated and frame >= self.first + len(self.poses) - 1


def blend_frames(seconds: float) -> int:
    """How many frames a blend of this length takes: whole control steps."""
    return max(1, round(seconds * FRAME_RATE_HZ / FRAMES_A_STEP)) * FRAMES_A_STEP


def way_back(fallen: Floats, targets: Floats, ground: Terrain) -> Floats:
    """Poses (N, 45) from a fallen one (45,) into others (N, 45), over the ground.

    Args:
        fallen: pose at the first frame.
        targets: what is to be done at each frame; reached at the last.
        ground: through which nothing goes.
    """
    shares = smoothstep(np.linspace(0.0, 1.0, len(targets)))
    out = blend_poses(np.broadcast_to(fallen, targets.shape), targets, shares)
    # What the animation itself has in the ground stays its own.
    own = (1.0 - shares) * _sunk(fallen[None], ground) + shares * _sunk(targets, ground)
    out[:, 1] += np.maximum(_sunk(out, ground) - own, 0.0)
    return out


def targets_of(reference: Reference, first: int, count: int) -> Floats:
    """(count, 45) what the simulation follows at frames of 60 a second from the first on."""
    frames = first + np.arange(count)
    low = reference.clamped(frames // FRAMES_A_STEP)
    high = reference.clamped(frames // FRAMES_A_STEP + 1)
    share = (frames % FRAMES_A_STEP) / FRAMES_A_STEP
    return blend_poses(reference.poses[low], reference.poses[high], share)


def lowest_over(poses: Floats, ground: Terrain) -> Floats:
    """(T,) how far the lowest point of bodies in poses (T, 45) is over the ground, metres.

    Where there is no ground under a point it does not count; infinite where there is none at all.
    """
    rotations = body_rotations(poses)
    positions = body_positions(poses, rotations)
    lowest = np.full(len(poses), np.inf)
    for body, name in enumerate(BODY_NAMES):
        points, skin = _POINTS.get(without_side(name), ((), 0.0))
        for point in points:
            place = positions[:, body] + quaternion_rotate(rotations[:, body], np.array(point))
            over = place[:, 1] - skin - ground.heights(place[:, [0, 2]])
            lowest = np.fmin(lowest, over)
    return lowest


def _sunk(poses: Floats, ground: Terrain) -> Floats:
    """(T,) how deep the lowest point is in the ground, metres."""
    return np.maximum(-lowest_over(poses, ground), 0.0)
