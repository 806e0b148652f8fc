"""How far a mouth may move where nobody talks: not at all, but for a breath before a phrase.

A network that learned from faces keeps the mouth ajar in pauses. It is silent where neither a voice
nor a phone is heard; there the curves go to rest, eased so that speech itself is left alone. People
open their mouths up to a second before they begin to talk: of that so much is kept as is asked for.

Source: Fuchs, Petrone, Krivokapić, Hoole 2013 (speech planning and breathing); the second before a
phrase as measured on filmed sentences.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..maths.smoothing import smoothstep
from ..sound.hearing import Hearing

_RATE_HZ: Final = 100.0
_BEFORE_S, _AFTER_S = 0.06, 0.10
"""A voice that is heard so much before and after counts as speech."""
_SILENT: Final = 0.5
_OPENING_S, _SHUTTING_S = 0.15, 0.2
_BREATH_S, _INHALING_S = 0.9, 0.25
_FAR_S: Final = 1e6


def how_awake(hearing: Hearing, times_s: Floats, breath: float) -> Floats:
    """(T,) 0 at rest … 1 as the network has it.

    Args:
        hearing: of the sound.
        times_s: (T,) rising, seconds in the sound.
        breath: 0 … 1, of the opening before a phrase.
    """
    first, last = float(times_s[0]) - 2.0, float(times_s[-1]) + 2.0
    grid = np.arange(np.floor(first * _RATE_HZ), np.ceil(last * _RATE_HZ) + 1.0) / _RATE_HZ
    since, until = _away(_is_speech(hearing, grid))
    awake = np.maximum(smoothstep(1.0 - until / _OPENING_S), smoothstep(1.0 - since / _SHUTTING_S))
    breathing = breath * smoothstep((_BREATH_S - until) / _INHALING_S)
    return np.interp(times_s, grid, np.maximum(awake, breathing)).astype(np.float32)


def _is_speech(hearing: Hearing, grid: Floats) -> Bools:
    """(N,) a voice, with a little before and after it, or any phone."""
    speech = hearing.phones.at(grid, "silence") < _SILENT
    for away in np.arange(-_BEFORE_S, _AFTER_S + 0.001, 1.0 / _RATE_HZ):
        speech |= hearing.voice.speaking_at(grid - away)
    return speech


def _away(speech: Bools) -> tuple[Floats, Floats]:
    """Seconds (N,) since speech ended, and until it begins."""
    entries = np.arange(len(speech))
    before = np.maximum.accumulate(np.where(speech, entries, -1))
    after = np.minimum.accumulate(np.where(speech, entries, len(speech))[::-1])[::-1]
    since = np.where(before >= 0, (entries - before) / _RATE_HZ, _FAR_S)
    until = np.where(after < len(speech), (after - entries) / _RATE_HZ, _FAR_S)
    return since, until
