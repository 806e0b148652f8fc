"""Cuts walking into steps and strides by where the feet are under the body.

A foot lands when its heel is furthest ahead of the hips and leaves when its toe is furthest behind
them; that needs no threshold of height or speed, so it holds for feet that glide, sink or hover.

Source: Zeni, Richards, Higginson 2008, Two simple methods for determining gait events during
treadmill and overground walking using kinematic data, Gait & Posture 27.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from backend.motion_quality.frechet import Reals
from blender_addon.core.conventions import Ints

from .motion import Motion

_SMOOTHING_FRAMES = 2.0
_APART_S = 0.4
"""Two landings of one foot are further apart in time than this, or half of it to each side."""
_AHEAD_M = 0.08
_BEHIND_M = 0.05
_LONGEST_SWING_S = 0.75
_STRIDE_S = (0.5, 1.8)
_MOVES_M_S = 0.3
"""Slower than this nobody steps; stairs are taken at little more."""
_SAME_SPEED = 0.12
_SAME_DURATION = 0.12
_STRAIGHT_DEG = 12.0


@dataclass(frozen=True)
class Swing:
    """One foot's way through the air.

    Args:
        side: 0 left, 1 right.
        leaves, passes, lands: frames at which the foot leaves, its ankle passes the other's, and
            it lands.
        speed_m_s: of the body, mean.
    """

    side: int
    leaves: int
    passes: int
    lands: int
    speed_m_s: float

    @property
    def middle(self) -> int:
        """Half-way in time."""
        return (self.leaves + self.lands) // 2


@dataclass(frozen=True)
class Stride:
    """From one landing of a foot to its next.

    Args:
        side: 0 left, 1 right.
        start, stop: frames of the two landings.
        speed_m_s: of the body, mean.
        turn_deg: how far the heading turns.
    """

    side: int
    start: int
    stop: int
    speed_m_s: float
    turn_deg: float

    @property
    def frames(self) -> int:
        """How long it takes."""
        return self.stop - self.start

    @property
    def is_straight(self) -> bool:
        """Whether the heading keeps within 12°."""
        return abs(self.turn_deg) < _STRAIGHT_DEG

    def is_like(self, other: Stride) -> bool:
        """Whether another stride is as long and as fast, within 12 %."""
        longer, faster = self.frames / other.frames, self.speed_m_s / other.speed_m_s
        return abs(longer - 1) < _SAME_DURATION and abs(faster - 1) < _SAME_SPEED


def find_landings(motion: Motion, side: int) -> Ints:
    """Frames at which a foot's heel is furthest ahead of the hips while moving."""
    return _peaks(_before_hips(motion, 2 * side), motion, _AHEAD_M)


def find_swings(motion: Motion) -> list[Swing]:
    """Every swing of either foot whose ankle passes the other one, in the order of the landings."""
    found = [swing for side in (0, 1) for swing in _swings_of(motion, side)]
    return sorted(found, key=lambda swing: swing.lands)


def find_strides(motion: Motion, side: int) -> list[Stride]:
    """A foot's strides that follow each other while the body walks."""
    shortest, longest = (seconds * motion.rate_hz for seconds in _STRIDE_S)
    strides = []
    for start, stop in pairwise(find_landings(motion, side).tolist()):
        if shortest <= stop - start <= longest and motion.walking[start:stop].all():
            speed = float(motion.speeds[start:stop].mean())
            turn = float(motion.headings[stop] - motion.headings[start])
            strides.append(Stride(side, start, stop, speed, turn))
    return strides


def pairs_of_strides(motion: Motion, side: int) -> list[tuple[Stride, Stride]]:
    """Steady walking: two straight strides, one after the other, alike in length and speed."""
    return [
        (first, second)
        for first, second in pairwise(find_strides(motion, side))
        if first.stop == second.start
        and first.is_straight
        and second.is_straight
        and first.is_like(second)
    ]


def _before_hips(motion: Motion, joint: int) -> Reals:
    """(T,) how far a foot joint is ahead of the hips, seen along the heading."""
    way = motion.feet[:, joint] - motion.joints[:, 0]
    return np.asarray(np.sum(way[:, [0, 2]] * motion.ahead, axis=-1))


def _peaks(values: Reals, motion: Motion, least: float) -> Ints:
    """Frames of the highest value within 0.2 s to either side, while moving and above ``least``."""
    if len(values) < 3:
        return np.zeros(0, np.int64)
    smooth = gaussian_filter1d(values, _SMOOTHING_FRAMES)
    width = round(_APART_S * motion.rate_hz) // 2 * 2 + 1
    highest = (smooth == maximum_filter1d(smooth, width)) & (smooth > least)
    highest &= motion.speeds >= _MOVES_M_S
    # Where the motion begins or ends, nothing tells a peak from a slope.
    highest[[0, -1]] = False
    return np.flatnonzero(highest)


def _swings_of(motion: Motion, side: int) -> list[Swing]:
    leaves = _peaks(-_before_hips(motion, 2 * side + 1), motion, _BEHIND_M)
    ahead = _before_hips(motion, 2 * side) - _before_hips(motion, 2 - 2 * side)
    longest = _LONGEST_SWING_S * motion.rate_hz
    swings = []
    for lands in find_landings(motion, side).tolist():
        before = leaves[(leaves < lands) & (lands - leaves < longest)]
        if not len(before):
            continue
        start = int(before[-1])
        passing = np.flatnonzero((ahead[start:lands] < 0) & (ahead[start + 1 : lands + 1] >= 0))
        if len(passing):
            speed = float(motion.speeds[start:lands].mean())
            swings.append(Swing(side, start, start + int(passing[-1]), lands, speed))
    return swings
