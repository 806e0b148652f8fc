"""Where the feet of a motion stand, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...feet.contacts import detect_contacts, spans
from ...ground.terrain import Terrain
from ...maths.headings import directions_to_headings
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ...motion.kinematics import forward_kinematics

SIDES: Final = ("Left", "Right")
_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)
_GAP_FRAMES: Final = 4
_SHORTEST_FRAMES: Final = 3
_XZ: Final = [0, 2]


@dataclass(frozen=True, eq=False)
class Stances:
    """All S of a motion, by the frame on which they begin.

    Args:
        sides: (S,) 0 for the left foot, 1 for the right.
        starts, stops: (S,) first frame and the one after the last.
        places: (S, 3) x, z and heading of the middle between ankle and ball.
        frame_count: of the motion.
    """

    sides: Ints
    starts: Ints
    stops: Ints
    places: Floats
    frame_count: int

    @property
    def count(self) -> int:
        """S."""
        return len(self.sides)

    def of_side(self, side: int) -> list[int]:
        """Numbers of one foot's."""
        return [int(n) for n in np.flatnonzero(self.sides == side)]


def contacts_of(clip: MotionClip, terrain: Terrain) -> Bools:
    """(T, 4) which heels and balls carry, as the clip says or as it looks."""
    if clip.contacts is not None:
        return clip.contacts
    feet = _feet(clip)
    return detect_contacts(feet, terrain.heights(feet[..., _XZ]), clip.frame_rate_hz)


def stances_of(clip: MotionClip, contacts: Bools) -> Stances:
    """The stances of a clip of the common skeleton.

    Args:
        clip: T frames.
        contacts: (T, 4) left heel, left ball, right heel, right ball.
    """
    feet = _feet(clip)
    found = []
    for side in range(2):
        heel, ball = (feet[:, 2 * side + n][:, _XZ] for n in range(2))
        middle, along = 0.5 * (heel + ball), ball - heel
        for start, stop in _carrying(contacts[:, 2 * side : 2 * side + 2].any(axis=1)):
            heading = directions_to_headings(along[start:stop].mean(axis=0))
            found.append((start, stop, side, *middle[start:stop].mean(axis=0), float(heading)))
    rows = np.array(sorted(found), np.float64).reshape(-1, 6)
    whole = rows[:, :3].astype(np.int64)
    return Stances(whole[:, 2], whole[:, 0], whole[:, 1], rows[:, 3:], clip.frame_count)


def _feet(clip: MotionClip) -> Floats:
    positions, _ = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    return np.asarray(positions[:, _FEET], np.float64)


def _carrying(on: Bools) -> list[tuple[int, int]]:
    """Spans in which a foot carries, short gaps closed, moments left out."""
    joined: list[tuple[int, int]] = []
    for start, stop in spans(on):
        if joined and start - joined[-1][1] <= _GAP_FRAMES:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return [span for span in joined if span[1] - span[0] >= _SHORTEST_FRAMES]
