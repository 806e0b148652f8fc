"""From strokes to stills: when each hand comes up, strokes, is held and goes back.

A hand comes up before its first stroke (preparation), goes to the apex of each (stroke), waits
there for the next while the pause is short (hold) and hangs again where it is long (retraction).

Source: Kendon 2004, Gesture: Visible Action as Utterance, for the phases; Kita 1998 for holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...sound.prosody import RATE_HZ
from ..request import Stroke, TalkRequest
from ..settings import GestureSettings
from .planner import energy_at
from .space import Home, home_of, stroke_ends
from .stills import Arm, ArmPlan, Still, at_rest
from .upper_body import REST_WRISTS

LONGEST_PAUSE_S: Final = 1.0
"""A hand is held over a shorter pause, and goes back in a longer one."""
_LONGEST_HOLD_S: Final = 2.6
"""Between two strokes of a hand, even where speech goes on."""
_STROKE_S: Final = (0.20, 0.30)  # of the smallest and the largest
_RAISE_S: Final = (0.55, 0.75)  # from hanging to where a stroke begins
_RAISE_M_S: Final = 0.75
"""No hand comes up faster than this on average."""
_BACK_S: Final = (0.26, 0.40)  # from an apex to where the next stroke begins
_LOWER_S: Final = (0.75, 1.0)  # from an apex to hanging
_HOLD_S: Final = (0.20, 0.55)
_SHORTEST_RAISE_S: Final = 0.2
_DRIFT: Final = 0.12
"""Of the way from an apex back to where the hands are held: what a second of holding gives up."""
_LAG_FRAMES: Final = (1, 3)
"""By which the other hand of both comes later."""
_LESSER: Final = (0.6, 0.9)
"""Size of the other hand's part of a stroke by both."""
_BETWEEN_DROP_M: Final = 0.10


@dataclass(frozen=True, eq=False)
class _Beat:
    """A stroke of one hand, in frames and metres."""

    apex: int
    begin: int
    raised: Floats
    place: Floats
    home: Home
    brisk: float


def plan_arms(strokes: Sequence[Stroke], request: TalkRequest, frame_count: int) -> ArmPlan:
    """Stills of both arms.

    Args:
        strokes: in order of time.
        request: whose settings, keyed or not, space and seed hold.
        frame_count: T.
    """
    pauses = long_pauses(request.prosody.speaking)
    rng = np.random.default_rng((request.seed, 1))
    shown = [stroke for stroke in strokes if stroke.size > 0.0]
    sides = _by_side(shown, rng)
    arms = []
    for side in (0, 1):
        drawn = np.random.default_rng((request.seed, 2 + side))
        beats = _beats(sides[side], side, request, frame_count, drawn)
        arms.append(_stills(beats, side, pauses, frame_count, drawn))
    return ArmPlan(frame_count, (arms[0], arms[1]))


def long_pauses(speaking: Bools) -> list[tuple[int, int]]:
    """First and last frame of each pause longer than LONGEST_PAUSE_S."""
    quiet = np.concatenate(([False], ~np.asarray(speaking, np.bool_), [False]))
    edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
    return [(int(a), int(b) - 1) for a, b in edges if b - a > LONGEST_PAUSE_S * RATE_HZ]


@dataclass(frozen=True)
class _Shown:
    time_s: float
    size: float
    lag: int


def _by_side(strokes: Sequence[Stroke], rng: np.random.Generator) -> tuple[list[_Shown], ...]:
    """Each hand's own strokes; of both, one hand leads and the other follows, a little less."""
    sides: tuple[list[_Shown], list[_Shown]] = ([], [])
    for stroke in strokes:
        leader, lag = int(rng.integers(2)), int(rng.integers(*_LAG_FRAMES))
        lesser = float(rng.uniform(*_LESSER))
        if stroke.hand != "BOTH":
            leader = 0 if stroke.hand == "LEFT" else 1
        sides[leader].append(_Shown(stroke.time_s, stroke.size, 0))
        if stroke.hand == "BOTH":
            sides[1 - leader].append(_Shown(stroke.time_s, stroke.size * lesser, lag))
    return sides


def _beats(
    strokes: Sequence[_Shown],
    side: int,
    request: TalkRequest,
    frame_count: int,
    rng: np.random.Generator,
) -> list[_Beat]:
    beats: list[_Beat] = []
    home, last_s = None, -np.inf
    for shown in strokes:
        if home is None or shown.time_s - last_s > _LONGEST_HOLD_S:
            home = home_of(request.space, rng)
        last_s = shown.time_s
        apex = round(shown.time_s * RATE_HZ) + shown.lag
        if not 2 <= apex < frame_count - 2:
            continue
        factor = size_at(request, apex)
        raised, place = stroke_ends(home, shown.size, factor, side, rng)
        brisk = 0.8 + 0.2 * float(energy_at(request, np.array([apex]))[0])
        length = float(np.interp(shown.size, (0.0, 1.0), _STROKE_S)) / brisk
        begin = max(apex - round(length * RATE_HZ), 0)
        beats.append(_Beat(apex, begin, raised, place, home, brisk))
    return beats


def size_at(request: TalkRequest, frame: int) -> float:
    """The size setting at a frame, as keyed or set."""
    settings: GestureSettings = request.settings
    if request.size is None or not len(request.size):
        return float(settings.size)
    return float(request.size[min(max(frame, 0), len(request.size) - 1)])


