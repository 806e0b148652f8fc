"""Knees and ankles: straight when standing and carrying, and never popping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.motion_quality.frechet import Reals

from .motion import Motion
from .pooling import Number, largest, middle, pool
from .steps import find_swings

MIDSTANCE_M_S = (1.1, 1.5)
POP_PERCENTILE = 99.9


def measure_knees(motions: Sequence[Motion]) -> dict[str, Number]:
    """Flexion while standing (median over frames) and at mid-stance (mean over steps)."""
    level = [motion for motion in motions if motion.is_level]
    standing = [
        motion.knees[start:stop].mean(axis=-1) for motion in level for start, stop in motion.quiet
    ]
    low, high = MIDSTANCE_M_S
    carrying = [
        motion.knees[swing.passes, 1 - swing.side]
        for motion in level
        for swing in find_swings(motion)
        if low <= swing.speed_m_s <= high
    ]
    return {
        "knee_standing_deg": middle(np.concatenate(standing)) if standing else None,
        "knee_midstance_deg": pool(carrying),
    }


def measure_pops(motions: Sequence[Motion]) -> dict[str, Number]:
    """Second differences of knee and ankle angles, degrees per frame at 60 frames a second²."""
    found = [pops(motion) for motion in motions if motion.is_level]
    values = np.concatenate(found) if found else np.zeros(0)
    return {
        "pop_p999": pool(values, lambda all_pops: np.percentile(all_pops, POP_PERCENTILE)),
        "pop_max": largest(values),
    }


def pops(motion: Motion) -> Reals:
    """(T − 2,) the largest second difference of the four angles."""
    angles = np.concatenate((motion.knees, motion.ankles), axis=-1)
    if len(angles) < 3:
        return np.zeros(0)
    return np.asarray(np.abs(np.diff(angles, 2, axis=0)).max(axis=-1))
