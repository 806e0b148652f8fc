"""Phones of filmed sentences: words whose times are known, spoken by the synthesiser and stretched.

Within a word the phones have the synthesiser's own relative lengths, which is right to some 30 ms.
It serves to compare the model of coarticulation with measured faces, not as training material.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from backend.phonetics.espeak_voice import Voice, open_synthesiser
from backend.phonetics.phone_segments import spoken_to_track
from backend.phonetics.phones import SILENCE, PhoneTrack

from .grid import Word

_VOICE: Final = Voice("en-gb-x-rp", words_per_minute=180)
_SAID: Final = {"a": "ay", "z": "zed"}
"""How a letter is written so that its name is said."""
NOT_WORDS: Final = frozenset({"sp", "sil"})


def align_words(words: Sequence[Word], duration_s: float) -> PhoneTrack:
    """Phones of a sentence, silence wherever no word is.

    Args:
        words: with times, in order.
        duration_s: of the sound.
    """
    names: list[str] = []
    starts: list[float] = []
    stress: list[int] = []
    at = 0.0
    for word in (word for word in words if word.text not in NOT_WORDS):
        if word.start_s > at + 1e-3 or not names:
            names, starts, stress = [*names, SILENCE], [*starts, at], [*stress, 0]
        track = say_word(word.text)
        scale = (word.end_s - word.start_s) / float(track.ends_s[-1])
        names += track.names
        starts += [word.start_s + scale * float(start) for start in track.starts_s]
        stress += [int(mark) for mark in track.stress]
        at = word.end_s
    if at < duration_s:
        names, starts, stress = [*names, SILENCE], [*starts, at], [*stress, 0]
    ends = np.array([*starts[1:], max(duration_s, at)])
    return PhoneTrack(tuple(names), np.array(starts), ends, np.array(stress, np.int64))


@lru_cache(maxsize=256)
def say_word(text: str) -> PhoneTrack:
    """A word alone, from its first phone to its last."""
    track = spoken_to_track(open_synthesiser().speak(_SAID.get(text, text), _VOICE))
    sounding = [n for n, name in enumerate(track.names) if name != SILENCE]
    first, last = sounding[0], sounding[-1] + 1
    begin = float(track.starts_s[first])
    return PhoneTrack(
        track.names[first:last],
        track.starts_s[first:last] - begin,
        track.ends_s[first:last] - begin,
        track.stress[first:last],
    )
