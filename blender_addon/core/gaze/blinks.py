"""Blinks: when, and how the lids go.

People blink about 26 times a minute while they talk, 17 times at rest and 4.5 times while they
read. Large gaze shifts come with blinks, which then hide the eyes' way. A lid closes in 80 ms and
opens in about twice that, slower and slower.

Source: Bentivoglio et al. 1997, Analysis of blink rate patterns in normal subjects (the rates; who
listens is taken as at rest); Evinger et al. 1994, Not looking while leaping (blinks with gaze
shifts); VanderWerf et al. 2003, Eyelid movements: behavioral studies of blinking in humans, and
Trutoiu et al. 2011, Modeling and animating eye blinks (the profile).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..face.blink import WHOLE_S
from .events import ROLES

BLINKS_PER_MINUTE: Final = {"speaking": 26.0, "listening": 17.0, "dialogue": 26.0}
_CLEAR_FRAMES: Final = 3
"""Between a blink and another's frames: a scene of 24 frames a second shows it a frame longer."""
_RATES_HZ: Final = np.array([BLINKS_PER_MINUTE[role] for role in ROLES]) / 60.0
_REGULARITY: Final = 1.8  # shape of the gamma density of the intervals; 1 would be pure chance
_SNAP_S: Final = 0.6
_LEAST_APART_S: Final = 0.45
_EVOKED_FROM_RAD: Final = float(np.deg2rad(20.0))
_EVOKED_FULL_RAD: Final = float(np.deg2rad(60.0))
_EVOKED_MOST: Final = 0.7
_LEAD_S: Final = 0.03
"""A blink that goes with a shift begins to close so long before it."""


def draw_blinks(
    roles: Ints,
    shift_s: Floats,
    amplitudes_rad: Floats,
    breaks: Bools,
    rate: float,
    rng: np.random.Generator,
) -> Floats:
    """When blinks begin.

    1. Chance alone gives blinks at the role's rate.
    2. Each moves to the best gaze shift within 0.6 s: one where the eyes were away in what the
       network learned from, or a large one.
    3. Large shifts bring blinks of their own, and take the place of the nearest one by chance.

    Args:
        roles: (T,) numbers into ROLES at 60 Hz.
        shift_s: (N,) when gaze shifts begin.
        amplitudes_rad: (N,) how large they are.
        breaks: (N,) whether the network said that the eyes were away there.
        rate: factor on the rates.
        rng: the randomness.

    Returns:
        (M,) rising, seconds; at least 0.45 s apart.
    """
    if rate <= 0:
        return np.zeros(0)
    length = len(roles) / MODEL_FRAME_RATE_HZ
    chance = _by_chance(roles, rate, rng)
    merit = amplitudes_rad / _EVOKED_FROM_RAD + breaks
    chance = _snap(chance, shift_s, merit)
    odds = (amplitudes_rad - _EVOKED_FROM_RAD) / (_EVOKED_FULL_RAD - _EVOKED_FROM_RAD)
    odds = _EVOKED_MOST * min(rate, 1.0) * np.clip(odds, 0.0, 1.0)
    evoked = shift_s[rng.random(len(shift_s)) < odds] - _LEAD_S
    evoked = _thin(evoked)
    for time in evoked:
        near = np.abs(chance - time)
        if len(near) and near.min() < 4.0:
            chance = np.delete(chance, near.argmin())
    times = _thin(np.sort(np.concatenate((chance, evoked))))
    return np.asarray(times[(times > 0) & (times < length)], np.float64)


def _by_chance(roles: Ints, rate: float, rng: np.random.Generator) -> Floats:
    """Times of a renewal process whose rate follows the role."""
    expected = np.concatenate(([0.0], np.cumsum(rate * _RATES_HZ[roles]) / MODEL_FRAME_RATE_HZ))
    draws = int(1.5 * expected[-1]) + 12
    least = min(_LEAST_APART_S * rate * float(_RATES_HZ.max()), 0.8)
    steps = least + (1.0 - least) * rng.gamma(_REGULARITY, 1.0 / _REGULARITY, draws)
    steps[0] *= rng.random()  # the range begins somewhere between two blinks
    marks = np.cumsum(steps)
    grid = np.arange(len(expected)) / MODEL_FRAME_RATE_HZ
    return np.asarray(np.interp(marks[marks < expected[-1]], expected, grid))


def _snap(times: Floats, shift_s: Floats, merit: Floats) -> Floats:
    if not len(shift_s) or not len(times):
        return times
    apart = shift_s[None] - times[:, None]
    worth = np.where(np.abs(apart) < _SNAP_S, merit - 0.5 * np.abs(apart) / _SNAP_S, -np.inf)
    best, value = worth.argmax(axis=1), worth.max(axis=1)
    order = np.argsort(-value, kind="stable")
    _, first = np.unique(best[order], return_index=True)  # one blink for a shift: the best one
    alone = np.isin(np.arange(len(times)), order[first])
    return np.sort(np.where(alone & (value > 0), shift_s[best] - _LEAD_S, times))


def _thin(times: Floats) -> Floats:
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] >= _LEAST_APART_S:
            kept.append(float(time))
    return np.array(kept)


def blinks_apart_from(taken: Bools, times_s: Floats) -> Floats:
    """Those blinks that are over before frames where something else closes the lids, or after.

    Args:
        taken: (T,) such frames at 60 Hz.
        times_s: (M,) at which lids begin to close.
    """
    before = np.concatenate(([0], np.cumsum(taken)))  # how many up to each frame
    first = np.floor(times_s * MODEL_FRAME_RATE_HZ).astype(np.int64) - _CLEAR_FRAMES
    last = np.ceil((times_s + WHOLE_S) * MODEL_FRAME_RATE_HZ).astype(np.int64) + _CLEAR_FRAMES
    first, last = (np.clip(each, 0, len(taken)) for each in (first, last + 1))
    return np.asarray(times_s[before[first] == before[last]], np.float64)
