"""Strides: do they differ from one to the next, left from right, and from person to person?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..metrics import RUNNING_M_S
from .angles import arm_angle, cut_stride, leans, mean_stride, pose_angles
from .motion import SIDES, Motion
from .pooling import Number, pool
from .steps import Stride, find_strides, pairs_of_strides

STYLE_M_S = (1.1, 1.5)
FEWEST_STYLES = 3
MOST_ASYMMETRY = 1.0
_STILL_ARM_DEG = 2.0


def measure_strides(motions: Sequence[Motion]) -> dict[str, Number]:
    """Variety from stride to stride, asymmetry of the arms, spread of styles, pitch of the trunk.

    On level ground, under 2.2 m/s, straight ahead.
    """
    level = [motion for motion in motions if motion.is_level]
    differences = [value for motion in level for value in _differences(motion)]
    asymmetries = [value for motion in level if (value := _asymmetry(motion)) is not None]
    return {
        "stride_variety_deg": pool(differences),
        "arm_asymmetry": pool(asymmetries),
        "style_spread_deg": style_spread(level),
        "trunk_pitch_deg": pool(value for motion in level for value in _trunk_ranges(motion)),
    }


def _differences(motion: Motion) -> list[float]:
    """Mean absolute difference of the pose's angles between two steady strides of one foot."""
    pairs = [
        pair
        for side in (0, 1)
        for pair in pairs_of_strides(motion, side)
        if pair[0].speed_m_s < RUNNING_M_S
    ]
    if not pairs:
        return []
    angles = pose_angles(motion)
    return [
        float(np.abs(cut_stride(angles, first) - cut_stride(angles, second)).mean())
        for first, second in pairs
    ]


def _asymmetry(motion: Motion) -> float | None:
    """By how much of the lesser swing one arm swings further; 1 at most."""
    strides = _straight_strides(motion, 0) + _straight_strides(motion, 1)
    if not strides:
        return None
    left, right = (
        np.mean([np.ptp(angle[s.start : s.stop]) for s in strides])
        for angle in (arm_angle(motion, side) for side in SIDES)
    )
    more = max(left, right) / max(min(left, right), _STILL_ARM_DEG) - 1.0
    return float(np.clip(more, 0.0, MOST_ASYMMETRY))


def _straight_strides(motion: Motion, side: int) -> list[Stride]:
    return [
        stride
        for stride in find_strides(motion, side)
        if stride.is_straight and stride.speed_m_s < RUNNING_M_S
    ]


def style_spread(motions: Sequence[Motion]) -> Number:
    """Standard deviation of the walks' mean strides at 1.1 to 1.5 m/s; None under three walks."""
    low, high = STYLE_M_S
    means = []
    for motion in motions:
        strides = [s for s in _straight_strides(motion, 1) if low <= s.speed_m_s <= high]
        if strides:
            means.append(mean_stride(pose_angles(motion), strides))
    if len(means) < FEWEST_STYLES:
        return None
    return float(np.sqrt(np.var(np.stack(means), axis=0).mean()))


def _trunk_ranges(motion: Motion) -> list[float]:
    pitch = leans(motion, "Spine", "Neck")[0]
    strides = _straight_strides(motion, 0)
    return [float(np.ptp(pitch[stride.start : stride.stop])) for stride in strides]
