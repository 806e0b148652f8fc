"""Tells one recording from another, however loud it is played and wherever it lies."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

from .waveform import Sound

_PIECES: Final = 64
_PIECE: Final = 256


def fingerprint(sound: Sound) -> str:
    """A short text that is the same for the same recording.

    It is made of the length and of the signs of samples all over the sound, so a gain changes
    nothing, and a long sound takes no longer than a short one.
    """
    digest = hashlib.blake2b(str(round(1000 * sound.duration_s)).encode(), digest_size=16)
    last = max(int(sound.duration_s * sound.sample_rate_hz) - _PIECE, 0)
    for place in np.linspace(0, last, _PIECES).astype(int).tolist():
        digest.update(np.packbits(sound.read(place, _PIECE) > 0).tobytes())
    return digest.hexdigest()
