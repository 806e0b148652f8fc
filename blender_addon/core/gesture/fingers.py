"""How the fingers of a talker open and close with what the hands do.

Angles are counted from a straight finger, as those of a walk: the fingers of a resting hand hang in
a cascade, the little one bent most. No hand is quite like the other, nor quite still.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.smoothing import gaussian_smooth

_FIST_DEG: Final = np.array(
    [(14, 22, 32), (48, 66, 32), (54, 70, 34), (58, 72, 36), (60, 72, 38)], np.float64
)
_RELAXED_DEG: Final = np.array(
    [(4, 10, 14), (18, 26, 13), (23, 31, 15), (27, 35, 17), (29, 36, 19)], np.float64
)
_OPEN_DEG: Final = np.array(
    [(2, 4, 6), (4, 8, 4), (6, 10, 5), (10, 13, 6), (13, 16, 8)], np.float64
)
RELAXED: Final = 0.35
"""Openness of a hand that nobody uses."""
_VARIES: Final = 0.1
_DRIFTS: Final = 0.05
_DRIFT_S: Final = 1.2
_SEED: Final = 6013


def finger_curls(openness: Floats, frame_rate_hz: float, seed: int) -> Floats:
    """How far each joint is bent.

    Args:
        openness: (T, 2) of the left and the right hand: 0 a fist, 1 flat.
        frame_rate_hz: frames per second.
        seed: same seed, same fingers.

    Returns:
        (T, 2, 5, 3) radians from straight, towards the palm: left and right hand, fingers as in
        ``core.retarget.fingers``, joints from the hand to the tip.
    """
    rng = np.random.default_rng([seed, _SEED])
    knots = np.deg2rad(np.stack((_FIST_DEG, _RELAXED_DEG, _OPEN_DEG)))
    curls = _between(knots, np.clip(openness, 0.0, 1.0))
    own = 1.0 + _VARIES * rng.uniform(-1.0, 1.0, (2, 5, 1))
    drift = 1.0 + _DRIFTS * _wander(len(openness), _DRIFT_S * frame_rate_hz, rng)
    return np.asarray(curls * own * drift[..., None], np.float64)


def _between(knots: Floats, openness: Floats) -> Floats:
    """(T, 2, 5, 3) curls between a fist, a relaxed hand and a flat one."""
    closed = np.clip(openness / RELAXED, 0.0, 1.0)[..., None, None]
    wide = np.clip((openness - RELAXED) / (1.0 - RELAXED), 0.0, 1.0)[..., None, None]
    fist, relaxed, flat = knots
    return np.asarray(fist + closed * (relaxed - fist) + wide * (flat - relaxed))


def _wander(frames: int, slowness: float, rng: np.random.Generator) -> Floats:
    """(T, 2, 5) slow noise of standard deviation about 1."""
    length = frames + round(8 * slowness)
    noise = gaussian_smooth(rng.standard_normal((length, 10)), slowness)[:frames]
    scale = np.sqrt(2.0 * np.sqrt(np.pi) * max(slowness, 0.3))
    return np.asarray((noise * scale).reshape(frames, 2, 5))
