"""Feet: do they glide flat over the floor, lift in the air, land on the heel, stay above ground?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from backend.motion_quality.frechet import Reals
from blender_addon.core.feet.contacts import median_filter, spans
from blender_addon.core.motion.common_skeleton import HEEL_HEIGHT_M, TOE_HEIGHT_M

from .motion import Motion
from .pooling import Number, largest, pool
from .steps import Swing, find_swings

FLAT_M = 0.008
GLIDES_M = 0.04
WALKING_M_S = (0.8, 1.8)
LANDED_S = 0.05
_FLICKER_FRAMES = 5
_RESTS_M_S = 0.05
_REST_FRAMES = 6
_LIES_M = 0.01
_ANKLE_TO_BALL_M = (HEEL_HEIGHT_M - TOE_HEIGHT_M, 0.125)
"""Down and ahead, foot flat."""


def measure_glides(motions: Sequence[Motion]) -> dict[str, Number]:
    """Share of the walks on level ground in which a foot glides flat by more than 4 cm, and how
    far the farthest glides."""
    found = [longest_glide(m) for m in motions if m.is_level and m.goes]
    return {
        "flat_glide_share": pool(1.0 * (way > GLIDES_M) for way in found),
        "flat_glide_max_cm": largest(100.0 * way for way in found),
    }


def longest_glide(motion: Motion) -> float:
    """Metres that a foot travels while its heel and its toe stay planted in height, at most."""
    return max((way for side in (0, 1) for way in _glides(motion, side)), default=0.0)


def _glides(motion: Motion, side: int) -> Iterator[float]:
    """Metres of each unbroken glide of one foot; that of the joint that moves less.

    A foot that turns about its ball or heel glides with one joint alone, and does not count.
    """
    joints = slice(2 * side, 2 * side + 2)
    places = motion.feet[:, joints][..., [0, 2]]
    flat = (np.abs(motion.heights[:, joints]) < FLAT_M).all(axis=-1)
    flat = median_filter(flat[:, None], _FLICKER_FRAMES)[:, 0]
    for start, stop in spans(flat):
        for first, last in pairwise(_cut_at_rests(places[start:stop], motion.rate_hz)):
            part = places[start + first : start + last]
            yield float(np.linalg.norm(part - part[0], axis=-1).max(axis=0).min())


def _cut_at_rests(places: Reals, rate_hz: float) -> list[int]:
    """Frames at which a flat foot's steps end: the middles of rests that lie between movements."""
    count = len(places)
    if count < 2:
        return [0, count]
    speeds = np.linalg.norm(np.gradient(places, axis=0), axis=-1).min(axis=-1) * rate_hz
    rests = [
        (start + stop) // 2
        for start, stop in spans(speeds < _RESTS_M_S)
        if stop - start >= _REST_FRAMES and start > 0 and stop < count
    ]
    return [0, *rests, count]


def walking_swings(motion: Motion) -> list[Swing]:
    """Swings at 0.8 to 1.8 m/s on level ground."""
    if not motion.is_level:
        return []
    low, high = WALKING_M_S
    return [swing for swing in find_swings(motion) if low <= swing.speed_m_s <= high]


def measure_swings(motions: Sequence[Motion]) -> dict[str, Number]:
    """Toe height half-way through a swing, how high the heel rises, foot pitch at contact."""
    found = [(motion, swing) for motion in motions for swing in walking_swings(motion)]
    return {
        "swing_toe_cm": pool(100.0 * m.heights[s.middle, 2 * s.side + 1] for m, s in found),
        "heel_rise_cm": pool(
            100.0 * m.heights[max(s.leaves - 5, 0) : s.lands + 1, 2 * s.side].max()
            for m, s in found
        ),
        "contact_pitch_deg": pool(_contact_pitch(m, s) for m, s in found),
    }


def _contact_pitch(motion: Motion, swing: Swing) -> float:
    """Toes up against the flat foot, 50 ms after the heel is furthest ahead; NaN past the end."""
    frame = swing.lands + round(LANDED_S * motion.rate_hz)
    if frame >= motion.frame_count:
        return float("nan")
    pitch = foot_pitch(motion, swing.side)
    return float(pitch[frame] - _flat_pitch(motion, swing.side, pitch))


def foot_pitch(motion: Motion, side: int) -> Reals:
    """(T,) degrees, toes up; 0 where the common skeleton's foot lies flat."""
    down, along = _ANKLE_TO_BALL_M
    way = motion.feet[:, 2 * side + 1] - motion.feet[:, 2 * side]
    steep = np.arctan2(way[:, 1], np.hypot(way[:, 0], way[:, 2]))
    return np.asarray(np.degrees(steep + np.arctan2(down, along)))


def _flat_pitch(motion: Motion, side: int, pitch: Reals) -> float:
    """Pitch of this foot while it lies: somebody else's may not be 0."""
    lies = (np.abs(motion.heights[:, 2 * side : 2 * side + 2]) < _LIES_M).all(axis=-1)
    return float(np.median(pitch[lies])) if lies.any() else 0.0


def measure_soles(motions: Sequence[Motion]) -> dict[str, Number]:
    """How deep the deepest of heels' edges and toes' tips is, per frame, on every ground."""
    deepest = [motion.sole_depths.max(axis=-1) for motion in motions]
    values = 100.0 * np.concatenate(deepest) if deepest else np.zeros(0)
    return {"sole_mean_cm": pool(values), "sole_max_cm": largest(values)}