def _stills(
    beats: Sequence[_Beat],
    side: int,
    pauses: Sequence[tuple[int, int]],
    frame_count: int,
    rng: np.random.Generator,
) -> Arm:
    if not beats:
        return (at_rest(side, 0, frame_count - 1),)
    stills: list[Still] = []
    hanging_since = 0
    for n, beat in enumerate(beats):
        if hanging_since >= 0:
            stills += _come_up(beat, side, hanging_since, rng)
        following = beats[n + 1] if n + 1 < len(beats) else None
        if following is not None and _stays_up(beat, following, pauses, rng):
            stills += _wait(beat, following, pauses, rng)
            hanging_since = -1
        else:
            until = following.begin if following is not None else frame_count - 1
            hold, hanging_since = _go_back(beat, until, frame_count, rng)
            stills.append(hold)
    stills.append(at_rest(side, hanging_since, max(frame_count - 1, hanging_since)))
    return tuple(_in_order(stills, frame_count))


def _frames(span_s: tuple[float, float], brisk: float, rng: np.random.Generator) -> int:
    return max(round(float(rng.uniform(*span_s)) / brisk * RATE_HZ), 2)


def _come_up(beat: _Beat, side: int, since: int, rng: np.random.Generator) -> list[Still]:
    """The arm hangs, and is up where the stroke begins."""
    far = float(np.linalg.norm(beat.raised - REST_WRISTS[side]))
    raise_frames = _frames(_RAISE_S, beat.brisk, rng)
    raise_frames = max(raise_frames, round(far / _RAISE_M_S / beat.brisk * RATE_HZ))
    leaves = max(beat.begin - raise_frames, since)
    if beat.begin - leaves < _SHORTEST_RAISE_S * RATE_HZ:  # too late to prepare: straight there
        return [at_rest(side, since, min(leaves, beat.begin))]
    return [at_rest(side, since, leaves), _turning(beat.begin, beat.raised)]


def _turning(frame: int, place: Floats) -> Still:
    return Still(frame, frame, place, np.zeros(3))


def _stays_up(
    beat: _Beat, following: _Beat, pauses: Sequence[tuple[int, int]], rng: np.random.Generator
) -> bool:
    gap = following.apex - beat.apex
    needed = RATE_HZ * (_HOLD_S[0] + _LOWER_S[0] + _RAISE_S[0]) / beat.brisk
    if following.begin - beat.apex < needed:
        return True
    paused = any(a < following.apex and b > beat.apex for a, b in pauses)
    return not paused and gap <= _LONGEST_HOLD_S * RATE_HZ * float(rng.uniform(0.7, 1.1))


def _wait(
    beat: _Beat,
    following: _Beat,
    pauses: Sequence[tuple[int, int]],
    rng: np.random.Generator,
) -> list[Still]:
    """Held at the apex until the next stroke is prepared, and there where that one begins."""
    back = _frames(_BACK_S, beat.brisk, rng)
    until = max(following.begin - back, beat.apex)
    if following.begin - beat.apex < 4:  # no time to come back: from one apex to the next
        return [_turning(beat.apex, beat.place)]
    hold = _hold(beat, until)
    if any(a < following.apex and b > beat.apex for a, b in pauses) and until - beat.apex > 8:
        # Too long a pause to hold, too short to hang: the hand sinks, and comes up again.
        middle = (beat.apex + until) // 2
        sunk = beat.place - np.array([0.0, _BETWEEN_DROP_M, 0.03])
        return [
            _turning(beat.apex, beat.place),
            _turning(middle, sunk),
            _turning(following.begin, following.raised),
        ]
    return [hold, _turning(following.begin, following.raised)]


def _hold(beat: _Beat, until: int) -> Still:
    seconds = (until - beat.apex) / RATE_HZ
    drift = (beat.raised - beat.place) * _DRIFT * seconds - np.array([0.0, 0.012 * seconds, 0.0])
    return Still(beat.apex, until, beat.place, drift)


def _go_back(
    beat: _Beat, until: int, frame_count: int, rng: np.random.Generator
) -> tuple[Still, int]:
    """The hold after the last stroke, and the frame from which the arm hangs."""
    hold, lower = _frames(_HOLD_S, beat.brisk, rng), _frames(_LOWER_S, beat.brisk, rng)
    room = min(until, frame_count - 1) - beat.apex
    shrink = min(1.0, room / max(hold + lower, 1))
    hold, lower = int(hold * shrink), max(int(lower * shrink), 1)
    return _hold(beat, beat.apex + hold), beat.apex + hold + lower


def _in_order(stills: Sequence[Still], frame_count: int) -> list[Still]:
    """Stills that follow one another; what would overlap its forerunner is left out or begins
    later.
    """
    done: list[Still] = []
    for still in stills:
        start = max(still.start, done[-1].stop + 1) if done else 0
        stop = min(max(still.stop, start), frame_count - 1)
        if start <= frame_count - 1:
            done.append(Still(start, stop, still.place, still.drift, still.hangs))
    last = done[-1]
    done[-1] = Still(last.start, frame_count - 1, last.place, last.drift, last.hangs)
    return done
