"""When hands stroke, which, and how large: a rule on what was heard.

Talk is worth up to 1.2 strokes a second, in proportion to its loudness and to energy to the power
of 0.8. Of the accents in each stretch that is worth one, the one that stands out most gets it: none
comes within 0.8 s of another, none where nobody speaks or the partner has the word. The apex falls
30 to 90 ms before the accent's energy peak, as it does in people (0 to 150 ms). Its size is a
weighted sum of how loud, how high and how stressed the accent is, relative to the speaker.

Source: Loehr 2012, Temporal, structural, and pragmatic synchrony between intonation and gesture
(apexes align with pitch accents); Leonard & Cummins 2011, The temporal relation between beat
gestures and speech (the point of maximum extension precedes the vowel's peak). The numbers are
ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...errors import SettingsError
from ...sound.prosody import RATE_HZ, Prosody
from ..request import Stroke, TalkRequest

SHORTEST_GAP_S: Final = 0.8
"""Between two strokes."""
LEAD_S: Final = (0.03, 0.09)
"""By which the apex comes before the accent's energy peak, drawn evenly."""
FIRST_S: Final = 0.45
"""No planned apex is earlier: the hand has to come up."""
LAST_S: Final = 0.35
"""Nor later than so much before the end."""
HANDS: Final = ("LEFT", "RIGHT", "BOTH")
_RATE_HZ: Final = 1.2  # strokes a second at energy 1 where the speaker is as loud as ever
_RATE_POWER: Final = 0.8
_CHANCE: Final = 0.15  # how much standing out is left to chance
_BOTH: Final = 0.4  # share of strokes by both hands, where the speaker prefers neither
_CHANGES: Final = 0.3  # chance that a stroke is another hand's than the one before
_FRESH_S: Final = 2.5  # after such a pause hands are drawn anew
_LEAST_SPREAD: Final = 0.15
_LOUD, _HIGH, _STRESSED = 0.75, 0.15, 0.1  # parts of the size
_HIGH_SEMITONES: Final = 6.0
_SMALLEST: Final = 0.15
_NEAR_S: Final = 0.1


def plan_strokes(request: TalkRequest) -> tuple[Stroke, ...]:
    """Strokes of a talker, in order of time.

    Those in ``request.strokes`` that an animator moved are kept as they are, and no other comes
    within SHORTEST_GAP_S of them; one of size 0 says that there is to be none around it.

    Args:
        request: see there.

    Raises:
        SettingsError: a kept stroke has no such hand, size or time.
    """
    kept = [stroke for stroke in request.strokes or () if stroke.moved]
    _check(kept)
    rng = np.random.default_rng((request.seed, 0))
    chosen = sorted([*kept, *_drawn(request, kept, rng)], key=lambda stroke: stroke.time_s)
    return tuple(_with_hands(chosen, request, rng))


