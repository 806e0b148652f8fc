"""Whose turn it is to talk, and what the eyes do about it.

Who ends a turn looks at the partner, to see whether they take over; who begins one looks away while
putting the words together. The network knows of roles alone, which say nothing of the moment at
which a turn passes: the conversations it learned from were recorded role by role, with a gap
between. So this is a rule.

Source: Kendon 1967, *Some functions of gaze-direction in social interaction* (looks at the end and
at the beginning of long utterances); Ho, Foulsham, Kingstone 2015, *Speaking and listening with the
eyes* (that people end turns with a look at the other). Times and strengths are our choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from .attraction import share_on_face
from .events import Mixture
from .roles import LISTENING, SPEAKING

OWN_TURN: Final = 1
PARTNERS_TURN: Final = -1
NO_TURN: Final = 0

_ENDING_S: Final = 1.8
"""So long before its end a turn draws the eyes to the partner."""
_BEGINNING_S: Final = (-0.3, 1.6)
"""Around the beginning of a turn the eyes leave the partner."""
_SHORTEST_TURN_S: Final = 2.5
"""A word or two is no turn that anyone would prepare or hand over."""
_LOG_ODDS_ENDING: Final = 2.0
_LOG_ODDS_BEGINNING: Final = -2.5
_AHEAD_S: Final = 0.15
"""A look is decided for its middle, so long after it may begin."""


def turns_of_roles(roles: Ints) -> Ints:
    """Turns (T,) where nothing but roles (T,) is known: speaking is one's own, listening theirs."""
    theirs = np.where(roles == LISTENING, PARTNERS_TURN, NO_TURN)
    return np.asarray(np.where(roles == SPEAKING, OWN_TURN, theirs), np.int64)


def pulls_to_partner(turns: Ints) -> Floats:
    """Log odds (T,) by which each frame's turn draws the eyes to the partner, or away if negative.

    A turn that is cut off by the first or last frame has no beginning or end there.

    Args:
        turns: (T,) OWN_TURN, PARTNERS_TURN or NO_TURN at 60 Hz.
    """
    own = np.concatenate(([False], np.asarray(turns) == OWN_TURN, [False]))
    edges = np.flatnonzero(own[1:] != own[:-1])
    pulls = np.zeros(len(turns))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        cut_off = first == 0 or end == len(turns)
        if not cut_off and end - first < _SHORTEST_TURN_S * MODEL_FRAME_RATE_HZ:
            continue
        ending, before, after = (
            round(seconds * MODEL_FRAME_RATE_HZ) for seconds in (_ENDING_S, *_BEGINNING_S)
        )
        middle = (first + end) // 2
        if first > 0:
            pulls[max(first + before, 0) : min(first + after, middle)] = _LOG_ODDS_BEGINNING
        if end < len(turns):
            pulls[max(end - ending, middle) : end] = _LOG_ODDS_ENDING
    return pulls


class TurnTaking:
    """The pull of their turns on B characters.

    Args:
        turns: of each, (T,).
    """

    def __init__(self, turns: Sequence[Ints]) -> None:
        self._pulls = np.zeros((len(turns), max(len(each) for each in turns)), np.float32)
        for row, each in enumerate(turns):
            self._pulls[row, : len(each)] = pulls_to_partner(each)

    def at(self, time_s: Floats) -> Floats:
        """Log odds (B,) for looks that may begin at times (B,)."""
        frame = np.floor((time_s + _AHEAD_S) * MODEL_FRAME_RATE_HZ).astype(np.int64)
        within = (frame >= 0) & (frame < self._pulls.shape[1])
        rows = np.arange(len(self._pulls))
        found = self._pulls[rows, np.clip(frame, 0, self._pulls.shape[1] - 1)]
        return np.where(within, found, 0.0).astype(np.float64)


def pull_mixture(mixture: Mixture, log_odds: Floats) -> Mixture:
    """The mixture with looks at the partner's face so much likelier for each character (B,)."""
    if not log_odds.any():
        return mixture
    pull = log_odds[:, None] * share_on_face(mixture)
    return replace(mixture, log_weights=mixture.log_weights + pull)
