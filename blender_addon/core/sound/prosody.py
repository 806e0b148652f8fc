"""How something is said: loudness, pitch, and the syllables that are stressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..conventions import Bools, Floats

RATE_HZ: Final = 30.0


@dataclass(frozen=True, eq=False)
class Prosody:
    """What a voice does besides its words.

    Args:
        loudness: (T,) 30 a second, entry n at n / 30 s: 0 background … 1 the speaker's loudest.
        pitch: (T,) semitones above the speaker's own median; 0 where unvoiced.
        voiced: (T,) where there is a pitch.
        speaking: (T,) pauses shorter than a quarter of a second count as speech.
        accents_s: (N,) energy peaks of the stressed syllables.
        accent_strengths: (N,) 0 … 1 how much they stand out in loudness and pitch, relative to the
            speaker.
    """

    loudness: Floats
    pitch: Floats
    voiced: Bools
    speaking: Bools
    accents_s: Floats
    accent_strengths: Floats

    @property
    def duration_s(self) -> float:
        """Length of what was heard."""
        return len(self.loudness) / RATE_HZ
