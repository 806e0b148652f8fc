"""Tiny jumps within long fixations, without which a steady eye looks like glass.

Source: Martinez-Conde, Macknik, Hubel 2004, The role of fixational eye movements in visual
perception (one to two a second, below half a degree, mostly there and back); Engbert, Kliegl 2003
(more of them horizontal).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..face.saccades import saccade_progress

_RATE_HZ: Final = 1.5
_QUIET_S: Final = 0.2
"""None so soon after a shift or before the next."""
_SIZES_RAD: Final = np.deg2rad([0.14, 0.08])  # yaw, pitch
_LARGEST_RAD: Final = float(np.deg2rad(0.35))
_BACK: Final = 0.6
"""Share of the present error that a jump takes back."""


def draw_micro_saccades(
    land_s: Floats, end_s: Floats, frames: int, size: float, rng: np.random.Generator
) -> Floats:
    """Offsets of the gaze within fixations.

    Args:
        land_s, end_s: (N,) rising, when fixations begin and the next shift begins.
        frames: T, at 60 Hz.
        size: factor on the amplitude.
        rng: the randomness.

    Returns:
        (T, 2) yaw and pitch, radians; zero when a fixation begins.
    """
    count = int(rng.poisson(_RATE_HZ * frames / MODEL_FRAME_RATE_HZ))
    times = np.sort(rng.uniform(0.0, frames / MODEL_FRAME_RATE_HZ, count))
    jumps = rng.standard_normal((count, 2)) * _SIZES_RAD * size
    fixation = np.searchsorted(land_s, times, side="right") - 1
    inside = (fixation >= 0) & (times > land_s[fixation] + _QUIET_S)
    inside &= times < end_s[fixation] - _QUIET_S
    times, jumps, fixation = times[inside], jumps[inside], fixation[inside]
    if not len(times) or size <= 0:
        return np.zeros((frames, 2))
    levels = _wander(jumps, fixation, size)
    return _steps(times, levels, fixation, land_s, frames)


def _wander(jumps: Floats, fixation: Floats, size: float) -> Floats:
    """(N, 2) offset after each jump; jumps lead back to the point that is looked at."""
    levels = np.zeros_like(jumps)
    here, last = np.zeros(2), -1
    for number, jump in enumerate(jumps):  # one or two a second
        here = jump if fixation[number] != last else (1.0 - _BACK) * here + jump
        largest = _LARGEST_RAD * size
        here = here * min(1.0, largest / max(float(np.hypot(*here)), 1e-12))
        levels[number], last = here, fixation[number]
    return levels


def _steps(times: Floats, levels: Floats, fixation: Floats, land_s: Floats, frames: int) -> Floats:
    """(T, 2) from one level to the next as saccades, back to zero with the next fixation."""
    back = np.unique(fixation)
    back = back[back + 1 < len(land_s)] + 1
    # The way back is hidden in the shift to the next fixation.
    moments = np.concatenate((times, land_s[back] - 0.025))
    order = np.argsort(moments, kind="stable")
    moments = moments[order]
    after = np.concatenate((levels, np.zeros((len(back), 2))))[order]
    before = np.concatenate((np.zeros((1, 2)), after[:-1]))
    clock = np.arange(frames) / MODEL_FRAME_RATE_HZ
    step = np.searchsorted(moments, clock, side="right") - 1
    size = np.linalg.norm(after - before, axis=-1)
    done = saccade_progress(clock - moments[step], size[step])[:, None]
    offsets = before[step] + done * (after[step] - before[step])
    return np.where((step >= 0)[:, None], offsets, 0.0)
