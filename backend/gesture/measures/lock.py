"""Whether the rhythm of the feet stays in step with the music's measures.

The feet's rhythm is the half-wave rectified rise of both feet's speed. It is demodulated by the
music's own measure phase, so that what is left is by how much the feet lead or lag; a Gaussian of
three seconds makes it smooth. A steady lead is a lock of 1, feet that know nothing of the music
one of about .5 in a take, because a smooth curve cannot turn often in half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.sound.beats import BeatTrack

from .beats import foot_speeds
from .poses import Reals

GAUSSIAN_S: Final = 3.0
_TINY: Final = 1e-12

Complexes = NDArray[np.complex128]


@dataclass(frozen=True)
class Lock:
    """How steadily the feet keep to the measure.

    Args:
        resultant: 0 … 1, length of the mean of the unit vectors of the lead.
        lead_rad: the mean lead of the feet, of one turn of the rhythm.
    """

    resultant: float
    lead_rad: float


def foot_rhythm(clip: MotionClip) -> Reals:
    """(T,) by how much the feet's speeds rise, m/s², never negative."""
    rises = np.gradient(foot_speeds(clip), axis=0) * clip.frame_rate_hz
    return np.asarray(np.maximum(rises, 0.0).sum(axis=1))


def phase_lock(clip: MotionClip, beats: BeatTrack, rate: float = 1.0) -> Lock:
    """The lock of a clip's feet with the music that it was made for, or is played with.

    Args:
        clip: at least some measures long.
        beats: the music's.
        rate: turns of the dance in a measure: 1, or ½ or 2 of a dance in half or double time.
    """
    times = np.arange(clip.frame_count) / clip.frame_rate_hz
    phase = beats.measure_phase_rad(times) * rate
    curve = _demodulated(foot_rhythm(clip), phase, clip.frame_rate_hz)
    unit = curve / np.maximum(np.abs(curve), _TINY)
    mean = complex(unit.mean())
    return Lock(abs(mean), float(np.angle(mean)))


def _demodulated(rhythm: Reals, phase: Reals, rate_hz: float) -> Complexes:
    """(T,) what is left of a rhythm when a phase is taken out of it, smoothed."""
    turning = (rhythm - rhythm.mean()) * np.exp(-1j * phase)
    times = np.arange(-3 * GAUSSIAN_S, 3 * GAUSSIAN_S, 1.0 / rate_hz)
    kernel = np.exp(-0.5 * (times / GAUSSIAN_S) ** 2)
    start = len(kernel) // 2
    return np.asarray(np.convolve(turning, kernel)[start : start + len(rhythm)])


def lock_over_takes(locks: Sequence[Lock]) -> float:
    """0 … 1 whether the leads of several takes agree, each counted by its own resultant."""
    vectors = np.array([each.resultant * np.exp(1j * each.lead_rad) for each in locks])
    return float(abs(vectors.sum()) / max(float(np.abs(vectors).sum()), _TINY))
