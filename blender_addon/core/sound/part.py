"""A part of a sound, as a sound of its own."""

from __future__ import annotations

from collections.abc import Hashable

from ..conventions import Floats
from .cache import identity_of
from .waveform import Sound


class PartOfSound:
    """What is heard of a sound from one moment on, for some time.

    Args:
        sound: the whole.
        start_s: where the part begins; before 0 there is silence first.
        duration_s: of the part.
    """

    def __init__(self, sound: Sound, start_s: float, duration_s: float) -> None:
        self._sound = sound
        self._start = round(start_s * sound.sample_rate_hz)
        self.sample_rate_hz, self.duration_s = sound.sample_rate_hz, duration_s

    @property
    def identity(self) -> Hashable | None:
        """Of the sound, and which part of it; None where the sound cannot be told again."""
        whole = identity_of(self._sound)
        return None if whole is None else ("part", whole, self._start, self.duration_s)

    def read(self, start_sample: int, count: int) -> Floats:
        """As the sound itself; nothing is heard of it beyond the part's end."""
        piece = self._sound.read(self._start + start_sample, count)
        beyond = start_sample + count - round(self.duration_s * self.sample_rate_hz)
        if beyond > 0:
            piece = piece.copy()
            piece[max(count - beyond, 0) :] = 0.0
        return piece
