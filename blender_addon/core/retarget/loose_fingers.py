"""How somebody who moves holds the fingers: curled and loose, tighter at a jog, never quite still.

Angles are counted from a straight finger, so that a rig whose rest pose is splayed and one whose
rest pose is curled come out alike. A hand that nobody uses lets its fingers hang in a cascade, the
little one bent most; a jogger makes a loose fist. Fingers have a mass: when the hand is swung they
come after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.smoothing import gaussian_smooth, smoothstep

_RELAXED_DEG: Final = np.array(
    [(4, 10, 14), (20, 28, 14), (25, 33, 16), (29, 37, 18), (31, 38, 20)], np.float64
)
_FIST_DEG: Final = np.array(
    [(14, 22, 32), (48, 66, 32), (54, 70, 34), (58, 72, 36), (60, 72, 38)], np.float64
)
_FIST_BEGINS_M_S: Final = 1.7
_FIST_FULL_M_S: Final = 2.6
_FIST_SIGMA_S: Final = 0.35
_HAND_VARIES: Final = 0.08
_FINGER_VARIES: Final = 0.1
_DRIFTS: Final = 0.06
"""Of the curl: how hands, fingers, and a finger over time differ, as standard deviations."""
_DRIFT_S: Final = 1.2
_DRAG_RAD_PER_M_S2: Final = float(np.deg2rad(0.6))
_DRAG_MOST_RAD: Final = float(np.deg2rad(7.0))
_LAG_S: Final = 0.07
_SEED: Final = 6007
"""Set apart from the draws of style and phase, which use the seed alone."""


@dataclass(frozen=True, eq=False)
class HandMotion:
    """What fingers go by, over T frames.

    Args:
        speeds_m_s: (T,) of the body, at a person's size.
        pulls_m_s2: (T, 2) acceleration of left and right hand towards where the palm looks, at a
            person's size.
        frame_rate_hz: frames per second.
    """

    speeds_m_s: Floats
    pulls_m_s2: Floats
    frame_rate_hz: float


def finger_curls(motion: HandMotion, seed: int) -> Floats:
    """How far each joint is bent.

    Args:
        motion: of the body and its hands.
        seed: same seed, same fingers.

    Returns:
        (T, 2, 5, 3) radians from straight, towards the palm: left and right hand, fingers as in
        ``core.retarget.fingers``, joints from the hand to the tip: of a finger its knuckle, middle
        and last, of the thumb its root, knuckle and last.
    """
    rng = np.random.default_rng([seed, _SEED])
    frames, rate = len(motion.speeds_m_s), motion.frame_rate_hz
    fist = _share(motion.speeds_m_s, rate)[:, None, None, None]
    relaxed, tight = np.deg2rad(_RELAXED_DEG), np.deg2rad(_FIST_DEG)
    curls = relaxed + fist * (tight - relaxed)
    own = 1.0 + _HAND_VARIES * _bounded(rng, (2, 1, 1))
    own = own * (1.0 + _FINGER_VARIES * _bounded(rng, (2, 5, 1)))
    drift = 1.0 + _DRIFTS * _wander(frames, _DRIFT_S * rate, 10, rng).reshape(frames, 2, 5, 1)
    # Fingers that are swung ahead are left behind: they open, the last joints most.
    drag = _dragged(motion.pulls_m_s2, rate)[:, :, None, None] * np.array([0.6, 1.0, 0.7])
    drag = drag * np.array([0.3, 1.0, 1.0, 1.0, 1.0])[:, None]
    return np.asarray(np.maximum(curls * own * drift - (1.0 - 0.6 * fist) * drag, 0.0), np.float64)


def fist_share(speeds_m_s: Floats) -> Floats:
    """(T,) 0 for an open hand at walking speeds … 1 for a loose fist at a jog."""
    return smoothstep((speeds_m_s - _FIST_BEGINS_M_S) / (_FIST_FULL_M_S - _FIST_BEGINS_M_S))


def _share(speeds: Floats, rate: float) -> Floats:
    """The same; a hand closes and opens over a moment."""
    return gaussian_smooth(fist_share(speeds), _FIST_SIGMA_S * rate)


def _dragged(pulls: Floats, rate: float) -> Floats:
    """(T, 2) radians by which fingers stay behind, a moment after the hand was pulled."""
    smooth = gaussian_smooth(pulls.astype(np.float64), 0.5 * _LAG_S * rate)
    rows = np.arange(len(pulls)) - _LAG_S * rate
    late = np.stack([np.interp(rows, np.arange(len(pulls)), c) for c in smooth.T], axis=-1)
    return np.asarray(_DRAG_MOST_RAD * np.tanh(_DRAG_RAD_PER_M_S2 * late / _DRAG_MOST_RAD))


def _bounded(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Normal numbers, none beyond two standard deviations."""
    return np.clip(rng.standard_normal(shape), -2.0, 2.0)


def _wander(frames: int, sigma: float, columns: int, rng: np.random.Generator) -> Floats:
    """(T, columns) smooth noise of unit variance, none of it beyond two."""
    apart = max(sigma, 1.0)
    knots = rng.standard_normal((int(frames / apart) + 4, columns))
    at = np.arange(frames) / apart
    noise = np.stack([np.interp(at, np.arange(len(knots)), each) for each in knots.T], axis=-1)
    return np.clip(gaussian_smooth(noise, 0.5 * apart), -2.0, 2.0)
