"""Emotions of phrases: marks in time become curves of expressions.

A mark says which emotion begins. It holds until the next mark, or until the phrase that it lies in,
or that follows it, is over; a mark after the last phrase holds to the end. It eases in and out, so
that no face is frozen into the silence after what it says. Laid over a face, not heard in a voice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.curve import Curve
from ..sound.voice_activity import VoiceActivity, close_gaps
from .expressions import EMOTIONS

NEUTRAL: Final = "neutral"
EASE_S: Final = 0.25
PAUSE_S: Final = 0.7
"""A longer pause ends a phrase."""


@dataclass(frozen=True)
class EmotionMark:
    """Where an emotion begins.

    Args:
        at_s: when, on the same clock as the frames.
        emotion: one of ``EMOTIONS``, or neutral.
        amount: 0 … 1.
    """

    at_s: float
    emotion: str
    amount: float = 1.0


@dataclass(frozen=True)
class EmotionWords:
    """What the name of a marker asks for.

    Args:
        emotion: one of ``EMOTIONS``, or neutral.
        amount: as it is written; may lie out of range.
        who: the character it is meant for; empty for everybody.
    """

    emotion: str
    amount: float = 1.0
    who: str = ""


def read_words(text: str) -> EmotionWords | None:
    """Read ``happy``, ``sad 0.6``, ``angry 60%``, ``neutral`` or ``Anna: happy 0.6``.

    Args:
        text: name of a marker.

    Returns:
        None where the text is about something else.
    """
    who, _, rest = text.rpartition(":")
    emotion, *amount = rest.lower().split()[:3] or [""]
    if emotion not in EMOTIONS and emotion != NEUTRAL:
        return None
    if not amount:
        return EmotionWords(emotion, 1.0, who.strip())
    number = _number(amount[0])
    if number is None or len(amount) > 1:
        return None
    return EmotionWords(emotion, number, who.strip())


def begins_with_emotion(text: str) -> bool:
    """Whether the first word of a text, behind a name, is an emotion."""
    first = text.rpartition(":")[2].lower().split()[:1]
    return bool(first) and (first[0] in EMOTIONS or first[0] == NEUTRAL)


def phrases_of(voice: VoiceActivity) -> Floats:
    """(P, 2) seconds where each phrase begins and ends."""
    speaking = close_gaps(voice.speaking, PAUSE_S)
    edges = np.diff(np.concatenate(([0], speaking.astype(np.int8), [0])))
    ends = np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], 1)
    return np.asarray(ends / voice.rate_hz)


def emotion_curves(
    marks: Sequence[EmotionMark], times_s: Floats, phrases_s: Floats
) -> dict[str, Floats]:
    """How much of each expression the marks ask for.

    Args:
        marks: in any order; of several at one time the last counts.
        times_s: (T,) of the frames.
        phrases_s: (P, 2) where phrases begin and end, in order, on the same clock.

    Returns:
        By name of the expression, (T,), 0 … 1.
    """
    curves: dict[str, Floats] = {}
    ordered = sorted({mark.at_s: mark for mark in marks}.values(), key=lambda mark: mark.at_s)
    for mark, following in zip(ordered, [*ordered[1:], None], strict=True):
        if mark.emotion == NEUTRAL or mark.amount <= 0:
            continue
        end = _end_of_phrase(mark.at_s, phrases_s)
        if following is not None:
            end = min(end, following.at_s)
        held = _eased(times_s - mark.at_s) * (1.0 - _eased(times_s - end))
        name = EMOTIONS[mark.emotion]
        curves[name] = curves.get(name, 0.0) + (mark.amount * held).astype(np.float32)
    return {name: np.minimum(curve, 1.0) for name, curve in curves.items()}


def with_marks(weights: Mapping[str, Curve], marked: Mapping[str, Floats]) -> dict[str, Curve]:
    """Expressions of sliders and of marks together: where both ask for one, the stronger counts.

    Args:
        weights: of the sliders, by expression.
        marked: of the marks, by expression, (T,).
    """
    both: dict[str, Curve] = dict(weights)
    for name, curve in marked.items():
        both[name] = np.maximum(curve, weights.get(name, 0.0))
    return both


def _end_of_phrase(at_s: float, phrases_s: Floats) -> float:
    """End of the phrase at a time or, in a pause, of the next one; endless after the last."""
    later = phrases_s[phrases_s[:, 1] > at_s, 1]
    return float(later[0]) if len(later) else math.inf


def _eased(since_s: Floats) -> Floats:
    """From 0 to 1 within the ease, without a corner."""
    share = np.clip(since_s / EASE_S, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def _number(text: str) -> float | None:
    percent = text.endswith("%")
    try:
        number = float(text.removesuffix("%").replace(",", "."))
    except ValueError:
        return None
    number = number / 100.0 if percent else number
    return number if math.isfinite(number) else None
