"""Which gait an animal goes in: by its speed, or as it is told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from ..maths.smoothing import gaussian_smooth
from .body import Family
from .gaits import ACTIONS, Gait, froude, stride_frequency_hz

_LADDERS: Final = {
    Family.HOOFED: (
        (Gait.WALK, 0.4, 0.6),
        (Gait.TROT, 1.8, 2.1),
        (Gait.CANTER_RIGHT, 2.4, 2.8),
        (Gait.GALLOP_RIGHT, np.inf, np.inf),
    ),
    Family.CANINE: (
        (Gait.WALK, 0.4, 0.6),
        (Gait.TROT, 1.8, 2.2),
        (Gait.GALLOP_RIGHT, np.inf, np.inf),
    ),
}
"""Gaits from slow to fast: below the first Froude number one falls back to it, above the second
one leaves it."""

_LED: Final = {Gait.CANTER_RIGHT: Gait.CANTER_LEFT, Gait.GALLOP_RIGHT: Gait.GALLOP_LEFT}
_LEADS_LEFT: Final = dict.fromkeys(_LED, False) | dict.fromkeys(_LED.values(), True)
_BENDS_RAD_S: Final = 0.15
"""Who turns slower than this may gallop on either lead."""
_LEAD_SIGMA_S: Final = 0.7
_SETTING_OUT: Final = 0.6
"""Who goes slower than this part of the speed asked for is setting out or pulling up."""

_RANGES: Final = {
    Gait.WALK: (0.0, 0.8),
    Gait.PACE: (0.2, 2.5),
    Gait.TROT: (0.2, 3.0),
    Gait.CANTER_LEFT: (0.8, 4.0),
    Gait.CANTER_RIGHT: (0.8, 4.0),
    Gait.GALLOP_LEFT: (1.5, 60.0),
    Gait.GALLOP_RIGHT: (1.5, 60.0),
}

_STAND: Final = ACTIONS.index(Gait.STAND.value)


def usual_froude(gait: Gait) -> tuple[float, float]:
    """Froude numbers between which animals go in a gait."""
    return _RANGES[gait]


def gaits_along(
    speeds_m_s: Floats,
    asked_m_s: Floats,
    turn_rates_rad_s: Floats,
    keyed: Sequence[Gait | None],
    family: Family,
    lead_left: bool,
) -> Ints:
    """The gait of each frame, as numbers of ``ACTIONS``.

    Args:
        speeds_m_s: (T,).
        asked_m_s: (T,) where the frames are.
        turn_rates_rad_s: (T,) positive to the left.
        keyed: T gaits that are told; None for automatic.
        family: of the body.
        lead_left: which lead where no bend tells.
    """
    automatic = _by_speed(froude(speeds_m_s), family)
    ladder = [gait for gait, _, _ in _LADDERS[family]]
    gaits = [ladder[level] for level in automatic]
    under_way = speeds_m_s >= _SETTING_OUT * asked_m_s
    gaits = [
        gait if told is None or not going else told
        for gait, told, going in zip(gaits, keyed, under_way, strict=True)
    ]
    chosen = _with_leads(gaits, keyed, turn_rates_rad_s, lead_left)
    return _without_short(chosen, speeds_m_s)


def _by_speed(froudes: Floats, family: Family) -> Ints:
    """(T,) rungs of the ladder, with hysteresis."""
    ladder = _LADDERS[family]
    up = np.searchsorted([high for _, _, high in ladder[:-1]], froudes)
    down = np.searchsorted([low for _, low, _ in ladder[:-1]], froudes)
    levels = np.empty(len(froudes), np.int64)
    level = int(up[0])
    for n, (low, high) in enumerate(zip(up.tolist(), down.tolist(), strict=True)):
        level = min(max(level, low), high)
        levels[n] = level
    return levels


def _with_leads(
    gaits: Sequence[Gait], keyed: Sequence[Gait | None], turn_rates: Floats, lead_left: bool
) -> Ints:
    """Automatic canters and gallops lead with the side that a bend is to, or that is told."""
    turns = gaussian_smooth(turn_rates, _LEAD_SIGMA_S * MODEL_FRAME_RATE_HZ).tolist()
    numbers = {gait: ACTIONS.index(gait.value) for gait in Gait}
    chosen = np.empty(len(gaits), np.int64)
    left, leading = lead_left, False
    for n, (gait, told) in enumerate(zip(gaits, keyed, strict=True)):
        led = gait in _LED and told is not gait
        if led and told in _LEADS_LEFT:  # a canter on the way to the gallop that is told
            left = _LEADS_LEFT[told]
        elif led and abs(turns[n]) > _BENDS_RAD_S:
            left = bool(turns[n] > 0)
        elif led and not leading:
            left = lead_left
        leading = led
        chosen[n] = numbers[_LED[gait] if led and left else gait]
    return chosen


def _without_short(chosen: Ints, speeds_m_s: Floats) -> Ints:
    """No gait is gone in for less than a stride: what follows begins earlier."""
    frequencies = stride_frequency_hz(speeds_m_s)
    strides = np.cumsum(frequencies) / MODEL_FRAME_RATE_HZ
    out = chosen.copy()
    edges = np.concatenate(([0], np.flatnonzero(np.diff(chosen)) + 1, [len(chosen)]))
    for begin, end in pairwise(edges[1:-1].tolist()):
        if strides[end - 1] - strides[begin] < 1.0:
            out[begin:end] = out[end]
    return out


def gait_weights(chosen: Ints, standing: Floats, speeds_m_s: Floats) -> Floats:
    """(T, 13) weights of ``ACTIONS`` that change over one stride and add up to 1.

    Args:
        chosen: (T,) gaits as numbers of ``ACTIONS``.
        standing: (T,) 1 where nothing moves.
        speeds_m_s: (T,).
    """
    weights = np.zeros((len(chosen), len(ACTIONS)))
    weights[np.arange(len(chosen)), chosen] = 1.0
    for edge in np.flatnonzero(np.diff(chosen)) + 1:
        _mix(weights, chosen, int(edge), float(stride_frequency_hz(speeds_m_s[edge])))
    still = gaussian_smooth(standing.astype(np.float64), 0.1 * MODEL_FRAME_RATE_HZ)
    weights *= 1.0 - still[:, None]
    weights[:, _STAND] += still
    return weights


def _mix(weights: Floats, chosen: Ints, edge: int, frequency_hz: float) -> None:
    """Cross over from one gait to the next within a stride around an edge."""
    half = int(0.5 * MODEL_FRAME_RATE_HZ / max(frequency_hz, 0.5))
    frames = np.arange(max(edge - half, 0), min(edge + half, len(chosen)))
    share = np.clip((frames - edge + half) / (2.0 * half), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    pure = (chosen[frames] == chosen[edge - 1]) | (chosen[frames] == chosen[edge])
    frames, share = frames[pure], share[pure]
    weights[frames] = 0.0
    weights[frames, chosen[edge - 1]] += 1.0 - share
    weights[frames, chosen[edge]] += share
