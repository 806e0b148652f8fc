"""The same recording by another voice, in another room: how the networks come to hear strangers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.sound.level import speech_gain
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import ArraySound

from ..teachers.augment import augment

LEVEL_DB: Final = -22.0
_SPEEDS: Final = (0.88, 1.14)
"""Played so much faster a voice is that much higher, of a shorter tract, and quicker."""
_DISTURBED: Final = 0.75
_LEVELS_DB: Final = (-4.0, 4.0)


@dataclass(frozen=True)
class Variant:
    """A recording made anew.

    Args:
        waveform: (N,) at 16 kHz, at the level of speech.
        speed: seconds of the original in a second of it.
    """

    waveform: Floats
    speed: float


def make_variant(waveform: Floats, number: int, rng: np.random.Generator) -> Variant:
    """Variant 0 is the recording itself at its level, each other one drawn anew."""
    if number == 0:
        return Variant(levelled(waveform), 1.0)
    speed = float(np.exp(rng.uniform(*np.log(_SPEEDS))))
    count = int(len(waveform) / speed)
    places = np.arange(count) * speed
    changed = np.interp(places, np.arange(len(waveform)), waveform).astype(np.float32)
    if rng.random() < _DISTURBED:
        changed = augment(changed, rng)
    louder = 10.0 ** (rng.uniform(*_LEVELS_DB) / 20.0)
    return Variant((levelled(changed) * louder).astype(np.float32), speed)


def levelled(waveform: Floats) -> Floats:
    """Speech brought to the level at which the encoder hears it."""
    return np.asarray(
        waveform * speech_gain(detect_voice(ArraySound(waveform)), LEVEL_DB), np.float32
    )