def _drawn(request: TalkRequest, kept: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Strokes, without their hands: of the accents in each share of the talk that is worth one
    stroke, the one that stands out most.
    """
    prosody, count = request.prosody, len(request.prosody.accents_s)
    begin, draws = float(rng.random()), rng.random((count, 2))
    times = np.asarray(prosody.accents_s) - np.interp(draws[:, 0], (0.0, 1.0), LEAD_S)
    sizes, fit = _sizes(prosody), _fit(request)
    stands_out = _salience(prosody) + _CHANCE * draws[:, 1]
    shares = np.floor(_due(request) + begin).astype(np.int64)
    chosen: list[Stroke] = []
    for share in np.unique(shares[fit]):
        among = np.flatnonzero(fit & (shares == share))
        for n in among[np.argsort(-stands_out[among], kind="stable")].tolist():
            if _is_free(float(times[n]), [*kept, *chosen[-1:]], request.duration_s):
                chosen.append(Stroke(float(times[n]), "", float(sizes[n])))
                break
    return chosen


def _due(request: TalkRequest) -> Floats:
    """(N,) how many strokes a talk is worth up to each accent."""
    prosody = request.prosody
    every = np.arange(len(prosody.loudness))
    energy = energy_at(request, every)
    rate = _RATE_HZ * energy**_RATE_POWER * np.asarray(prosody.loudness, np.float64)
    due = np.concatenate(([0.0], np.cumsum(rate * _heard(request)))) / RATE_HZ
    frames = np.clip(np.round(np.asarray(prosody.accents_s) * RATE_HZ), 0, len(every))
    return np.asarray(due[frames.astype(np.int64)])


def _heard(request: TalkRequest) -> Floats:
    """(T,) 1 where the talker speaks, 0 where the partner has the word."""
    speaking = np.asarray(request.prosody.speaking, np.float64)
    if request.listening is None or not len(request.listening):
        return speaking
    at = np.minimum(np.arange(len(speaking)), len(request.listening) - 1)
    return np.asarray(speaking * ~np.asarray(request.listening, np.bool_)[at])


def _check(kept: Sequence[Stroke]) -> None:
    for stroke in kept:
        sound = np.isfinite(stroke.time_s) and 0.0 <= stroke.size <= 1.0 and stroke.hand in HANDS
        if not sound:
            raise SettingsError(
                f"a stroke needs a time, a hand of {', '.join(HANDS)} and a size of 0 to 1; "
                f"found {stroke.time_s}, '{stroke.hand}' and {stroke.size}"
            )


def _spread(values: Floats) -> Floats:
    """(N,) 0 … 1: where values lie between the speaker's low and high ones, near ½ if all are
    alike.
    """
    if not len(values):
        return values
    low, high = np.percentile(values, (10.0, 90.0))
    width = max(float(high - low), _LEAST_SPREAD)
    return np.asarray(np.clip(0.5 + (values - 0.5 * (low + high)) / width, 0.0, 1.0))


def _is_free(time: float, others: Sequence[Stroke], duration_s: float) -> bool:
    apart = all(abs(time - other.time_s) >= SHORTEST_GAP_S for other in others)
    return apart and FIRST_S <= time <= duration_s - LAST_S


def _around(values: Floats | Bools, times_s: Floats) -> Floats:
    """(N,) largest of values (T,) within 0.1 s of each time."""
    if not len(values):
        return np.zeros(len(times_s))
    reach = round(_NEAR_S * RATE_HZ)
    at = np.round(np.asarray(times_s) * RATE_HZ).astype(np.int64)[:, None]
    frames = np.clip(at + np.arange(-reach, reach + 1), 0, len(values) - 1)
    return np.asarray(np.asarray(values, np.float64)[frames].max(axis=1))


def _salience(prosody: Prosody) -> Floats:
    """(N,) 0 … 1 how much an accent stands out."""
    loud = _spread(_around(prosody.loudness, prosody.accents_s))
    return np.asarray(0.5 * np.asarray(prosody.accent_strengths) + 0.5 * loud)


def _sizes(prosody: Prosody) -> Floats:
    loud = _spread(_around(prosody.loudness, prosody.accents_s))
    high = _around(np.where(prosody.voiced, prosody.pitch, 0.0), prosody.accents_s)
    high = np.clip(high / _HIGH_SEMITONES, 0.0, 1.0)
    total = _LOUD * loud + _HIGH * high + _STRESSED * np.asarray(prosody.accent_strengths)
    return np.asarray(_SMALLEST + (1.0 - _SMALLEST) * np.clip(total, 0.0, 1.0))


def _fit(request: TalkRequest) -> Bools:
    """(N,) whether at an accent the talker speaks and has any energy."""
    prosody = request.prosody
    frames = np.round(np.asarray(prosody.accents_s) * RATE_HZ).astype(np.int64)
    if not len(prosody.speaking):
        return np.zeros(len(frames), np.bool_)
    heard = _heard(request)[np.clip(frames, 0, len(prosody.speaking) - 1)]
    spoken = _around(prosody.speaking, prosody.accents_s)
    partner = spoken * (heard > 0.0) if request.listening is not None else spoken
    return np.asarray((partner > 0.0) & (energy_at(request, frames) > 0.0))


def energy_at(request: TalkRequest, frames: Floats | Ints) -> Floats:
    """(N,) energy at frames (N,) of 30 a second, as keyed or set."""
    if request.energy is None or not len(request.energy):
        return np.full(len(frames), request.settings.energy)
    at = np.clip(np.asarray(frames, np.int64), 0, len(request.energy) - 1)
    return np.asarray(request.energy, np.float64)[at]


def _with_hands(
    strokes: Sequence[Stroke], request: TalkRequest, rng: np.random.Generator
) -> list[Stroke]:
    """Each stroke with its hand; a hand stays the one for some strokes, as people's do."""
    shares = _shares(request.settings.handedness)
    hand, last, done = "", -np.inf, []
    for stroke in strokes:
        fresh = stroke.time_s - last > _FRESH_S
        drawn, change = HANDS[int(rng.choice(3, p=shares))], float(rng.random())
        if not hand or fresh or change < _CHANGES:
            hand = drawn
        done.append(stroke if stroke.hand else replace(stroke, hand=hand))
        hand, last = done[-1].hand, stroke.time_s
    return done


def _shares(handedness: float) -> Floats:
    """Chances of left, right and both."""
    both = _BOTH * (1.0 - abs(handedness))
    right = (1.0 - both) * (0.5 + 0.5 * handedness)
    return np.array([1.0 - both - right, right, both])
