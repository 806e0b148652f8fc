"""Tells music from speech, so that a dance is not made to a lecture.

Source: the measures of Scheirer and Slaney 1997, Construction and evaluation of a robust
multifeature speech/music discriminator (pulse, share of quiet frames, change of the spectrum),
with thresholds of our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .features import MusicFeatures


@dataclass(frozen=True)
class HeardKind:
    """What a sound mostly is.

    Args:
        name: "MUSIC", "SPEECH", "SILENCE" or "NOISE".
        confidence: 0 … 1.
    """

    name: str
    confidence: float


def kind_of(features: MusicFeatures) -> HeardKind:
    """What a sound mostly is.

    Args:
        features: of the sound.
    """
    if features.loud_db < -60.0:
        return HeardKind("SILENCE", 1.0)
    quiet = float(np.mean(features.rms < 0.15))
    return HeardKind("SPEECH" if quiet > 0.2 else "MUSIC", 0.5)
