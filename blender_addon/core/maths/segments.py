"""Motions of several lengths laid end to end along time, so that one call treats them all.

Frame by frame nothing changes by it; what looks at neighbouring frames must not look across the
border between two motions, and this is what knows where those are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from .smoothing import gaussian_kernel, weighted_window, window_maximum

_FAR: Final = 2**40
"""More frames than any motion has."""

FRAMES_AT_ONCE: Final = 4096
"""Frames of several motions that are treated together: enough that a call is worth it, few
enough that they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Segments:
    """S motions end to end, N frames in all.

    Args:
        lengths: (S,) frames of each, none of them 0.
    """

    lengths: Ints

    @classmethod
    def of(cls, *lengths: int) -> Segments:
        """Motions of so many frames each."""
        return cls(np.array(lengths, np.int64))

    @cached_property
    def stops(self) -> Ints:
        """(S,) one past the last frame of each."""
        return np.cumsum(self.lengths)

    @cached_property
    def starts(self) -> Ints:
        """(S,) first frame of each."""
        return self.stops - self.lengths

    @cached_property
    def first(self) -> Ints:
        """(N,) first frame of the motion that a frame belongs to."""
        return np.repeat(self.starts, self.lengths)

    @cached_property
    def last(self) -> Ints:
        """(N,) last frame of the motion that a frame belongs to."""
        return np.repeat(self.stops - 1, self.lengths)

    @cached_property
    def frames(self) -> Ints:
        """(N,) frame numbers."""
        return np.arange(len(self.first))

    def lengths_of(self, frames: Ints) -> Ints:
        """Frames of the motions that some frames belong to."""
        return self.last[frames] - self.first[frames] + 1

    def slices(self) -> list[slice]:
        """Where each motion lies."""
        return [slice(*pair) for pair in zip(self.starts, self.stops, strict=True)]

    def padded(self, radius: int) -> tuple[Ints, Ints]:
        """Frames to take so that each motion holds its first and last value for a while.

        Returns:
            (N + 2·radius·S,) frames to take, and (N,) where each frame is then found, less
            ``radius``: its window of 2·radius + 1 values begins there.
        """
        if radius not in self._paddings:
            before = 2 * radius * np.repeat(np.arange(len(self.lengths)), self.lengths)
            longer = Segments(self.lengths + 2 * radius)
            shift = np.repeat(self.starts - longer.starts - radius, longer.lengths)
            first = np.repeat(self.starts, longer.lengths)
            last = np.repeat(self.stops - 1, longer.lengths)
            taken = np.minimum(np.maximum(longer.frames + shift, first), last)
            self._paddings[radius] = taken, self.frames + before
        return self._paddings[radius]

    @cached_property
    def _paddings(self) -> dict[int, tuple[Ints, Ints]]:
        return {}

    def smooth(self, values: Floats, sigma_frames: float) -> Floats:
        """``gaussian_smooth`` of each motion's values (N,)."""
        kernel = gaussian_kernel(sigma_frames)
        taken, found = self.padded(len(kernel) // 2)
        smooth = weighted_window(values[taken].astype(np.float64), kernel)
        return np.asarray(smooth[found], values.dtype)

    def running_maximum(self, values: Floats, radius_frames: int) -> Floats:
        """``running_maximum`` of each motion's values (N,)."""
        taken, found = self.padded(radius_frames)
        return window_maximum(values[taken], 2 * radius_frames + 1)[found]

    def gradient(self, values: Floats) -> Floats:
        """``np.gradient`` along time of each motion's values (N, ...); of one frame alone 0."""
        before, after = self._neighbours
        steps = values[after] - values[before]
        # Halves are exact: a whole step times its share is what np.gradient gives.
        shares = (1.0 / np.maximum(after - before, 1)).astype(values.dtype)
        return np.asarray(steps * shares.reshape(-1, *[1] * (values.ndim - 1)))

    @cached_property
    def _neighbours(self) -> tuple[Ints, Ints]:
        """(N,) the frame before and the one after, of an end itself."""
        before = np.maximum(self.frames - 1, self.first)
        return before, np.minimum(self.frames + 1, self.last)

    def majority(self, flags: Bools, frames: int) -> Bools:
        """Running majority of flags (N, C) over an odd number of frames, motion by motion."""
        taken, found = self.padded(frames // 2)
        sums = np.cumsum(flags[taken], axis=0, dtype=np.int32)
        sums = np.concatenate((np.zeros_like(sums[:1]), sums))
        return np.asarray(sums[found + frames] - sums[found] > frames // 2)

    def frames_to(self, flags: Bools) -> Ints:
        """(N,) frames from each to the nearest true one of its motion; very many where none is."""
        before = np.maximum.accumulate(np.where(flags, self.frames, -_FAR))
        after = np.minimum.accumulate(np.where(flags, self.frames, _FAR)[::-1])[::-1]
        since = np.where(before >= self.first, self.frames - before, _FAR)
        until = np.where(after <= self.last, after - self.frames, _FAR)
        return np.minimum(since, until)

    def spans(self, flags: Bools) -> Spans:
        """Runs of true values in (N,), none of them across a border."""
        before, after = np.zeros_like(flags), np.zeros_like(flags)
        before[1:], after[:-1] = flags[:-1], flags[1:]
        before[self.starts], after[self.stops - 1] = False, False
        return Spans(np.flatnonzero(flags & ~before), np.flatnonzero(flags & ~after) + 1)


@dataclass(frozen=True, eq=False)
class Spans:
    """K runs of frames in the order of time, apart from one another.

    Args:
        starts, stops: (K,) half-open.
    """

    starts: Ints
    stops: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, chosen: Ints | Bools) -> Spans:
        """Some of them."""
        return Spans(self.starts[chosen], self.stops[chosen])

    @property
    def lengths(self) -> Ints:
        """(K,) frames of each."""
        return self.stops - self.starts

    @cached_property
    def owner(self) -> Ints:
        """(M,) the run that each of all their frames belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def frames(self) -> Ints:
        """(M,) all their frames."""
        begins = np.cumsum(self.lengths) - self.lengths
        return np.asarray(np.arange(len(self.owner)) + (self.starts - begins)[self.owner])

    def mask(self, count: int) -> Bools:
        """(N,) true in all of them."""
        flags = np.zeros(count, bool)
        flags[self.frames] = True
        return flags

    def means(self, values: Floats) -> Floats:
        """(K, ...) mean of values (N, ...) in each."""
        if not len(self):
            return np.zeros_like(values, shape=(0, *values.shape[1:]))
        begins = np.cumsum(self.lengths) - self.lengths
        # Kilometres from the origin, sums of float32 would lose millimetres.
        sums = np.add.reduceat(values[self.frames], begins, axis=0, dtype=np.float64)
        means = sums / self.lengths.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(means, values.dtype)

    def maxima(self, values: Floats) -> Floats:
        """(K,) largest of values (N,) in each; none of them may be empty."""
        if not len(self):
            return np.zeros(0, values.dtype)
        begins = np.cumsum(self.lengths) - self.lengths
        return np.asarray(np.maximum.reduceat(values[self.frames], begins))


def turns(linked: Sequence[bool] | Bools) -> list[Ints]:
    """Items in an order in which each comes after the one before it that it is linked to.

    Args:
        linked: (K,) whether an item needs the one before it to be done.

    Returns:
        Groups of items; those of one group can be done at once.
    """
    flags = np.asarray(linked, bool)
    numbers = np.arange(len(flags))
    depth = numbers - np.maximum.accumulate(np.where(flags, 0, numbers))
    order = np.argsort(depth, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(depth[order])) + 1) if len(flags) else []


def batches(lengths: Sequence[int], at_once: int = FRAMES_AT_ONCE) -> Iterator[list[int]]:
    """Numbers of items in their order, together as long as they have ``at_once`` frames at most."""
    batch: list[int] = []
    for number, frames in enumerate(lengths):
        if batch and sum(lengths[n] for n in batch) + frames > at_once:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
