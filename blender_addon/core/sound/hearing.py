"""What is heard of one sound: its voice, what an encoder makes of it, and the phones in it.

It is found once for a sound and shared by whoever needs it: the face, the eyes, the hands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np

from ..conventions import Floats
from ..errors import SoundError
from .voice_activity import VoiceActivity

FEATURE_RATE_HZ: Final = 50.0
"""Vectors a second; vector n is centred at n / 50 s."""
PHONE_CLASSES: Final = (
    "silence", "bilabial", "labiodental", "dental", "alveolar", "sibilant", "postalveolar",
    "rhotic", "velar", "rounded_glide", "open_vowel", "mid_vowel", "close_vowel", "rounded_vowel",
)  # fmt: skip
"""What the mouth can be seen to do."""


class FeatureTrack(Protocol):
    """What an encoder makes of a sound, read piece by piece."""

    @property
    def size(self) -> int:
        """D."""
        ...

    def read(self, first: int, count: int) -> Floats:
        """Vectors first … first + count at 50 a second, (count, D) float32.

        The same wherever reading begins; before and after the sound they are those of silence.
        """
        ...


@dataclass(frozen=True, eq=False)
class PhoneEvidence:
    """How surely each kind of phone is heard, 50 times a second.

    Args:
        chances: (N, 14) of ``PHONE_CLASSES``, each row adding up to 1; row n at n / 50 s. No rows
            where nobody listened for phones.

    Raises:
        SoundError: not so many columns.
    """

    chances: Floats

    def __post_init__(self) -> None:
        if self.chances.ndim != 2 or self.chances.shape[1] != len(PHONE_CLASSES):
            raise SoundError(
                f"expected {len(PHONE_CLASSES)} kinds of phones, found {self.chances.shape}"
            )

    def at(self, times_s: Floats, *kinds: str) -> Floats:
        """(T,) chance that one of these kinds is heard; outside the sound it is silence."""
        columns = [PHONE_CLASSES.index(kind) for kind in kinds]
        outside = float("silence" in kinds)
        if not len(self.chances):
            return np.full(len(times_s), outside, np.float32)
        known = np.arange(len(self.chances)) / FEATURE_RATE_HZ
        chance = self.chances[:, columns].sum(1)
        return np.interp(times_s, known, chance, left=outside, right=outside).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Hearing:
    """One sound, heard.

    Args:
        voice: where someone talks.
        gain: that brings the voice to the level the encoder was given in training.
        features: of the encoder.
        evidence: what the evidence model hears; or listens until it is there, once it is needed.
    """

    voice: VoiceActivity
    gain: float
    features: FeatureTrack
    evidence: PhoneEvidence | Callable[[], PhoneEvidence]

    @cached_property
    def phones(self) -> PhoneEvidence:
        """Heard by the evidence model.

        Of a long sound they are heard along with reading ``features``: ask for them afterwards.

        Raises:
            Cancelled: the job was cancelled.
        """
        return self.evidence() if callable(self.evidence) else self.evidence
