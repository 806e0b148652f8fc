"""Beats and measures of music: as heard, tapped, typed or dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SoundError

BEATS_PER_MEASURE: Final = 4
LOWEST_BPM, HIGHEST_BPM = 20.0, 400.0
_STRIDE: Final = 8
"""Beats over which the tempo is measured: single ones are known to a few hundredths."""


@dataclass(frozen=True, eq=False)
class BeatTrack:
    """When the beats fall.

    Args:
        beats_s: (N,) times of the quarters, rising.
        first_of_measure: which of the first four quarters begins a measure.
        confidence: 0 … 1 how sure tempo and beats are; 1 where a person set them.
        measure_confidence: the same of where measures begin.
        other_bpm: tempi that the sound supports nearly as well, such as half and double time,
            likeliest first.
    """

    beats_s: Floats
    first_of_measure: int = 0
    confidence: float = 1.0
    measure_confidence: float = 1.0
    other_bpm: tuple[float, ...] = ()

    @property
    def tempo_bpm(self) -> float:
        """Quarters a minute, in the middle of the piece; 0 without two beats."""
        if len(self.beats_s) < 2:
            return 0.0
        beats = np.asarray(self.beats_s, np.float64)
        stride = min(_STRIDE, len(beats) - 1)
        return float(60.0 * stride / np.median(beats[stride:] - beats[:-stride]))

    def beat_phase_rad(self, times_s: Floats) -> Floats:
        """(T,) rising by 2π from quarter to quarter, 0 on the first, also before and after them.

        Args:
            times_s: (T,).
        """
        beats = np.asarray(self.beats_s, np.float64)
        if len(beats) < 2:
            return np.zeros(len(times_s))
        numbers = np.arange(len(beats), dtype=np.float64)
        inside = np.interp(times_s, beats, numbers)
        before = (np.asarray(times_s) - beats[0]) / (beats[1] - beats[0])
        after = numbers[-1] + (np.asarray(times_s) - beats[-1]) / (beats[-1] - beats[-2])
        beyond = np.where(np.asarray(times_s) > beats[-1], after, inside)
        return 2.0 * np.pi * np.where(np.asarray(times_s) < beats[0], before, beyond)

    def measure_phase_rad(self, times_s: Floats) -> Floats:
        """(T,) rising by 2π from measure to measure, 0 on the first quarter of one.

        Args:
            times_s: (T,).
        """
        offset = 2.0 * np.pi * self.first_of_measure
        return (self.beat_phase_rad(times_s) - offset) / BEATS_PER_MEASURE


def beats_at_tempo(bpm: float, first_beat_s: float, duration_s: float) -> BeatTrack:
    """Beats of a steady tempo, as typed or tapped.

    Args:
        bpm: quarters a minute, 20 … 400.
        first_beat_s: of a beat that begins a measure, anywhere.
        duration_s: the beats fill the sound from 0 to here.

    Returns:
        Sure beats, the first at or after 0.

    Raises:
        SoundError: the tempo makes no sense.
    """
    if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
        raise SoundError(
            f"a tempo of {LOWEST_BPM:g} to {HIGHEST_BPM:g} bpm was expected; found {bpm:g} bpm. "
            "Tap or type it again"
        )
    period = 60.0 / bpm
    number = int(np.ceil(-first_beat_s / period - 1e-9))
    count = max(0, int(np.floor((duration_s - first_beat_s) / period + 1e-9)) - number + 1)
    times = first_beat_s + period * np.arange(number, number + count)
    return BeatTrack(np.maximum(times, 0.0), -number % BEATS_PER_MEASURE)
