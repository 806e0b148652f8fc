"""Where in the dance the music is, and how fast the dance goes to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import InputError
from ...sound.beats import BEATS_PER_MEASURE, BeatTrack

SLOWEST_BPM: Final = 20.0
FASTEST_BPM: Final = 400.0
FEWEST_BEATS: Final = 2
_RATES: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
_WORDS: Final = {
    0.25: "danced in quarter time: a step every four beats",
    0.5: "danced in half time: a step every two beats",
    2.0: "danced in double time: two steps a beat",
    4.0: "danced at four times the music's tempo: four steps a beat",
}


@dataclass(frozen=True, eq=False)
class DanceTiming:
    """The dance's own beat under a piece of music.

    Args:
        beats: the music's.
        steps_per_beat: quarters of the dance in one of the music.
    """

    beats: BeatTrack
    steps_per_beat: float

    @property
    def bpm(self) -> float:
        """Steps' quarters a minute."""
        return self.beats.tempo_bpm * self.steps_per_beat

    @property
    def note(self) -> str:
        """What is to be said of the tempo; empty where it is the music's own."""
        if self.steps_per_beat == 1.0:
            return ""
        return f"{self.beats.tempo_bpm:.0f} bpm {_WORDS[self.steps_per_beat]}"

    def quarters(self, times_s: Floats) -> Floats:
        """(T,) quarters of the dance since the first measure began, at times (T,)."""
        phase = self.beats.measure_phase_rad(times_s)
        return np.asarray(phase * (BEATS_PER_MEASURE / (2 * np.pi)) * self.steps_per_beat)


def time_dance(beats: BeatTrack, usual_bpm: float) -> DanceTiming:
    """Dance at the music's tempo, or at half or double it, whichever is nearest to the usual.

    Args:
        beats: the music's.
        usual_bpm: of the style.

    Raises:
        InputError: there are too few beats, they do not rise, or the tempo is none of music.
    """
    times = np.asarray(beats.beats_s, np.float64)
    if len(times) < FEWEST_BEATS:
        raise InputError(
            f"found {len(times)} beats; a dance needs {FEWEST_BEATS} at least. Choose music, or "
            "tap or type its tempo"
        )
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise InputError("beats must follow each other in time; found two at once or out of order")
    bpm = beats.tempo_bpm
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise InputError(
            f"found {bpm:.0f} beats a minute; expected {SLOWEST_BPM:g} to {FASTEST_BPM:g}. Tap or "
            "type the tempo"
        )
    off = [abs(np.log2(bpm * rate / usual_bpm)) for rate in _RATES]
    return DanceTiming(beats, _RATES[int(np.argmin(off))])
