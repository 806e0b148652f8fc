"""The beats that recorded dancers danced to, from their feet: the recordings have no sound.

Feet set off and stop in time with the music. The signal is the half-wave rectified difference of
the horizontal speed of both feet. The measure's length T is where its spectrum, summed at 1/T … 4/T
over all dancers of a take, is highest; the measure's phase follows by demodulation at 1/T, and
quarters lie at multiples of a quarter of that phase. Quarter 0 is always the same place in the
figure, not necessarily the music's "one".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.sound.beats import BEATS_PER_MEASURE, BeatTrack

MEASURES_S: Final = (1.1, 1.7)
"""Between which a measure of salsa is looked for: 141 to 218 quarters a minute."""
_STEP_S: Final = 0.0025
_HARMONICS: Final = (1, 2, 3, 4)
_SPEED_SMOOTHING_S: Final = 0.04
_PHASE_SMOOTHING_S: Final = 3.0
_SHORTEST_S: Final = 2.0
_QUARTER_ZERO: Final = 0.14
"""Share of a measure by which quarter 0 comes before the feet set off most strongly: where the
published beats of these takes have it."""


@dataclass(frozen=True, eq=False)
class FoundBeats:
    """When the beats of a take fall.

    Args:
        measure_s: length of a measure.
        score: how far the spectrum at it stands out of its median; 1 says nothing.
        measure_phase_rad: (T,) unwrapped, frame by frame; 0 (mod 2π) on quarter 0.
        frame_rate_hz: of the phase.
    """

    measure_s: float
    score: float
    measure_phase_rad: Floats
    frame_rate_hz: float

    @property
    def tempo_bpm(self) -> float:
        """Quarters a minute."""
        return 60.0 * BEATS_PER_MEASURE / self.measure_s

    def quarters(self) -> tuple[Floats, Floats]:
        """Times in seconds (N,) and numbers within the measure (N,), 0 … 3."""
        turns = self.measure_phase_rad * BEATS_PER_MEASURE / (2 * np.pi)
        numbers = np.arange(np.ceil(turns[0]), np.floor(turns[-1]) + 1)
        frames = np.interp(numbers, np.maximum.accumulate(turns), np.arange(len(turns)))
        return frames / self.frame_rate_hz, (numbers % BEATS_PER_MEASURE).astype(np.int64)

    def beat_track(self) -> BeatTrack:
        """The quarters, as the dance is asked for."""
        times, numbers = self.quarters()
        first = int(-numbers[0] % BEATS_PER_MEASURE) if len(numbers) else 0
        return BeatTrack(times, first)


def find_beats(
    feet: Sequence[Floats],
    frame_rate_hz: float,
    measures_s: tuple[float, float] = MEASURES_S,
) -> FoundBeats:
    """Beats of one take.

    Args:
        feet: for each dancer (T, 2, 3), left and right ankle, metres, Y up; of the same time.
        frame_rate_hz: of the recording.
        measures_s: shortest and longest measure that is looked for.

    Raises:
        InputError: the take is shorter than two seconds.
    """
    frames = min(len(each) for each in feet)
    if frames < _SHORTEST_S * frame_rate_hz:
        raise InputError(
            f"found {frames / frame_rate_hz:.1f} s of dance; beats need {_SHORTEST_S:g} s at least"
        )
    signals = np.stack([setting_off(each[:frames], frame_rate_hz) for each in feet])
    lengths = np.arange(measures_s[0], measures_s[1], _STEP_S)
    spectrum = summed_spectrum(signals, lengths, frame_rate_hz)
    measure_s = float(lengths[spectrum.argmax()])
    return FoundBeats(
        measure_s,
        float(spectrum.max() / np.median(spectrum)),
        demodulate(signals.sum(axis=0), measure_s, frame_rate_hz),
        frame_rate_hz,
    )


def setting_off(feet: Floats, frame_rate_hz: float) -> Floats:
    """(T, F, 3) feet to (T,) how strongly they speed up, of mean 0 and deviation 1."""
    steps = np.diff(feet[..., [0, 2]].astype(np.float64), axis=0, prepend=feet[:1, :, [0, 2]])
    speeds = np.linalg.norm(steps, axis=-1) * frame_rate_hz
    speeds = gaussian_smooth(speeds, _SPEED_SMOOTHING_S * frame_rate_hz)
    rise = np.maximum(np.diff(speeds, axis=0, prepend=speeds[:1]), 0.0).sum(axis=1)
    return np.asarray((rise - rise.mean()) / max(float(rise.std()), 1e-9))


def summed_spectrum(signals: Floats, measures_s: Floats, frame_rate_hz: float) -> Floats:
    """(M,) magnitude at 1/T … 4/T, summed over signals (D, T), for lengths T (M,)."""
    times = np.arange(signals.shape[1]) / frame_rate_hz
    windowed = signals * np.hanning(signals.shape[1])
    total = np.zeros(len(measures_s))
    for harmonic in _HARMONICS:
        turns = np.exp(-2j * np.pi * harmonic * np.outer(times, 1.0 / measures_s))
        total += np.abs(windowed @ turns).sum(axis=0)
    return total


def demodulate(signal: Floats, measure_s: float, frame_rate_hz: float) -> Floats:
    """(T,) unwrapped phase of a signal (T,) at 1/T, seen through a Gaussian of three seconds."""
    times = np.arange(len(signal)) / frame_rate_hz
    turning = 2 * np.pi * times / measure_s
    sigma = min(_PHASE_SMOOTHING_S * frame_rate_hz, len(signal) / 4)
    around = signal * np.exp(-1j * turning)
    parts = [gaussian_smooth(part, sigma) for part in (around.real, around.imag)]
    off = np.unwrap(np.arctan2(parts[1], parts[0]))
    return np.asarray(turning + off + 2 * np.pi * _QUARTER_ZERO)
