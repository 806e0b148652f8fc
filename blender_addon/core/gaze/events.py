"""Fixations as the network of gaze behaviour sees them, laid out once for training and the scene.

An *event* is one fixation: where it lies relative to the partner's face, how long it lasts, and the
pause between the end of the fixation before it and its own beginning (the saccade and what else
the eyes did). A *break* is a moment at which the eyes were not seen, mostly a blink: the pause of
an event after a break is unknown, and it is told by the features how long the eyes were away.

Angles: yaw positive to the character's left, pitch positive up, radians. Durations and pauses go
as logarithms of what exceeds the shortest ones possible, so that no sample is ever too short.

Source: Lee, Badler, Badler 2002, *Eyes Alive*, section 4 (what is modelled of a saccade and
the time between two); Bishop 1994, *Mixture density networks*, section 3 (the densities). Our
names to its symbols: weight α, mean μ, scale σ; we let yaw and pitch of a component be correlated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..inference.layout import Layout
from .mixture import (
    Mixture,
    direction_log_density,
    log_density,
    mixture_layout,
    read_mixture,
    sample_mixture,
)
from .places import PLACES, PlaceMemory, place_features

__all__ = [
    "ROLES", "HISTORY", "PLACES", "INPUT_LAYOUT", "encode_events", "decode_events", "clip_events",
    "EventHistory", "sequence_features", "place_features",
    "Mixture", "mixture_layout", "read_mixture", "sample_mixture", "log_density",
    "direction_log_density",
]  # fmt: skip

ROLES: Final = ("speaking", "listening", "dialogue")
HISTORY: Final = 16
"""K = 16 fixations back can be looked at again."""

_SHORTEST_FIXATION_S: Final = 0.095
_DURATION_UNIT_S: Final = 0.15
_PAUSE_OFFSET_S: Final = 0.01
_PAUSE_UNIT_S: Final = 0.03
_LONGEST_FIXATION_S: Final = 4.0
_LONGEST_PAUSE_S: Final = 1.5
_FARTHEST_RAD: Final = float(np.deg2rad(50.0))
_LONGEST_BREAK_S: Final = 5.0
_LONGEST_CLOCK_S: Final = 60.0

INPUT_LAYOUT: Final = Layout(
    {
        "past_directions_rad": 2 * HISTORY,  # latest first, as all of the past
        "past_durations": HISTORY,
        "past_pauses": HISTORY,
        "past_after_break": HISTORY,
        "past_known": HISTORY,
        "place_directions_rad": 2 * PLACES,  # in no order
        "place_counts": PLACES,
        "place_ages": PLACES,
        "place_known": PLACES,
        "role": len(ROLES),
        "role_clock": 1,
        "sight_clock": 1,
        "after_break": 1,
        "break_length": 1,
    }
)


def encode_events(direction_rad: Floats, duration_s: Floats, pause_s: Floats) -> Floats:
    """Fixations to the numbers whose density the network gives.

    Args:
        direction_rad: (..., 2) yaw and pitch relative to the partner's face.
        duration_s: (...) longer than 0.095 s.
        pause_s: (...) time since the fixation before; 0 or more.

    Returns:
        (..., 4) yaw, pitch, logarithms of duration and pause.
    """
    beyond = np.maximum(np.asarray(duration_s) - _SHORTEST_FIXATION_S, 1e-4)
    duration = np.log(beyond / _DURATION_UNIT_S)
    pause = np.log((np.maximum(pause_s, 0.0) + _PAUSE_OFFSET_S) / _PAUSE_UNIT_S)
    timing = np.stack((duration, pause), axis=-1)
    return np.asarray(np.concatenate((direction_rad, timing), axis=-1), np.float32)


def decode_events(events: Floats) -> tuple[Floats, Floats, Floats]:
    """Inverse of encode_events: (..., 4) to direction (..., 2), duration and pause (...)."""
    duration_s = _SHORTEST_FIXATION_S + _DURATION_UNIT_S * np.exp(events[..., 2])
    pause_s = np.maximum(_PAUSE_UNIT_S * np.exp(events[..., 3]) - _PAUSE_OFFSET_S, 0.0)
    return events[..., :2], duration_s, pause_s


def clip_events(events: Floats) -> Floats:
    """Events (..., 4) within what was ever seen: 50 degrees away, 4 s long, 1.5 s between."""
    size = np.linalg.norm(events[..., :2], axis=-1, keepdims=True)
    direction = events[..., :2] * np.minimum(1.0, _FARTHEST_RAD / np.maximum(size, 1e-6))
    longest = encode_events(np.zeros(2), np.array(_LONGEST_FIXATION_S), np.array(_LONGEST_PAUSE_S))
    shortest = encode_events(np.zeros(2), np.array(0.0), np.array(0.0))
    timing = np.clip(events[..., 2:], shortest[2:], longest[2:])
    return np.asarray(np.concatenate((direction, timing), axis=-1), np.float32)


@dataclass(frozen=True, eq=False)
class _Past:
    """The last K events of B characters, latest first: the network's memory in plain sight."""

    events: Floats  # B, K, 4
    after_break: Bools  # B, K
    known: Bools  # B, K
    places: Floats  # B, 5 P, see places.py


