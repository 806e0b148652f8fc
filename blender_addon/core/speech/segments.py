"""Every mouth shape of a sentence, one after the other, from the evidence of phones.

The phones of the lips are found one by one (``find_phones``), for lips must meet at them. The time
between goes to the other kinds: to the likeliest way through their evidence, on which a change of
kind costs as much as evidence of e³ to one. Where nothing hears phones, a network's own curves are
evidence: the nearer the mouth is to a kind's target, the likelier it is that kind.

Shapes that a hand corrected lie over those as heard. Of two corrected ones the later begins where
it begins, and the earlier gives way; whatever is left of one on both sides stays.

Source: Viterbi 1967, with one cost for all changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..face.clip import FaceClip
from ..sound.hearing import FEATURE_RATE_HZ, PHONE_CLASSES, PhoneEvidence
from ..sound.voice_activity import VoiceActivity
from .mouth_shapes import TARGETS
from .phones import LIP_KINDS, OPEN_ROUNDED, SILENCE, HeardPhone, find_phones

_CHANGE_COST: Final = 3.0
_PIECE: Final = 1000
_MARGIN: Final = 100
_LEAST_CHANCE: Final = 1e-4
_SHORTEST_S: Final = 0.03
"""What is left of a shape that gave way counts from this length on."""
_ROUND_AND_OPEN: Final = 0.22
"""Opening of the jaw less mouthClose, from which a rounded vowel is an open one."""
_OTHERS: Final = tuple(kind for kind in PHONE_CLASSES if kind not in LIP_KINDS)
_FEATURES: Final[dict[str, dict[str, float]]] = {
    "opening": {"jawOpen": 1.0, "mouthClose": -1.0},
    "rounding": {"mouthPucker": 0.7, "mouthFunnel": 0.7},
    "spread": {"mouthStretch": 1.0, "mouthSmile": 0.7},
    "parting": {"mouthLowerDown": 0.7},
    "pressing": {"mouthPress": 1.0, "mouthRollUpper": 1.0},
    "rolling": {"mouthRollLower": 1.0},
}
"""What tells shapes apart in curves, each a sum of weights; of a pair, the mean of both sides."""
_SEEN: Final = (
    SILENCE, "bilabial", "labiodental", "sibilant", "postalveolar", "open_vowel", "mid_vowel",
    "close_vowel", "rounded_vowel", OPEN_ROUNDED,
)  # fmt: skip
"""Kinds that curves alone can tell."""
_AT_ONCE: Final = 1000
_SPREAD: Final = 0.07
"""Standard deviation of the features of one kind."""


def find_mouth_shapes(
    evidence: PhoneEvidence, voice: VoiceActivity, start_s: float, stop_s: float
) -> tuple[HeardPhone, ...]:
    """Every mouth shape in a stretch of a sound, in order.

    Args:
        evidence: of the whole sound.
        voice: where someone talks.
        start_s, stop_s: the stretch; those that reach into it count, rest up to its ends.
    """
    lips = find_phones(evidence, voice, start_s, stop_s)
    first = max(int(np.floor(start_s * FEATURE_RATE_HZ)), 0)
    stop = min(int(np.ceil(stop_s * FEATURE_RATE_HZ)) + 1, len(evidence.chances))
    if first >= stop:
        return lips
    columns = [PHONE_CLASSES.index(kind) for kind in _OTHERS]
    others = _segments(evidence.chances[first:stop, columns], _OTHERS, first)
    both = sorted((*lips, *cut(others, lips)), key=lambda each: (each.start_s, each.kind))
    return tuple(_as_sure(evidence, phone) for phone in _without_gaps(both))


def see_mouth_shapes(clip: FaceClip, start_s: float) -> tuple[HeardPhone, ...]:
    """The shapes that the mouth goes through, told from its curves, in order.

    Args:
        clip: T frames of ARKit channels.
        start_s: where in the sound the first frame is.
    """
    times = start_s + np.arange(clip.frame_count) / clip.frame_rate_hz
    first = int(np.ceil(max(times[0], 0.0) * FEATURE_RATE_HZ))
    grid = np.arange(first, int(times[-1] * FEATURE_RATE_HZ) + 1)
    if not len(grid):
        return ()
    seen = np.stack([_feature(clip, name) for name in _FEATURES], axis=-1)
    aims = np.array([[_aim(kind, name) for name in _FEATURES] for kind in _SEEN], np.float32)
    chances = np.empty((len(grid), len(_SEEN)), np.float32)
    for begin in range(0, len(grid), _AT_ONCE):
        part = grid[begin : begin + _AT_ONCE] / FEATURE_RATE_HZ
        at_grid = np.stack([np.interp(part, times, each) for each in seen.T], -1)
        away = np.square((at_grid[:, None] - aims) / _SPREAD).sum(-1)
        near = np.exp(-0.5 * (away - away.min(1, keepdims=True)))
        chances[begin : begin + len(part)] = near / near.sum(1, keepdims=True)
    return _segments(chances, _SEEN, first)


def open_or_close(
    phones: Sequence[HeardPhone], clip: FaceClip, start_s: float
) -> tuple[HeardPhone, ...]:
    """Rounded vowels told apart by how far the jaw opens in them.

    Args:
        phones: as heard, in the sound.
        clip: T frames of ARKit channels.
        start_s: where in the sound the first frame is.
    """
    times = start_s + np.arange(clip.frame_count) / clip.frame_rate_hz
    opening = clip.channel("jawOpen") - clip.channel("mouthClose")
    return tuple(
        replace(phone, kind=OPEN_ROUNDED)
        if phone.kind == "rounded_vowel"
        and np.interp(phone.middle_s, times, opening) > _ROUND_AND_OPEN
        else phone
        for phone in phones
    )


def cut(phones: Sequence[HeardPhone], over: Sequence[HeardPhone]) -> tuple[HeardPhone, ...]:
    """What is left of phones where others lie over them, in order.

    Args:
        phones: any.
        over: any, also ones that overlap each other.
    """
    spans = _joined([(each.start_s, each.end_s) for each in over])
    starts, ends = np.array([span[0] for span in spans]), np.array([span[1] for span in spans])
    left: list[HeardPhone] = []
    for phone in phones:
        low = int(np.searchsorted(ends, phone.start_s, side="right"))
        high = int(np.searchsorted(starts, phone.end_s, side="left"))
        if low >= high:
            left.append(phone)
            continue
        begins = [phone.start_s, *(float(end) for end in ends[low:high])]
        stops = [*(float(start) for start in starts[low:high]), phone.end_s]
        left += [
            replace(phone, start_s=begin, end_s=stop)
            for begin, stop in zip(begins, stops, strict=True)
            if stop - begin >= _SHORTEST_S - 1e-6
        ]
    return tuple(left)


def give_way(phones: Sequence[HeardPhone]) -> tuple[HeardPhone, ...]:
    """Phones as they count: what was told lies over what was heard, the later over the earlier.

    Args:
        phones: any, in any order.

    Returns:
        In order. Those that nobody told may overlap each other, as lips that are heard do.
    """
    told = sorted((p for p in phones if p.told and p.used), key=lambda each: each.start_s)
    if not any(phone.told for phone in phones):
        return tuple(phones)
    shown: list[HeardPhone] = []
    for number, phone in enumerate(told):
        later = [each for each in told[number + 1 :] if each.start_s < phone.end_s]
        shown += cut((phone,), later) if later else (phone,)
    beneath = [phone for phone in phones if not (phone.told and phone.used)]
    switched_off = [phone for phone in beneath if phone.told]
    heard = cut([phone for phone in beneath if not phone.told], told)
    both = (*shown, *heard, *cut(switched_off, told))
    return tuple(sorted(both, key=lambda each: (each.start_s, each.kind)))


def _as_sure(evidence: PhoneEvidence, phone: HeardPhone) -> HeardPhone:
    """A phone with the chance of its kind while it lasts, where it was not found one by one."""
    if phone.kind in LIP_KINDS:
        return phone
    first = int(np.ceil(phone.start_s * FEATURE_RATE_HZ))
    stop = max(int(np.ceil(phone.end_s * FEATURE_RATE_HZ)), first + 1)
    chances = evidence.chances[first:stop, PHONE_CLASSES.index(phone.kind)]
    return replace(phone, sure=float(min(chances.mean(), 1.0))) if len(chances) else phone


def _without_gaps(phones: list[HeardPhone]) -> list[HeardPhone]:
    """What was too short to count goes to a neighbour that is none of the lips' phones."""
    filled = phones[:1]
    for phone in phones[1:]:
        before, gap = filled[-1], phone.start_s - filled[-1].end_s
        if 0.0 < gap < _SHORTEST_S and before.kind not in LIP_KINDS:
            filled[-1] = replace(before, end_s=phone.start_s)
        elif 0.0 < gap < _SHORTEST_S and phone.kind not in LIP_KINDS:
            phone = replace(phone, start_s=before.end_s)
        filled.append(phone)
    return filled


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans in order, those that touch made one."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _segments(chances: Floats, kinds: Sequence[str], first: int) -> tuple[HeardPhone, ...]:
    """The likeliest way through chances (N, K), row 0 being number ``first`` of the sound's."""
    way = _likeliest(np.log(np.maximum(chances, _LEAST_CHANCE)))
    edges = [0, *(np.flatnonzero(np.diff(way)) + 1).tolist(), len(way)]
    found = []
    for begin, stop in pairwise(edges):
        kind = int(way[begin])
        start_s = (first + begin - 0.5 * (begin > 0)) / FEATURE_RATE_HZ
        end_s = (first + stop - (0.5 if stop < len(way) else 1.0)) / FEATURE_RATE_HZ
        if end_s > start_s:
            sure = float(np.clip(chances[begin:stop, kind].mean(), 0.0, 1.0))
            found.append(HeardPhone(kinds[kind], start_s, end_s, 1.0, sure))
    return tuple(found)


