"""Stairs: one foot a tread, or several treads at a time?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from backend.motion_quality.ways import StairsTerrain

from .motion import Motion
from .pooling import Number, largest, pool
from .steps import find_landings

LANDED_S = 0.1


def measure_stairs(motions: Sequence[Motion]) -> dict[str, Number]:
    """Treads a step, of the way up and the way down the one with more."""
    found = [value for motion in motions for value in treads_per_step(motion)]
    return {"treads_per_step": largest(value for value in found if value is not None)}


def treads_per_step(motion: Motion) -> tuple[Number, Number]:
    """Treads from one foot's landing to the other's, mean over the steps that go up, and down.

    A step along one tread counts in neither.
    """
    climbs = np.diff(landing_treads(motion))
    return pool(climbs[climbs > 0]), pool(-climbs[climbs < 0])


def landing_treads(motion: Motion) -> list[int]:
    """Number of the tread on which each step lands, left and right in turn.

    Of two landings of one foot in a row the last counts.
    """
    terrain = motion.performance.terrain
    if not isinstance(terrain, StairsTerrain):
        return []
    landings = sorted((int(f), side) for side in (0, 1) for f in find_landings(motion, side))
    kept = [
        landing
        for landing, following in pairwise([*landings, (0, -1)])
        if landing[1] != following[1]
    ]
    return [_tread(motion, terrain, frame, side) for frame, side in kept]


def _tread(motion: Motion, terrain: StairsTerrain, frame: int, side: int) -> int:
    """By the lower of heel and toe, 0.1 s after the heel was furthest ahead."""
    landed = min(frame + round(LANDED_S * motion.rate_hz), motion.frame_count - 1)
    joints = slice(2 * side, 2 * side + 2)
    soles = motion.feet[landed, joints, 1] - motion.performance.planted_heights_m[joints]
    return round(float(terrain.tread_near(soles.min())) / terrain.rise_m)
