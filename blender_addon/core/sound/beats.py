"""Beats and measures of music: as heard, tapped, typed or dragged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Floats

BEATS_PER_MEASURE = 4


@dataclass(frozen=True, eq=False)
class BeatTrack:
    """When the beats fall.

    Args:
        beats_s: (N,) times of the quarters, rising.
        first_of_measure: which of the first four quarters begins a measure.
        confidence: 0 … 1 how sure tempo and beats are; 1 where a person set them.
        measure_confidence: the same of where measures begin.
    """

    beats_s: Floats
    first_of_measure: int = 0
    confidence: float = 1.0
    measure_confidence: float = 1.0

    @property
    def tempo_bpm(self) -> float:
        """Quarters a minute, in the middle of the piece; 0 without two beats."""
        if len(self.beats_s) < 2:
            return 0.0
        return float(60.0 / np.median(np.diff(self.beats_s)))

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
