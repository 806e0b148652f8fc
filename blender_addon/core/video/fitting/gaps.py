"""Stretches in which nobody, or no leg, is seen."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Bools
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..points import JOINTS
from .body import HIPS, SIDES, Body, Doubles
from .evidence import Evidence

SHORT_S: Final = 0.6
"""Gaps up to it are passed over in a straight line."""
_EASE_S: Final = 0.7
_UNSEEN: Final = 0.15
_TELLS: Final = np.array([0.5, 1.0])
"""How much a knee and an ankle tell of a leg: a knee is guessed beyond the picture's edge."""
_UNSEEN_S: Final = 0.4
_FEW_JOINTS: Final = 0.35
_LEGS: Final = [[JOINTS.index(side + part) for part in ("Leg", "Foot")] for side in SIDES]


def warped_frames(known: Bools, rate_hz: float) -> Doubles:
    """(T,) where among the known frames (T,) each one gets its values from.

    A known frame from itself; one of a short gap from between; one of a long gap from the frame
    before it, and towards its end by and by from the frame after it.
    """
    frames = np.arange(len(known), dtype=np.float64)
    at = np.flatnonzero(known)
    if not len(at):
        return frames
    frames = np.clip(frames, at[0], at[-1])
    for start, stop in pairwise(at):
        if stop - start <= max(SHORT_S * rate_hz, 1.0):
            continue
        inside = np.arange(start + 1, stop)
        ease = min(_EASE_S * rate_hz, float(stop - start))
        share = smoothstep((inside - (stop - ease)) / ease)
        frames[inside] = start + share * (stop - start)
    return frames


def bridge(values: Doubles, known: Bools, rate_hz: float) -> Doubles:
    """Values (T, ...) whose gaps are filled from both sides."""
    if known.all() or not known.any():
        return values
    at = np.flatnonzero(known)
    frames = warped_frames(known, rate_hz)
    gaps = np.flatnonzero(~known)
    flat = values.reshape(len(values), -1).copy()
    before = at[np.maximum(np.searchsorted(at, frames[gaps], side="right") - 1, 0)]
    after = at[np.minimum(np.searchsorted(at, before, side="right"), len(at) - 1)]
    span = np.maximum(after - before, 1)
    share = np.clip((frames[gaps] - before) / span, 0.0, 1.0)[:, None]
    flat[gaps] = flat[before] + share * (flat[after] - flat[before])
    return flat.reshape(values.shape)


def guessed_frames(evidence: Evidence) -> Bools:
    """(T,) frames that are filled in, or in which most joints are a guess."""
    return np.asarray(~evidence.known | (evidence.weights.mean(axis=1) < _FEW_JOINTS))


def legs_unseen(evidence: Evidence) -> Doubles:
    """(T,) 0 … 1: 1 where neither leg has been seen for a while."""
    seen = np.max([(evidence.weights[:, leg] * _TELLS).max(axis=1) for leg in _LEGS], axis=0)
    hidden = np.where((seen < _UNSEEN) & evidence.known, 1.0, 0.0)
    if not hidden.any():
        return hidden
    # Between unseen frames a gap is no better; what is hidden for a moment only is the lifter's.
    at = np.flatnonzero(evidence.known)
    filled = np.interp(np.arange(len(hidden)), at, hidden[at])
    steady = gaussian_smooth(filled, _UNSEEN_S * evidence.rate_hz)
    return np.asarray(smoothstep((steady - 0.5) * 4.0))


def with_standing_legs(body: Body, shape: Doubles, up: Doubles, unseen: Doubles) -> Doubles:
    """Joints (T, 14, 3) whose legs hang straight down where they are not seen.

    Args:
        body: whose legs' length counts.
        shape: about the middle of the hips.
        up: (T, 3) unit, same axes.
        unseen: (T,) 0 … 1.
    """
    if not unseen.any():
        return shape
    made = shape.copy()
    lengths = body.lengths()
    share = unseen[:, None]
    for number, (knee, ankle) in enumerate(_LEGS):
        thigh, shin = lengths[number], lengths[2 + number]
        knees = shape[:, HIPS[number]] - thigh * up
        ankles = knees - shin * up
        made[:, knee] += share * (knees - made[:, knee])
        made[:, ankle] += share * (ankles - made[:, ankle])
    return made
