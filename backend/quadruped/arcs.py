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
"""Hind feet are lifted less at a walk."""
_SHORT_M: Final = 0.25
"""Short steps are lower."""
_EARLY: Final = 0.85
_FAST: Final = (0.3, 1.2)
"""Froude numbers between which a swing becomes that of a gallop."""
_STEEP: Final = (2.0, 1.0)
"""Power of the sine: 2 leaves the ground softly."""
_JERK_FREE: Final = (0.5, 0.8)
"""How much of the way through the air is that of least jerk; the rest sets off more briskly."""
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
    hind = heights * np.interp(froudes, _FAST, (_HIND, 1.0))
    return 0.5 * np.stack((hind, heights, hind, heights), axis=-1)


def foot_track(
    stances: Stances,
    foot: int,
    highest: Floats,
    froudes: Floats,
    body: QuadrupedBody,
    terrain: Terrain,
) -> tuple[Floats, Bools]:
    """Where a paw is, frame by frame.

    Args:
        stances: of the foot.
        foot: its number.
        highest: (T,) how far feet are lifted.
        froudes: (T,) fast feet leave the ground and come down more steeply.
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
            fast = float(np.interp(np.interp(0.5 * (lift + land), frames, froudes), _FAST, (0, 1)))
            paws[air] = _arc(share, ends, height, fast, body.paw_heights_m[foot], terrain)
    return paws, stands


def _arc(
    share: Floats, ends: Floats, height: float, fast: float, paw: float, terrain: Terrain
) -> Floats:
    """(N, 3) places at shares (N,) of the time in the air."""
    gone = _gone(share, _JERK_FREE[0] + fast * (_JERK_FREE[1] - _JERK_FREE[0]))
    places = ends[0] + gone[:, None] * (ends[1] - ends[0])
    steep = _STEEP[0] + fast * (_STEEP[1] - _STEEP[0])
    bump = np.sin(np.pi * share**_EARLY) ** steep
    length = float(np.linalg.norm(ends[1] - ends[0]))
    height *= 0.4 + 0.6 * min(length / _SHORT_M, 1.0)
    ground = np.asarray(terrain.heights(places[:, [0, 2]]), np.float64) + paw
    under = ground + _MARGIN_M * bump - places[:, 1]
    inside = bump > 0.1
    if inside.any():
        height = max(height, float((under[inside] / bump[inside]).max()))
    places[:, 1] = np.maximum(places[:, 1] + height * bump, ground)
    return np.asarray(places)


def _gone(share: Floats, smooth: float) -> Floats:
    """(N,) part of the way through the air: at rest at both ends, brisk off the ground."""
    jerk_free = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    brisk = share**2 * (3.0 - 2.0 * share)
    return np.asarray(brisk + smooth * (jerk_free - brisk))
