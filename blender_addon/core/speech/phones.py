"""Phones and mouth shapes, heard or told by the user; and how those of the lips are heard.

The phones whose lips the eye misses if they are wrong are found one by one: a phone is where its
evidence rises above one threshold, as far as it stays above a lower one. Its borders are where the
evidence passes half its peak, between the fiftieths of a second at which it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SettingsError
from ..sound.hearing import FEATURE_RATE_HZ, PHONE_CLASSES, PhoneEvidence
from ..sound.voice_activity import VoiceActivity

LIP_KINDS: Final = ("bilabial", "labiodental", "rounded_glide")
"""Kinds that the correction of the lips acts on: /p b m/, /f v/, /w/."""
OPEN_ROUNDED: Final = "open_rounded_vowel"
"""A rounded vowel with the jaw down, as in *go*; by ear alone it is one with that of *too*."""
MOUTH_KINDS: Final = (
    *LIP_KINDS, *(kind for kind in PHONE_CLASSES if kind not in LIP_KINDS), OPEN_ROUNDED,
)  # fmt: skip
"""Every kind of mouth shape. Lists are kept by these numbers: append, never reorder."""
SILENCE: Final = "silence"
_ON, _OFF = 0.3, 0.12
_SURE: Final = 0.5
"""Evidence from which on a phone's position is reached in full; at _OFF it is not at all."""
_SHORTEST_S: Final = {"bilabial": 0.015, "labiodental": 0.02, "rounded_glide": 0.03}
_NEAR_VOICE_S: Final = 0.15


@dataclass(frozen=True)
class HeardPhone:
    """One phone or mouth shape, as heard or as corrected.

    Args:
        kind: one of ``MOUTH_KINDS``.
        start_s, end_s: in the sound, seconds.
        closure: how far its position is reached, 0 not at all … 1 fully.
        sure: chance that it was heard right.
        told: corrected by hand: the whole mouth goes there, whatever the kind.
        used: whether it counts; the mouth passes over one that was switched off by hand.

    Raises:
        SettingsError: an unknown kind, an end before the start, or a closure out of range.
    """

    kind: str
    start_s: float
    end_s: float
    closure: float = 1.0
    sure: float = 1.0
    told: bool = False
    used: bool = True

    @property
    def middle_s(self) -> float:
        """In the sound, seconds."""
        return 0.5 * (self.start_s + self.end_s)

    def __post_init__(self) -> None:
        if self.kind not in MOUTH_KINDS:
            raise SettingsError(
                f"no phone of kind '{self.kind}' can be told; {', '.join(MOUTH_KINDS)} can"
            )
        if not (-1e6 <= self.start_s <= self.end_s <= 1e6 and 0.0 <= self.closure <= 1.0):
            raise SettingsError(
                f"a phone must begin before it ends and close by 0 to 1; found {self.start_s:g} to "
                f"{self.end_s:g} s, closing by {self.closure:g}"
            )


def find_phones(
    evidence: PhoneEvidence, voice: VoiceActivity, start_s: float, stop_s: float
) -> tuple[HeardPhone, ...]:
    """The phones of ``LIP_KINDS`` in a stretch of a sound, in order.

    Args:
        evidence: of the whole sound.
        voice: where someone talks; a phone far from it is a noise.
        start_s, stop_s: the stretch; phones that reach into it count.
    """
    first = max(int(np.floor((start_s - 1.0) * FEATURE_RATE_HZ)), 0)
    stop = max(int(np.ceil((stop_s + 1.0) * FEATURE_RATE_HZ)), first)
    found = []
    for kind in LIP_KINDS:
        times = np.arange(first, min(stop, len(evidence.chances))) / FEATURE_RATE_HZ
        found += _find_kind(kind, evidence.at(times, kind), first / FEATURE_RATE_HZ)
    found = [each for each in found if each.end_s >= start_s and each.start_s <= stop_s]
    middles = np.array([0.5 * (each.start_s + each.end_s) for each in found])
    spoken = np.zeros(len(found), bool)
    for away in (-_NEAR_VOICE_S, 0.0, _NEAR_VOICE_S):
        spoken |= voice.speaking_at(middles + away)
    heard = [each for each, near in zip(found, spoken, strict=True) if near]
    return tuple(sorted(heard, key=lambda each: (each.start_s, each.kind)))


def _find_kind(kind: str, chance: Floats, begin_s: float) -> list[HeardPhone]:
    padded = np.concatenate(([0.0], chance, [0.0]))
    edges = np.diff((padded > _OFF).astype(np.int8))
    found = []
    for low, high in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        run = padded[low : high + 2]  # with the faint value on either side
        peak = float(run.max())
        if peak < _ON:
            continue
        start, end = (begin_s + (low - 1 + place) / FEATURE_RATE_HZ for place in _borders(run))
        if end - start >= _SHORTEST_S[kind]:
            closure = min((peak - _OFF) / (_SURE - _OFF), 1.0)
            sure = float(run[1:-1].mean())
            found.append(HeardPhone(kind, float(start), float(end), closure, min(sure, 1.0)))
    return found


def _borders(run: Floats) -> tuple[float, float]:
    """Where (N,) first and last passes half its peak, or the lower threshold; in entries."""
    level = max(0.5 * float(run.max()), _OFF)
    above = np.flatnonzero(run >= level)
    first, last = int(above[0]), int(above[-1])
    rise, fall = run[first] - run[first - 1], run[last] - run[last + 1]
    return first - float((run[first] - level) / rise), last + float((run[last] - level) / fall)
