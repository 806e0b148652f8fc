"""The same shaping for someone who is steered: nobody knows the next frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...ground.terrain import FlatTerrain, Terrain, soften
from ...maths.rotations import quaternion_nlerp
from ..direction import Directions
from ..features import ground_under_root
from ..settings import Direction
from .body import Poses
from .cycles import TrailingCycles
from .head import LOOK_M, lead_head
from .shape import STRETCH, Shaping, shape_poses
from .tempo import step_tempo, taken_up

_SAME: Final = 1e-9
_FORGOTTEN: Final = 0.99
"""Of the highest speed lately, what is left by the frame."""


class LiveShaper:
    """Shapes one frame after the other.

    Args:
        direction: what is asked for.
        terrain: the ground.
        fastest_m_s: of the model.
    """

    def __init__(self, direction: Direction, terrain: Terrain, fastest_m_s: float) -> None:
        self._values = Shaping.along(Directions(direction), np.zeros(1)).values
        self._step_length, self._fastest = direction.step_length, fastest_m_s
        self._terrain = None if isinstance(terrain, FlatTerrain) else soften(terrain)
        self._cycles = TrailingCycles()
        self._usual_m_s = 0.0
        self._slope_ahead: Floats = np.zeros(1)

    def tempo(self, speed_m_s: float) -> tuple[float, float]:
        """Rate of the model's time and stretch of steps at a true speed."""
        if self._step_length == 1.0:
            return 1.0, 1.0
        self._usual_m_s = max(speed_m_s, self._usual_m_s * _FORGOTTEN)
        speed, usual = np.array([speed_m_s]), np.array([self._usual_m_s])
        longer = 1.0 + (self._step_length - 1.0) * taken_up(speed, usual, self._slope_ahead)
        rate, stretch = step_tempo(longer, speed, self._fastest)
        return float(rate[0]), float(stretch[0])

    def shaping(self, rates: Floats, stretches: Floats, at: Floats) -> Shaping:
        """What the whole of it is asked for.

        Args:
            rates, stretches: (M,) of the model's frames.
            at: (T,) the model's frame of each true one.
        """
        if self._step_length == 1.0:
            return Shaping(self._values)
        return Shaping({**self._values, STRETCH: stretches.astype(np.float32)}, rates, at)

    def shape(self, pose: Poses, velocity: Floats, stretch: float, ahead_rad: float) -> Poses:
        """One frame as it is asked for.

        Args:
            pose: as the network made it.
            velocity: (1, 2) x, z of the root.
            stretch: of its steps.
            ahead_rad: by which the root's heading is about to turn.
        """
        values = dict(self._values)
        if self._step_length != 1.0:
            values[STRETCH] = np.full(1, stretch, np.float32)
        if values:
            hips, rotations = shape_poses(pose, values, velocity, self._cycles)
            pose = replace(pose, hips=hips, rotations=rotations)
        slope = self._slope_ahead = self._slope(pose)
        lead_head(pose.rotations, pose.track[:, 2], np.array([ahead_rad]), slope, self._cycles)
        return pose

    def _slope(self, pose: Poses) -> Floats:
        """(1,) of the ground ahead; level where there is none."""
        if self._terrain is None:
            return np.zeros(1)
        heading = pose.track[:, 2]
        ahead = pose.track[:, :2] + LOOK_M * np.stack((np.sin(heading), np.cos(heading)), axis=-1)
        rise = ground_under_root(self._terrain, ahead, heading) - pose.ground
        return np.where(np.isfinite(rise), rise, 0.0) / LOOK_M


def blended(poses: Sequence[Poses], share: float, back: int) -> Poses:
    """The pose between two that follow one another.

    Args:
        poses: the last ones.
        share: how far from one to the next.
        back: how many came after the first of the two.
    """
    first = poses[-1 - back]
    if share < _SAME or back == 0:
        return first
    second = poses[-back]
    return Poses(
        first.hips + np.float32(share) * (second.hips - first.hips),
        quaternion_nlerp(first.rotations, second.rotations, share),
        first.track + share * (second.track - first.track),
        first.ground + share * (second.ground - first.ground),
        first.scores,
    )
