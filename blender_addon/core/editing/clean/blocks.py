"""A long capture in blocks that overlap, so that work on it needs little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.smoothing import smoothstep
from .tracks import ROOT

BLOCK_S: Final = 60.0
MARGIN_S: Final = 6.0
"""What is seen beyond a block: more than any filter, network or stance looks around."""
_FADE_S: Final = 1.0


@dataclass(frozen=True)
class Block:
    """A stretch of frames.

    Args:
        first, stop: what is seen.
        own_first, own_stop: what is this block's own, without any other one's.
        fade: frames at the beginning of its own over which it takes over from the block before.
        share: how much of the whole is done after it.
    """

    first: int
    stop: int
    own_first: int
    own_stop: int
    fade: int
    share: float

    @property
    def seen(self) -> slice:
        """What is seen."""
        return slice(self.first, self.stop)

    @property
    def own(self) -> slice:
        """Its own frames among those of the clip."""
        return slice(self.own_first, self.own_stop)

    @property
    def inner(self) -> slice:
        """Its own frames among those that it sees."""
        return slice(self.own_first - self.first, self.own_stop - self.first)


def blocks_of(count: int, rate_hz: float) -> Iterator[Block]:
    """Blocks that together own every frame once.

    Args:
        count: frames of the clip.
        rate_hz: frames per second.
    """
    length, margin = round(BLOCK_S * rate_hz), round(MARGIN_S * rate_hz)
    if count <= length + 2 * margin:
        yield Block(0, count, 0, count, 0, 1.0)
        return
    number = -(-count // length)
    edges = [count * n // number for n in range(number + 1)]
    for start, stop in pairwise(edges):
        fade = round(_FADE_S * rate_hz) if start else 0
        first, last = max(start - margin, 0), min(stop + margin, count)
        yield Block(first, last, start, stop, fade, stop / count)


def write_block(target: Floats, values: Floats, block: Block, before: Floats | None) -> Floats:
    """Put a block's own frames into the whole, faded over from what the last block saw there.

    Args:
        target: (T, 1 + J, 4) tracks of the whole, changed.
        values: what the block made of the frames it sees.
        block: see there.
        before: what the block before this one gave back; None for the first.

    Returns:
        What this block made of the first frames of the next one.
    """
    own = values[block.inner].copy()
    if before is not None and block.fade:
        fade = min(block.fade, len(before), len(own))
        at = np.arange(1, fade + 1, dtype=np.float32) / (fade + 1)
        share = smoothstep(at)[:, None, None].astype(values.dtype)
        opposed = np.sum(own[:fade] * before[:fade], axis=-1, keepdims=True) < 0.0
        opposed[:, ROOT] = False
        past = np.where(opposed, -before[:fade], before[:fade])
        own[:fade] = past + share * (own[:fade] - past)
    target[block.own] = own
    return values[block.inner.stop :].copy()