def _assemble(past: _Past, roles: Ints, clocks_s: Floats, breaks_s: Floats) -> Floats:
    """Features (B, F) from the past, roles (B,), both clocks (B, 2) and breaks (B,)."""
    known = past.known.astype(np.float32)
    seen = known * ~past.after_break  # whose pause is known
    clocks = np.log1p(np.clip(clocks_s, 0.0, _LONGEST_CLOCK_S))
    parts = (
        (past.events[..., :2] * known[..., None]).reshape(len(roles), -1),
        past.events[..., 2] * known,
        past.events[..., 3] * seen,
        past.after_break & past.known,
        known,
        past.places,
        np.eye(len(ROLES))[roles],
        clocks,
        breaks_s[:, None] > 0,
        np.log1p(np.clip(breaks_s, 0.0, _LONGEST_BREAK_S))[:, None],
    )
    return np.concatenate(parts, axis=-1, dtype=np.float32, casting="unsafe")


class EventHistory:
    """What the characters of a batch have looked at so far; makes the features of the next event.

    Args:
        count: B characters, each with nothing seen yet.
        at_home: but the partner's face, as in the midst of a conversation. Without it, who looks
            elsewhere first may take that for the face.
    """

    def __init__(self, count: int, at_home: bool = False) -> None:
        self._events = np.zeros((count, HISTORY, 4), np.float32)
        self._after_break = np.zeros((count, HISTORY), np.bool_)
        self._known = np.zeros((count, HISTORY), np.bool_)
        self._places = PlaceMemory(count, at_home)
        self._roles = np.full(count, -1, np.int64)
        self._clocks_s = np.zeros((count, 2))
        self._breaks_s = np.zeros(count)

    @property
    def last_directions_rad(self) -> Floats:
        """(B, 2) yaw and pitch of the latest fixation; zero where there was none."""
        return self._events[:, 0, :2]

    def features(self, roles: Ints, breaks_s: Floats | None = None) -> Floats:
        """Features of the event that comes next; to be asked once an event.

        Args:
            roles: (B,) numbers into ROLES, at that event.
            breaks_s: (B,) how long the eyes were shut or away since the latest fixation; 0 without
                a break. None: no breaks.

        Returns:
            (B, F) as INPUT_LAYOUT says.
        """
        breaks = np.zeros(len(roles)) if breaks_s is None else np.asarray(breaks_s, np.float64)
        self._clocks_s[roles != self._roles, 0] = 0.0
        self._clocks_s += np.where(roles == self._roles, breaks, 0.0)[:, None] * (1.0, 0.0)
        self._clocks_s[breaks > 0, 1] = 0.0
        self._roles, self._breaks_s = np.array(roles, np.int64), breaks
        past = _Past(self._events, self._after_break, self._known, self._places.features)
        return _assemble(past, self._roles, self._clocks_s, self._breaks_s)

    def append(self, events: Floats, which: Bools | None = None) -> None:
        """Take in what was looked at.

        Args:
            events: (B, 4) encoded, answering the latest features.
            which: (B,) characters that had an event; None: all.
        """
        chosen = np.ones(len(events), np.bool_) if which is None else which
        self._places.append(events[:, :2], chosen)
        _, duration_s, pause_s = decode_events(events[chosen].astype(np.float64))
        after_break = self._breaks_s[chosen] > 0
        for kept, new in (
            (self._events, events[chosen]),
            (self._after_break, after_break),
            (self._known, True),
        ):
            kept[chosen, 1:] = kept[chosen, :-1]
            kept[chosen, 0] = new
        spent = duration_s + np.where(after_break, 0.0, pause_s)
        self._clocks_s[chosen] += spent[:, None]


def sequence_features(
    events: Floats, roles: Ints, breaks_s: Floats, places: Floats | None = None
) -> Floats:
    """Features of every event of one recording, equal to asking an EventHistory step by step.

    Args:
        events: (N, 4) encoded.
        roles: (N,) numbers into ROLES.
        breaks_s: (N,) break before each event, 0 without one.
        places: (N, 5 P) of place_features where that is known already; it takes the longest.

    Returns:
        (N, F) as INPUT_LAYOUT says.
    """
    count = len(events)
    place = np.arange(count)[:, None] - 1 - np.arange(HISTORY)  # N, K
    known = place >= 0
    place = np.maximum(place, 0)
    after_break = breaks_s > 0
    habits = place_features(events[:, :2]) if places is None else places
    past = _Past(events[place], after_break[place] & known, known, habits)
    clocks = np.stack(_clocks(events, roles, breaks_s), axis=-1)
    return _assemble(past, roles, clocks, breaks_s)


def _clocks(events: Floats, roles: Ints, breaks_s: Floats) -> Sequence[Floats]:
    """Time in role and time in sight at each event, (N,) each: sums that start anew."""
    _, duration_s, pause_s = decode_events(events.astype(np.float64))
    spent = duration_s + np.where(breaks_s > 0, 0.0, pause_s)
    before = np.concatenate(((0.0,), spent[:-1]))
    new_role = np.concatenate(((True,), roles[1:] != roles[:-1]))
    in_role = _sum_since(before + breaks_s, new_role)
    return in_role, _sum_since(before, breaks_s > 0)


def _sum_since(steps: Floats, restart: Bools) -> Floats:
    """Running sum (N,) that is zero wherever it restarts."""
    total = np.cumsum(steps)
    first = np.maximum.accumulate(np.where(restart, np.arange(len(steps)), 0))
    return np.asarray(total - total[first], np.float64)
