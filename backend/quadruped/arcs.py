"""How feet go through the air, from print to print."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.quadruped.body import Family, QuadrupedBody

from .prints import Stances

_CLEARANCE_FROUDE: Final = (0.0, 0.1, 0.5, 1.0, 3.0)
_CLEARANCE: Final = {
    Family.HOOFED: (0.06, 0.10, 0.13, 0.16, 0.20),
    Family.CANINE: (0.05, 0.08, 0.11, 0.15, 0.20),
}
"""In hip heights, the highest point of a swing at Froude numbers."""
_HIND: Final = 0.85
"""Hind feet are lifted less."""
_SHORT_M: Final = 0.25
"""Short steps are lower."""
_EARLY: Final = 0.85
_MARGIN_M: Final = 0.015
"""Over ground between the prints."""
_JUMP: Final = 0.45


def clearances(froudes: Floats, jump: Floats, family: Family) -> Floats:
    """(T, 4) metres at hips of half a metre by which feet in the air are lifted at the most.

    Args:
        froudes: (T,).
        jump: (T,) weight of jumping.
        family: whose.
    """
    heights = np.interp(froudes, _CLEARANCE_FROUDE, _CLEARANCE[family])
    heights = heights + jump * (_JUMP - heights)
    return np.asarray(heights[:, None] * np.array([_HIND, 1.0, _HIND, 1.0]) * 0.5)


def foot_track(
    stances: Stances, foot: int, highest: Floats, body: QuadrupedBody, terrain: Terrain
) -> tuple[Floats, Bools]:
    """Where a paw is, frame by frame.

    Args:
        stances: of the foot.
        foot: its number.
        highest: (T,) how far feet are lifted.
        body: whose.
        terrain: stays below.

    Returns:
        (T, 3) metres, and (T,) whether it stands.
    """
    frames = np.arange(len(highest), dtype=np.float64)
    number = np.searchsorted(stances.lands, frames, side="right") - 1
    stands = frames < stances.lifts[number]
    paws = stances.prints_m[number].copy()
    for step in range(len(stances.lands) - 1):
        air = np.flatnonzero((number == step) & ~stands)
        if len(air):
            lift, land = stances.lifts[step], stances.lands[step + 1]
            share = (air - lift) / max(land - lift, 1e-6)
            ends = stances.prints_m[step : step + 2]
            height = float(np.interp(0.5 * (lift + land), frames, highest))
            paws[air] = _arc(share, ends, height, body.paw_heights_m[foot], terrain)
    return paws, stands


def _arc(share: Floats, ends: Floats, height: float, paw: float, terrain: Terrain) -> Floats:
    """(N, 3) places at shares (N,) of the time in the air."""
    gone = _gone(share)
    places = ends[0] + gone[:, None] * (ends[1] - ends[0])
    bump = np.sin(np.pi * share**_EARLY) ** 2
    length = float(np.linalg.norm(ends[1] - ends[0]))
    height *= 0.4 + 0.6 * min(length / _SHORT_M, 1.0)
    ground = np.asarray(terrain.heights(places[:, [0, 2]]), np.float64) + paw
    under = ground + _MARGIN_M * bump - places[:, 1]
    inside = bump > 0.1
    if inside.any():
        height = max(height, float((under[inside] / bump[inside]).max()))
    places[:, 1] = np.maximum(places[:, 1] + height * bump, ground)
    return np.asarray(places)


def _gone(share: Floats) -> Floats:
    """(N,) part of the way through the air: at rest at both ends, brisk off the ground."""
    jerk_free = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    return np.asarray(0.5 * (jerk_free + share**2 * (3.0 - 2.0 * share)))
