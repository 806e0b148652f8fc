"""The jump of the eyes from one fixation to the next.

A saccade's duration grows in a straight line with its amplitude, 21 ms + 2.2 ms a degree (the main
sequence), and its peak velocity is 1.65 times its mean velocity. Both together make the peak
velocity saturate, at 400 °/s for 10° and below 750 °/s for any. The velocity rises faster than it
falls, the more so the larger the saccade.

Source: Bahill, Clark, Stark 1975, The main sequence; the line is Carpenter 1988, Movements of the
Eyes; the ratio 1.65 is Becker 1989; the skewness van Opstal, van Gisbergen 1987. We draw the
velocity as a beta density, whose exponents give ratio and skewness exactly.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats

SHORTEST_S: Final = 0.021
SECONDS_PER_DEGREE: Final = 0.0022
PEAK_TO_MEAN: Final = 1.65

_SKEWS: Final = 7
_SAMPLES: Final = 129
_PEAK_SMALL: Final = 0.5
_PEAK_LARGE: Final = 0.36
"""Share of the duration at which a saccade is fastest, up to 5° and from 40° on."""
_SMALL_DEG: Final = 5.0
_LARGE_DEG: Final = 40.0


def saccade_durations(amplitudes_rad: Floats) -> Floats:
    """Duration (...) in seconds of saccades of given amplitude (...)."""
    return np.asarray(SHORTEST_S + SECONDS_PER_DEGREE * np.rad2deg(amplitudes_rad))


def saccade_peak_velocities(amplitudes_rad: Floats) -> Floats:
    """Peak velocity (...) in rad/s of saccades of given amplitude (...)."""
    return np.asarray(PEAK_TO_MEAN * amplitudes_rad / saccade_durations(amplitudes_rad))


def saccade_progress(time_s: Floats, amplitudes_rad: Floats) -> Floats:
    """How much of a saccade is done.

    Args:
        time_s: (...) since its start; before it and after its end are allowed.
        amplitudes_rad: (...).

    Returns:
        (...) 0 before … 1 after; rises all along.
    """
    phase = np.clip(time_s / saccade_durations(amplitudes_rad), 0.0, 1.0) * (_SAMPLES - 1)
    degrees = np.rad2deg(amplitudes_rad)
    skew = np.clip((degrees - _SMALL_DEG) / (_LARGE_DEG - _SMALL_DEG), 0.0, 1.0) * (_SKEWS - 1)
    column = np.minimum(phase.astype(np.int64), _SAMPLES - 2)
    row = np.minimum(skew.astype(np.int64), _SKEWS - 2)
    across, along = skew - row, phase - column
    low = _interpolate(_PROGRESS[row, column], _PROGRESS[row, column + 1], along)
    high = _interpolate(_PROGRESS[row + 1, column], _PROGRESS[row + 1, column + 1], along)
    return _interpolate(low, high, across)


def _interpolate(a: Floats, b: Floats, weight: Floats) -> Floats:
    return np.asarray(a + weight * (b - a))


def _tabulate() -> Floats:
    """(skews, samples) distance covered over time, for peaks from the middle to early ones."""
    return np.stack([_curve(p) for p in np.linspace(_PEAK_SMALL, _PEAK_LARGE, _SKEWS)])


def _curve(peak: float) -> Floats:
    """(samples,) integral of τ^(s·p) · (1 − τ)^(s·(1 − p)), which peaks at τ = p.

    The sum s of the exponents decides how pointed it is; it is found by halving.
    """
    fine = np.linspace(0.0, 1.0, 8 * (_SAMPLES - 1) + 1)
    flat, pointed = 0.5, 8.0
    for _ in range(40):
        total = 0.5 * (flat + pointed)
        speed = fine ** (total * peak) * (1.0 - fine) ** (total * (1.0 - peak))
        if speed.max() / speed.mean() < PEAK_TO_MEAN:
            flat = total
        else:
            pointed = total
    covered = np.concatenate(([0.0], np.cumsum(speed[1:] + speed[:-1])))
    return np.asarray(covered[::8] / covered[-1])


_PROGRESS: Final = _tabulate()
