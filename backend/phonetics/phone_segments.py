"""From the synthesiser's beginnings of phones to stretches in which a mouth holds a shape.

The synthesiser says where it begins to work on a phone. A mouth's stops are elsewhere: the closure
of a voiceless stop is the silence before its event, that of a voiced stop the first part of the
event, up to the burst. What follows the release already has the shape of the next phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats

from .espeak_voice import Spoken
from .phones import (
    ASPIRATION,
    CLASS_OF,
    SILENCE,
    STOPS,
    VOICELESS_STOPS,
    VOWELS,
    PhoneTrack,
    signs_of,
    stress_of,
)

_FRAME_S: Final = 0.004
_QUIET_DB: Final = -50.0
"""Below the loudest frame: nothing is sounding."""
_GAP_S: Final = 0.012
PAUSE_S: Final = 0.13
"""A longer silence is a pause, a shorter one a closure or a joint between words."""
_CLOSURE_S: Final = 0.08
"""Of a stop after a pause: how long before its burst the mouth is shut."""
_LEAST_CLOSURE_S: Final = 0.045
_BURST_S: Final = 0.01
_ONSET_SHARE: Final = 0.85
"""Of a nasal or other consonant: the rest of its event is the glide into the next phone."""


@dataclass(frozen=True)
class Stretch:
    """One sign held from start to end, in seconds."""

    sign: str
    start_s: float
    end_s: float
    stress: int = 0


def levels_db(samples: Floats, rate_hz: int, frame_s: float = _FRAME_S) -> Floats:
    """Level of each frame in dB of full scale, high frequencies raised: bursts stand out."""
    steps = np.diff(samples, prepend=0.0).astype(np.float64)
    length = max(1, round(frame_s * rate_hz))
    frames = -(-len(steps) // length)
    squares = np.pad(steps**2, (0, frames * length - len(steps))).reshape(frames, length)
    return 10.0 * np.log10(squares.mean(1) + 1e-12)


class _Loudness:
    """Asks the sound where it is silent and where a stop bursts."""

    def __init__(self, spoken: Spoken) -> None:
        self._db = levels_db(spoken.samples, spoken.rate_hz)
        self._quiet = self._db < self._db.max() + _QUIET_DB

    def end_of_sound(self, start_s: float, end_s: float) -> float:
        """Where the silence at the end of a stretch begins; its end if there is none."""
        first, last = round(start_s / _FRAME_S), round(end_s / _FRAME_S)
        sounding = np.flatnonzero(~self._quiet[first:last])
        return start_s if not len(sounding) else min(end_s, (first + sounding[-1] + 1) * _FRAME_S)

    def burst(self, start_s: float, end_s: float) -> float:
        """Where, after the quietest moment of a stretch, it becomes half as loud as it gets."""
        first, last = round(start_s / _FRAME_S), round(end_s / _FRAME_S)
        levels = self._db[first : max(last, first + 3)]
        low = int(np.argmin(levels[: max(1, 2 * len(levels) // 3)]))
        threshold = 0.5 * (levels[low] + levels[low:].max())
        rise = low + int(np.argmax(levels[low:] >= threshold))
        return float(np.clip((first + rise) * _FRAME_S, start_s + 0.3 * (end_s - start_s), end_s))


def spoken_to_track(spoken: Spoken) -> PhoneTrack:
    """Stretches of single signs that cover the sound from its first to its last sample.

    Args:
        spoken: sound and events of the synthesiser.

    Returns:
        Track in which every name is one IPA sign, ``SILENCE`` or ``ASPIRATION``.
    """
    loudness = _Loudness(spoken)
    duration = len(spoken.samples) / spoken.rate_hz
    stretches: list[Stretch] = []
    for name, start, end in _intervals(spoken, duration):
        stretches += _split(name, start, end, loudness)
    return stretches_to_track(_close_stops(stretches), duration)


def _intervals(spoken: Spoken, duration_s: float) -> Iterator[tuple[str, float, float]]:
    """Name, start and end of each event that lasts."""
    starts = [min(event.sample / spoken.rate_hz, duration_s) for event in spoken.events]
    if starts and starts[0] > 0.0:
        yield "", 0.0, starts[0]
    for event, start, end in zip(spoken.events, starts, [*starts[1:], duration_s], strict=True):
        if end > start:
            yield event.name, start, end


def _split(name: str, start: float, end: float, loudness: _Loudness) -> Iterator[Stretch]:
    """An event as its signs in turn, and the silence that ends it."""
    signs = signs_of(name)
    if not signs:
        yield Stretch(SILENCE, start, end)
        return
    sound_end = loudness.end_of_sound(start, end)
    if end - sound_end < _GAP_S:
        sound_end = end
    if signs[0] in STOPS:
        yield from _split_stop(signs, start, sound_end, loudness)
    else:
        yield from share_stretch(signs, start, sound_end, stress_of(name))
    if end > sound_end:
        yield Stretch(SILENCE, sound_end, end)


def _split_stop(signs: str, start: float, end: float, loudness: _Loudness) -> Iterator[Stretch]:
    voiceless = signs[0] in VOICELESS_STOPS
    release = min(end, start + _BURST_S) if voiceless else loudness.burst(start, end)
    yield Stretch(signs[0], start, release)
    if end > release:
        yield from share_stretch(signs[1:] or ASPIRATION, release, end, 0)


def share_stretch(signs: str, start: float, end: float, stress: int) -> Iterator[Stretch]:
    """Equal shares of a stretch for each sign."""
    edges = np.linspace(start, end, len(signs) + 1)
    for sign, first, last in zip(signs, edges[:-1], edges[1:], strict=True):
        if sign in VOWELS or sign == ASPIRATION:
            yield Stretch(sign, float(first), float(last), stress)
            continue
        middle = float(first + _ONSET_SHARE * (last - first))
        yield Stretch(sign, float(first), middle)
        yield Stretch(ASPIRATION, middle, float(last))


def _close_stops(stretches: list[Stretch]) -> list[Stretch]:
    """Give short silences to the stop that follows, and every stop a closure."""
    closed: list[Stretch] = []
    for n, stretch in enumerate(stretches):
        following = stretches[n + 1].sign if n + 1 < len(stretches) else SILENCE
        if stretch.sign != SILENCE or (not closed and following not in STOPS):
            closed.append(_with_closure(closed, stretch))
        elif following in STOPS:
            share = min(_length(stretch), _CLOSURE_S if _length(stretch) > PAUSE_S else 1.0)
            closed.append(Stretch(SILENCE, stretch.start_s, stretch.end_s - share))
            closed.append(Stretch(following, stretch.end_s - share, stretch.end_s))
        elif _length(stretch) > PAUSE_S or following == SILENCE or n + 1 == len(stretches):
            closed.append(stretch)
        else:
            closed.append(Stretch(ASPIRATION, stretch.start_s, stretch.end_s))
    return [stretch for stretch in closed if _length(stretch) > 0]


def _length(stretch: Stretch) -> float:
    return stretch.end_s - stretch.start_s


def _with_closure(before: list[Stretch], stretch: Stretch) -> Stretch:
    """A voiceless stop without a silence before it begins within the phone before."""
    if stretch.sign not in VOICELESS_STOPS or not before or before[-1].sign == stretch.sign:
        return stretch
    last = before[-1]
    start = max(last.start_s + 0.5 * _length(last), stretch.end_s - _LEAST_CLOSURE_S)
    before[-1] = Stretch(last.sign, last.start_s, start, last.stress)
    return Stretch(stretch.sign, start, stretch.end_s)


def stretches_to_track(stretches: list[Stretch], duration_s: float) -> PhoneTrack:
    """Join neighbours of one sign; long vowels and closures come in pieces."""
    joined: list[Stretch] = []
    for stretch in stretches:
        if joined and _same_hold(joined[-1], stretch):
            stretch = Stretch(
                stretch.sign,
                joined[-1].start_s,
                stretch.end_s,
                max(joined.pop().stress, stretch.stress),
            )
        joined.append(stretch)
    return PhoneTrack(
        tuple(s.sign for s in joined),
        np.array([s.start_s for s in joined]),
        np.array([min(s.end_s, duration_s) for s in joined]),
        np.array([s.stress for s in joined], np.int64),
    )


def _same_hold(before: Stretch, after: Stretch) -> bool:
    """The same stop or silence going on: two equal vowels are two syllables."""
    return before.sign == after.sign and CLASS_OF[after.sign] != "vowel"
