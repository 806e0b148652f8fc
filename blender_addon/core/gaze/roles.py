"""Who talks when, as the roles that the gaze network knows."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..sound.voice_activity import RATE_HZ, VoiceActivity, close_gaps, drop_short
from .events import ROLES

SPEAKING: Final = ROLES.index("speaking")
LISTENING: Final = ROLES.index("listening")
DIALOGUE: Final = ROLES.index("dialogue")

_OTHERS_TURN_S: Final = 1.5
_EXCHANGE_S: Final = 5.0
_EXCHANGE_CHANGES: Final = 3
_OVERLAP_S: Final = 0.5


def roles_over_time(
    own: VoiceActivity | None, partner: VoiceActivity | None, times_s: Floats
) -> Ints:
    """Conversational role at each moment.

    Who talks is speaking, whose partner talks is listening; both at once for half a second, or at
    least three changes of turn within five seconds, is a dialogue; silence keeps the last role.
    Before the first word a character listens. Where only one track is given, its pauses of more
    than 1.5 s are taken as the other's turn.

    Args:
        own: the character's own track; None if there is none.
        partner: the other's track; None if there is none.
        times_s: (T,) rising, relative to both tracks' start.

    Returns:
        (T,) numbers into ``ROLES``; all dialogue where no track is given.
    """
    times = np.asarray(times_s, np.float64)
    if (own is None and partner is None) or not len(times):
        return np.full(len(times), DIALOGUE, np.int64)
    grid = _grid(times)
    mine, theirs = _voices(own, partner, grid)
    both = drop_short(mine & theirs, _OVERLAP_S)
    turn = np.where(mine & ~theirs, SPEAKING, np.where(theirs & ~mine, LISTENING, -1))
    turn = _keep_last(turn, LISTENING)
    roles = np.where(_is_rapid(turn) | both, DIALOGUE, turn)
    return np.asarray(roles[np.searchsorted(grid, times - 0.5 / RATE_HZ)], np.int64)


def turns_over_time(
    own: VoiceActivity | None, partner: VoiceActivity | None, times_s: Floats
) -> Ints:
    """Whose turn it is at each moment, in rapid exchange as well.

    A turn reaches from its first word to its last before the other's turn; pauses within it belong
    to it, those between two turns to nobody. What is said while the other talks, or takes less than
    half a second, is no turn.

    Args:
        own, partner, times_s: as for roles_over_time.

    Returns:
        (T,) 1 the own turn, −1 the partner's, 0 nobody's; all 0 where no track is given.
    """
    times = np.asarray(times_s, np.float64)
    if (own is None and partner is None) or not len(times):
        return np.zeros(len(times), np.int64)
    grid = _grid(times)
    mine, theirs = _voices(own, partner, grid)
    alone = [
        drop_short(one & ~other, _OVERLAP_S) for one, other in ((mine, theirs), (theirs, mine))
    ]
    holder = _keep_last(np.where(alone[0], 1, np.where(alone[1], 0, -1)), -1)
    turns = np.zeros(len(grid), np.int64)
    for value, who, talks in ((1, 1, mine), (-1, 0, theirs)):
        turns[_first_to_last(holder == who, talks)] = value
    return np.asarray(turns[np.searchsorted(grid, times - 0.5 / RATE_HZ)])


def _first_to_last(held: Bools, talks: Bools) -> Bools:
    """(N,) within each stretch that is held, from the first moment of talk to the last."""
    run = np.cumsum(np.concatenate(([held[0]], held[1:] != held[:-1])))
    said = held & talks
    found = np.zeros(len(held), np.bool_)
    for number in np.unique(run[said]):
        at = np.flatnonzero(said & (run == number))
        found[at[0] : at[-1] + 1] = True
    return found


def _grid(times: Floats) -> Floats:
    """Times of its own, so that what counts as rapid does not depend on the frame rate."""
    start, stop = times.min() - _EXCHANGE_S, times.max() + _EXCHANGE_S
    return np.arange(start, stop + 1 / RATE_HZ, 1 / RATE_HZ)


def _voices(
    own: VoiceActivity | None, partner: VoiceActivity | None, grid: Floats
) -> tuple[Bools, Bools]:
    """Whether each of the two talks at the grid's times."""
    mine = None if own is None else own.speaking_at(grid)
    theirs = None if partner is None else partner.speaking_at(grid)
    if mine is None and theirs is not None:
        mine = ~close_gaps(theirs, _OTHERS_TURN_S)
    if theirs is None and mine is not None:
        theirs = ~close_gaps(mine, _OTHERS_TURN_S)
    silent = np.zeros(len(grid), bool)
    return silent if mine is None else mine, silent if theirs is None else theirs


def _keep_last(turn: Ints, first: int) -> Ints:
    """Replace −1 by the entry before it."""
    at = np.where(turn >= 0, np.arange(len(turn)), -1)
    at = np.maximum.accumulate(at)
    return np.where(at >= 0, turn[np.maximum(at, 0)], first)


def _is_rapid(turn: Ints) -> Bools:
    """(N,) three changes or more within the five seconds around."""
    changes = np.concatenate(([0, 0], np.cumsum(np.diff(turn) != 0)))
    half = int(0.5 * _EXCHANGE_S * RATE_HZ)
    at = np.arange(len(turn))
    after = changes[np.minimum(at + half, len(turn))]
    return np.asarray(after - changes[np.maximum(at - half, 0)] >= _EXCHANGE_CHANGES)
