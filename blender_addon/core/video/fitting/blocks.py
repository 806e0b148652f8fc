"""A long film in stretches that overlap, so that work on it needs little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotations import make_continuous, quaternion_nlerp
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.skeleton import Skeleton

BLOCK_S: Final = 60.0
MARGIN_S: Final = 4.0
"""What is seen beyond a stretch: more than any filter or stance looks around."""
FADE_S: Final = 1.0


@dataclass(frozen=True)
class Block:
    """A stretch of frames.

    Args:
        first, stop: what is looked at.
        own_first, own_stop: what it is for.
    """

    first: int
    stop: int
    own_first: int
    own_stop: int

    @property
    def seen(self) -> slice:
        """What is looked at."""
        return slice(self.first, self.stop)


def blocks_of(count: int, rate_hz: float) -> Iterator[Block]:
    """Stretches that together own every frame of a film once."""
    length, margin = max(round(BLOCK_S * rate_hz), 1), round(MARGIN_S * rate_hz)
    number = max(-(-count // length), 1) if count > length + 2 * margin else 1
    edges = [count * n // number for n in range(number + 1)]
    for start, stop in pairwise(edges):
        yield Block(max(start - margin, 0), min(stop + margin, count), start, stop)


class Track:
    """The motion of a whole film, to which stretches are brought.

    Args:
        skeleton: J joints.
        frame_rate_hz: frames a second.
        count: T frames.
    """

    def __init__(self, skeleton: Skeleton, frame_rate_hz: float, count: int) -> None:
        self._skeleton, self._rate = skeleton, frame_rate_hz
        self._root = np.zeros((count, 3), np.float32)
        self._turns = np.zeros((count, skeleton.joint_count, 4), np.float32)
        self._turns[..., 0] = 1.0
        self._contacts = np.zeros((count, 4), bool)

    def put(self, clip: MotionClip, first: int, shares: Floats) -> None:
        """Bring a stretch, blended with what is there.

        Args:
            clip: K frames.
            first: frame of the film that its first one is.
            shares: (K,) 0 … 1 of the new; where it is 0 or 1 every bit is kept.
        """
        part = slice(first, first + clip.frame_count)
        share = shares.astype(np.float32)[:, None]
        root, turns = self._root[part], self._turns[part]
        blend = root + share * (clip.root_positions - root)
        self._root[part] = np.where(share >= 1.0, clip.root_positions, blend)
        bent = quaternion_nlerp(turns, clip.rotations_wxyz, share)
        bent = np.where(share[..., None] <= 0.0, turns, bent)
        self._turns[part] = np.where(share[..., None] >= 1.0, clip.rotations_wxyz, bent)
        if clip.contacts is not None:
            self._contacts[part] = np.where(share < 0.5, self._contacts[part], clip.contacts)

    def clip(self) -> MotionClip:
        """The whole."""
        turns = make_continuous(self._turns)
        return MotionClip(self._skeleton, self._rate, self._root, turns, self._contacts)


def taking_over(block: Block, rate_hz: float) -> Floats:
    """(K,) shares of a stretch's frames: it takes over around the first that is its own."""
    frames = np.arange(block.first, block.stop)
    if block.own_first == 0:
        return np.ones(len(frames))
    fade = max(FADE_S * rate_hz, 1.0)
    return smoothstep((frames - block.own_first) / fade + 0.5)
