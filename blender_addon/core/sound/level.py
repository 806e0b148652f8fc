"""The level of a voice, and what brings it to another."""

from __future__ import annotations

from typing import Final

import numpy as np

from .voice_activity import VoiceActivity

_MOST_GAIN_DB: Final = 40.0


def speech_gain(voice: VoiceActivity, desired_db: float) -> float:
    """Factor that brings a voice to a level, at most 40 dB; 1 where no voice is heard.

    Args:
        voice: where it is heard, and how loud.
        desired_db: mean level of what is spoken, relative to full scale.
    """
    if not voice.speaking.any():
        return 1.0
    power = np.mean(10.0 ** (voice.level_db[voice.speaking] / 10.0))
    change_db = np.clip(desired_db - 10.0 * np.log10(power), -_MOST_GAIN_DB, _MOST_GAIN_DB)
    return float(10.0 ** (change_db / 20.0))
