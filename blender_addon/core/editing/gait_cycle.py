"""The cycle of a gait, found from the feet alone: on the spot, slid along or walked.

Phase 0 is where the right foot is furthest ahead of the left, π where the left is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..maths.rotations import heading_to_quaternion, quaternion_rotate
from ..maths.smoothing import gaussian_smooth, smoothstep
from ..motion.common_skeleton import COMMON_SKELETON
from .manifold.features import RATE_HZ, Places

_SMOOTH_FRAMES: Final = 3.0
_PHASE_FRAMES: Final = 3.0
_LEAST_SWING_M: Final = 0.12
"""How far the feet pass each other in a gait, at least."""
_TURNS_BACK: Final = 0.35
"""Share of the whole swing by which the feet must part again to make a step."""
_STEP_S: Final = (0.1, 1.6)
_EVEN: Final = 0.25
"""How far a cycle's duration may be from the usual one, as a share of it."""
_EVEN_SHARE: Final = 0.6
"""Share of cycles of which that must be so."""
_TWO_CYCLES: Final = 5
"""Extremes of two cycles: a motion with fewer is looked at as one that repeats, where it can."""
_CLOSED_M: Final = 0.08
_STANDS_M: Final = 0.04
_MOVES_M_S: Final = 0.3


@dataclass(frozen=True, eq=False)
class Gait:
    """A gait's cycle in a motion at 60 Hz.

    Args:
        phase: (T,) radians, unwrapped, never falling.
        activity: (T,) 0 … 1, how much of a gait there is: 0 while standing.
        extremes: frames where a foot is furthest ahead, may lie before or after a closed motion.
        lefts: of each, whether it is the left foot.
        speed_m_s: of the body; of a gait on the spot, as fast as its feet go.
    """

    phase: Floats
    activity: Floats
    extremes: Ints
    lefts: Bools
    speed_m_s: float

    @property
    def cycle_s(self) -> float:
        """Time of two steps."""
        return float(np.mean(self.extremes[2:] - self.extremes[:-2])) / RATE_HZ

    def step_s(self, left: bool) -> float:
        """Mean time of the steps that end with this foot ahead."""
        ends = self.lefts[1:] == left
        steps = np.diff(self.extremes)
        return float(steps[ends].mean() if ends.any() else steps.mean()) / RATE_HZ


def find_gait(places: Places) -> Gait | None:
    """The gait of a motion at 60 Hz; None where it has none.

    A motion that ends as it begins may be as short as one cycle.
    """
    swing = foot_swing(places)
    count = len(swing)
    if count < 2:
        return None
    smooth = gaussian_smooth(swing, _SMOOTH_FRAMES)
    extremes, lefts = _find_extremes(smooth)
    closed = len(extremes) < _TWO_CYCLES and is_closed(places)
    if closed:
        smooth = gaussian_smooth(np.concatenate([swing[:-1]] * 3), _SMOOTH_FRAMES)
        extremes, lefts = _find_extremes(smooth)
    if not _is_regular(extremes):
        return None
    passed = float(np.abs(np.diff(smooth[extremes])).mean())
    extremes = extremes - (count - 1) * closed
    phase = _phase(extremes, bool(lefts[0]), count)
    activity = np.ones(count) if closed else _activity(smooth, extremes)
    speed = _speed(places, passed, extremes, activity)
    return Gait(phase, activity, extremes, lefts, speed)


def foot_swing(places: Places) -> Floats:
    """(T,) how far the left foot is ahead of the right one, metres."""
    left, right = COMMON_SKELETON.indices(("LeftFoot", "RightFoot"))
    apart = places.positions[:, left] - places.positions[:, right]
    return quaternion_rotate(heading_to_quaternion(-places.headings), apart)[:, 2]


def is_closed(places: Places) -> bool:
    """Whether a motion ends in the pose it begins with, wherever that is."""
    ends = places.positions[[0, -1]] - places.ground[[0, -1], None]
    turn = heading_to_quaternion(-places.headings[[0, -1]])
    first, last = quaternion_rotate(turn[:, None], ends)
    return bool(np.linalg.norm(first - last, axis=-1).max() < _CLOSED_M)


def _find_extremes(swing: Floats) -> tuple[Ints, Bools]:
    """Where a curve turns by more than a share of its range, and whether at its top."""
    low, high = np.percentile(swing, (3, 97))
    least = max(_TURNS_BACK * (high - low), _STANDS_M)
    if high - low < _LEAST_SWING_M:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    found: list[tuple[int, bool]] = []
    top = bottom = 0
    rising: bool | None = None
    for frame, value in enumerate(swing):
        top = frame if value > swing[top] else top
        bottom = frame if value < swing[bottom] else bottom
        if rising is not False and value < swing[top] - least:
            found.append((top, True))
            rising, bottom = False, frame
        elif rising is not True and value > swing[bottom] + least:
            found.append((bottom, False))
            rising, top = True, frame
        if rising is None:
            continue
        top = frame if not rising else top
        bottom = frame if rising else bottom
    inside = [(frame, left) for frame, left in found if 0 < frame < len(swing) - 1]
    return (
        np.array([frame for frame, _ in inside], np.int64),
        np.array([left for _, left in inside], bool),
    )


def _is_regular(extremes: Ints) -> bool:
    if len(extremes) < 3:
        return False
    steps = np.diff(extremes) / RATE_HZ
    cycles = steps[1:] + steps[:-1]
    usual = np.median(cycles)
    even = np.abs(cycles - usual) <= _EVEN * usual
    return bool(
        np.median(steps) >= _STEP_S[0] and usual <= 2 * _STEP_S[1] and even.mean() >= _EVEN_SHARE
    )


def _phase(extremes: Ints, first_is_left: bool, count: int) -> Floats:
    """(count,) linear between extremes and on beyond them, its corners rounded."""
    known = np.pi * (np.arange(len(extremes)) + float(first_is_left))
    frames = np.arange(count)
    phase = np.interp(frames, extremes, known)
    before, after = frames < extremes[0], frames > extremes[-1]
    rate = np.pi / np.median(np.diff(extremes))
    phase[before] = known[0] - (extremes[0] - frames[before]) * rate
    phase[after] = known[-1] + (frames[after] - extremes[-1]) * rate
    smooth = gaussian_smooth(phase, _PHASE_FRAMES, keep_ends=True) if count > 20 else phase
    return np.asarray(np.maximum.accumulate(smooth))


def _activity(swing: Floats, extremes: Ints) -> Floats:
    """(T,) how much the feet swing around a frame, against the usual steps."""
    radius = int(np.median(np.diff(extremes)))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(swing, radius, mode="edge"), 2 * radius + 1
    )
    swings = windows.max(axis=1) - windows.min(axis=1)
    usual = np.median(np.abs(np.diff(swing[extremes])))
    active = smoothstep(swings / max(usual, _STANDS_M) * 1.6 - 0.4)
    return gaussian_smooth(active, radius / 3)


def _speed(places: Places, passed: float, extremes: Ints, activity: Floats) -> float:
    """Of the ground covered, or, on the spot, of how far the feet pass each other in a step."""
    steps = np.linalg.norm(np.diff(places.ground, axis=0), axis=-1) * RATE_HZ
    share = activity[1:] / max(float(activity[1:].sum()), 1e-6)
    travelled = float(steps @ share)
    if travelled >= _MOVES_M_S:
        return travelled
    return passed / 2.0 / (float(np.diff(extremes).mean()) / RATE_HZ)
