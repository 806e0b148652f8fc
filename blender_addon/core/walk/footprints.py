"""Where the feet of who is driven stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..feet.soles import Sole
from ..ground.terrain import Terrain
from ..maths.rotations import quaternion_rotate
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics
from ..motion.skeleton import Skeleton
from ..retarget.soles import sole_of

SIDES: Final = ("Left", "Right")
MOST: Final = 200
"""So many are kept; the oldest go first."""
_NEAR: Final = 0.08
"""Of the foot's length: nearer to the ground a foot may stand."""
_SLOW: Final = 2.2
"""Foot lengths a second: slower it does. Live, feet slide a little."""
_SAME: Final = 0.25
"""Of the foot's length: nearer than this to its last print a foot stands where it stood."""
_OUTLINE: Final = np.array(
    [
        (0.00, 0.00), (0.03, 0.10), (0.15, 0.15), (0.35, 0.14), (0.55, 0.17), (0.75, 0.20),
        (0.90, 0.16), (0.98, 0.08), (1.00, -0.01), (0.97, -0.08), (0.88, -0.14), (0.72, -0.17),
        (0.50, -0.11), (0.35, -0.10), (0.15, -0.13), (0.03, -0.09),
    ]
)  # fmt: skip
"""A left sole from above: shares of its length from the heel on, and outward."""


@dataclass(frozen=True, eq=False)
class Footprint:
    """Where a foot stood.

    Args:
        side: "Left" or "Right".
        outline: (P, 3) in the world, on the ground, metres.
        flatness_m: how far the sole's points were from one level; the least is kept.
        seconds: when.
    """

    side: str
    outline: Floats
    flatness_m: float
    seconds: float

    @property
    def middle(self) -> Floats:
        """(3,) of the outline."""
        return np.asarray(self.outline.mean(axis=0))


class Footprints:
    """Sees a motion frame by frame, and keeps where its feet stand.

    Args:
        skeleton: who walks.
        roles: joint by common name.
        terrain: on what.
    """

    def __init__(self, skeleton: Skeleton, roles: Mapping[str, int], terrain: Terrain) -> None:
        self._skeleton, self._terrain = skeleton, terrain
        self._ankles = {side: roles[f"{side}Foot"] for side in SIDES}
        self._soles = {side: sole_of(skeleton, roles, side) for side in SIDES}
        self._before: dict[str, Floats] = {}
        self._standing: dict[str, Footprint] = {}
        self.prints: list[Footprint] = []

    def see(self, clip: MotionClip, seconds: float, frames: int = 1) -> None:
        """Take in one frame.

        Args:
            clip: a single frame of the skeleton.
            seconds: since the beginning.
            frames: of the model's rate since the one before.
        """
        positions, rotations = forward_kinematics(
            self._skeleton, clip.root_positions[0], clip.rotations_wxyz[0]
        )
        for side, ankle in self._ankles.items():
            self._take(side, positions[ankle], rotations[ankle], seconds, max(frames, 1))

    def _take(self, side: str, ankle: Floats, turn: Floats, seconds: float, frames: int) -> None:
        sole = self._soles[side]
        ball = ankle + quaternion_rotate(turn, sole.ball)
        before = self._before.get(side, ball)
        self._before[side] = ball
        speed = float(np.linalg.norm((ball - before)[[0, 2]])) * MODEL_FRAME_RATE_HZ / frames
        points = ankle + quaternion_rotate(turn, sole.points)
        above = points[:, 1] - self._terrain.heights(points[:, [0, 2]])
        stands = above.min() <= _NEAR * sole.length_m and speed <= _SLOW * sole.length_m
        if not stands or not np.isfinite(above).all():
            self._standing.pop(side, None)
            return
        outline = self._outline(side, sole, ankle, turn)
        print_ = Footprint(side, outline, float(np.ptp(above)), seconds)
        standing = self._standing.get(side)
        if standing is None:
            self._add(print_)
        elif print_.flatness_m < standing.flatness_m:
            self.prints[self.prints.index(standing)] = print_
            self._standing[side] = print_

    def _add(self, made: Footprint) -> None:
        last = next((each for each in reversed(self.prints) if each.side == made.side), None)
        near = _SAME * self._soles[made.side].length_m
        if last is not None and np.linalg.norm(last.middle - made.middle) < near:
            self.prints.remove(last)  # it stepped on the spot
        self.prints = [*self.prints, made][-MOST:]
        self._standing[made.side] = made

    def _outline(self, side: str, sole: Sole, ankle: Floats, turn: Floats) -> Floats:
        ahead = quaternion_rotate(turn, sole.forward)[[0, 2]].astype(np.float64)
        ahead /= np.linalg.norm(ahead) or 1.0
        left = np.array([ahead[1], -ahead[0]])
        outward = left if side == "Left" else -left
        along = sole.points @ sole.forward
        lengths = along.min() + _OUTLINE[:, 0] * sole.length_m
        beside = _OUTLINE[:, 1] * sole.length_m
        xz = ankle[[0, 2]] + lengths[:, None] * ahead + beside[:, None] * outward
        heights = np.asarray(self._terrain.heights(xz), np.float64)
        beside_hole = float(np.nanmin(heights)) if np.isfinite(heights).any() else ankle[1]
        heights = np.where(np.isfinite(heights), heights, beside_hole)
        return np.stack((xz[:, 0], heights, xz[:, 1]), axis=-1)
