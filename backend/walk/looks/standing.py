"""Standing: is there life in it, and does the body come to it without a lunge?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from blender_addon.core.conventions import FORWARD
from blender_addon.core.maths.rotations import quaternion_rotate

from ..metrics import RUNNING_M_S
from .motion import Motion
from .pooling import Number, largest, middle

WINDOW_S = 1.8
STOPPING_S = 1.5
_FEWEST_WALKING_FRAMES = 30


def measure_stops(motions: Sequence[Motion]) -> dict[str, Number]:
    """How far the hips dip before standing, at most."""
    found = [dip for motion in motions if motion.is_level for dip in dips(motion)]
    return {"stop_dip_max_cm": largest(100.0 * dip for dip in found)}


def dips(motion: Motion) -> list[float]:
    """Metres that the hips, in the last 1.5 s before each standing, are under their walking median.

    Nobody who runs all the way, or stands all the way, stops from walking.
    """
    walks = motion.walking & (motion.speeds < RUNNING_M_S)
    if walks.sum() < _FEWEST_WALKING_FRAMES:
        return []
    hips = motion.joints[:, 0, 1]
    median = float(np.median(hips[walks]))
    return [median - float(hips[first : stop + 1].min()) for first, stop in stops(motion)]


def stops(motion: Motion) -> list[tuple[int, int]]:
    """The last 1.5 s before each standing that follows walking: first frame, and that of rest."""
    before = round(STOPPING_S * motion.rate_hz)
    ends = [(max(start - before, 0), start) for start, _ in motion.standing]
    return [(first, stop) for first, stop in ends if motion.walking[first:stop].any()]


def measure_idle(motions: Sequence[Motion]) -> dict[str, Number]:
    """How far the head moves and turns in 1.8 s of standing, median over the windows."""
    found = [(motion, start) for motion in motions for start in _windows(motion)]
    return {
        "idle_head_cm": middle(100.0 * _head_travel(m, start) for m, start in found),
        "idle_head_deg": middle(_head_turn(m, start) for m, start in found),
    }


def _windows(motion: Motion) -> list[int]:
    """First frames of windows of 1.8 s, each half over the one before it, in quiet standing."""
    width = round(WINDOW_S * motion.rate_hz)
    return [
        first
        for start, stop in motion.quiet
        for first in range(start, stop - width + 1, width // 2)
    ]


def _head_travel(motion: Motion, start: int) -> float:
    """Metres that the head gets away from where it was at the window's first frame."""
    head = motion.joint("Head")[start : start + round(WINDOW_S * motion.rate_hz)]
    return float(np.linalg.norm(head - head[0], axis=-1).max())


def _head_turn(motion: Motion, start: int) -> float:
    """Degrees that the face turns away from where it looked at the window's first frame."""
    turns = motion.turns("Head")[start : start + round(WINDOW_S * motion.rate_hz)]
    looks = quaternion_rotate(turns, FORWARD)
    across = np.linalg.norm(np.cross(looks[:1], looks), axis=-1)
    return float(np.degrees(np.arctan2(across, looks @ looks[0])).max())
