"""Falls: at rest in time, no joint bent too far, nothing through the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.physics.figure import PARTS
from blender_addon.core.physics.limits import Limits, cone_angles

from ..grounds import level
from .recording import RATE_HZ
from .shapes import Placed, joint_limits, shape_bottoms
from .trials import LIMP_AT_S, REST_S

STILL_M_S: Final = 0.1
BEYOND_DEG: Final = 5.0
THROUGH_M: Final = 0.05


@dataclass(frozen=True)
class Fall:
    """How one fall went.

    Args:
        speed_m_s: of the fastest body when it should lie still.
        beyond_deg: furthest that a joint was beyond its range.
        deepest_m: any shape's lowest point under the ground.
        lowest_m: height of the pelvis in the end.
    """

    speed_m_s: float
    beyond_deg: float
    deepest_m: float
    lowest_m: float

    @property
    def is_ok(self) -> bool:
        """Whether it is as it should be."""
        return (
            self.speed_m_s <= STILL_M_S
            and self.beyond_deg <= BEYOND_DEG
            and self.deepest_m <= THROUGH_M
        )


def judge_fall(poses: Floats, asked: Floats) -> Fall:
    """One fall (T, 45), muscles off from ``LIMP_AT_S`` on, out of an animation (S, 45)."""
    placed = Placed.of(poses)
    speeds = np.linalg.norm(np.diff(placed.positions, axis=0), axis=-1).max(axis=1) * RATE_HZ
    rest = round((LIMP_AT_S + REST_S) * RATE_HZ)
    bottoms = shape_bottoms(placed, level)
    return Fall(
        float(speeds[rest:].max()) if len(speeds) > rest else float("inf"),
        beyond_deg(poses, asked),
        float(max(0.0, -bottoms.min())),
        float(poses[-1, 1]),
    )


def beyond_deg(poses: Floats, asked: Floats) -> float:
    """How far joints were beyond their ranges at most, degrees.

    A hinge's range is the figure's; a ball's are cones about directions, as wide as a person's or
    as the animation needs them, and no turn is wider than in any body.
    """
    ranges = Limits.wide_enough_for(asked).angles
    limits, start = joint_limits(), 7
    worst = float((cone_angles(poses) - ranges).max())
    for part in PARTS:
        if part.name in limits:
            low, high = limits[part.name]
            if part.is_ball:
                sine = np.linalg.norm(poses[:, start + 1 : start + 4], axis=1)
                angles = 2.0 * np.arctan2(sine, np.abs(poses[:, start]))
                beyond = angles - high
            else:
                angles = poses[:, start]
                beyond = np.maximum(angles - high, low - angles)
            worst = max(worst, float(beyond.max()))
        start += 4 if part.is_ball else 1
    return float(np.degrees(max(worst, 0.0)))
