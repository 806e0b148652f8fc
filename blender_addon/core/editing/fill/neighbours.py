"""For every frame of every channel the nearest known frames before and after it.

A channel is a joint's rotation or the root's position: some frames of it are known, the others are
to be filled. Arrays are (B, T, K): windows, frames, channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...conventions import Bools, Ints

NONE = -1
"""There is no such frame."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Known frames around every frame, each (B, T, K); −1 for none.

    Args:
        before: the last known frame up to this one, the frame itself where it is known.
        earlier: the last known one before ``before``.
        after: the first known frame from this one on.
        later: the first known one after ``after``.
    """

    before: Ints
    earlier: Ints
    after: Ints
    later: Ints

    @property
    def since(self) -> Ints:
        """(B, T, K) frames since the last known one; 0 where known, −1 for none."""
        return np.where(self.before < 0, NONE, _frames(self.before) - self.before)

    @property
    def until(self) -> Ints:
        """(B, T, K) frames until the next known one; 0 where known, −1 for none."""
        return np.where(self.after < 0, NONE, self.after - _frames(self.after))

    @property
    def speed_before(self) -> Bools:
        """(B, T, K) whether the frame right before ``before`` is known, and so the speed there."""
        known = (self.before >= 0) & (self.earlier >= 0) & (self.earlier == self.before - 1)
        return np.asarray(known)

    @property
    def speed_after(self) -> Bools:
        """(B, T, K) whether the frame right after ``after`` is known, and so the speed there."""
        known = (self.after >= 0) & (self.later >= 0) & (self.later == self.after + 1)
        return np.asarray(known)


def find_neighbours(known: Bools) -> Neighbours:
    """Known frames around every frame.

    Args:
        known: (B, T, K) which values are known.
    """
    count = known.shape[1]
    before, earlier = _last_two(known)
    mirrored = [count - 1 - each for each in _last_two(known[:, ::-1])]
    after, later = (np.where(each >= count, NONE, each)[:, ::-1] for each in mirrored)
    return Neighbours(before, earlier, after, later)


def _last_two(known: Bools) -> tuple[Ints, Ints]:
    frames = _frames(known)
    last = np.maximum.accumulate(np.where(known, frames, NONE), axis=1)
    # What was the last one just before each known frame, seen from there on.
    previous = np.concatenate((np.full_like(last[:, :1], NONE), last[:, :-1]), axis=1)
    earlier = np.take_along_axis(previous, np.maximum(last, 0), axis=1)
    return last, np.where(last < 0, NONE, earlier)


def _frames(like: Bools | Ints) -> Ints:
    return np.broadcast_to(np.arange(like.shape[1])[None, :, None], like.shape)