def _likeliest(scores: Floats) -> Ints:
    """The best of the ways through scores (N, K) on which every change costs the same: (N,).

    Long ones are gone through in pieces at the same time, each with a margin in which ways meet.
    """
    count = len(scores)
    if count <= _PIECE + 2 * _MARGIN:
        return _ways(scores[None]).reshape(-1)
    starts = np.arange(0, count, _PIECE)[:, None]
    places = np.clip(starts + np.arange(-_MARGIN, _PIECE + _MARGIN), 0, count - 1)
    ways = _ways(scores[places])[:, _MARGIN : _MARGIN + _PIECE]
    return np.asarray(ways.reshape(-1)[:count])


def _ways(scores: Floats) -> Ints:
    """The best way through each of B pieces (B, N, K): (B, N)."""
    pieces, count, kinds = scores.shape
    best = scores[:, 0].astype(np.float64)
    came_from = np.empty((count, pieces, kinds), np.int16)
    stay, every = np.arange(kinds), np.arange(pieces)
    for n in range(1, count):
        leader = best.argmax(1)
        least = best[every, leader][:, None] - _CHANGE_COST
        came_from[n] = np.where(best < least, leader[:, None], stay)
        best = np.maximum(best, least) + scores[:, n]
    way = np.empty((pieces, count), np.int64)
    way[:, -1] = best.argmax(1)
    for n in range(count - 1, 0, -1):
        way[:, n - 1] = came_from[n, every, way[:, n]]
    return way


def _feature(clip: FaceClip, name: str) -> Floats:
    parts = (factor * _mean(clip, stem) for stem, factor in _FEATURES[name].items())
    return np.asarray(np.sum([*parts], axis=0))


def _mean(clip: FaceClip, stem: str) -> Floats:
    if stem in clip.channels:
        return clip.channel(stem)
    return 0.5 * (clip.channel(f"{stem}Left") + clip.channel(f"{stem}Right"))


def _aim(kind: str, name: str) -> float:
    return sum(factor * TARGETS[kind].get(stem, 0.0) for stem, factor in _FEATURES[name].items())
