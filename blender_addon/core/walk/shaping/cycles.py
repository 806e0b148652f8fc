"""Means over a stride: what a swing, a sway or a bounce is measured against."""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol

import numpy as np

from ...conventions import Floats
from ...maths.segments import Segments

_CYCLE_FRAMES: Final = 63
"""About a stride at walking speed, odd."""
_NEAR_FRAMES: Final = 4
_NEAR_SIGMA: Final = 3.0
_FALL: Final = 0.5
_RISE: Final = 0.12
_EASE: Final = 0.2


class Cycles(Protocol):
    """Looks at the frames around one."""

    def mean(self, name: str, values: Floats) -> Floats:
        """(N, ...) mean over a stride of values (N, ...), known by a name."""

    def lowest(self, name: str, values: Floats) -> Floats:
        """(N,) smooth, about as low as the lowest of the values (N,) near by."""

    def smooth(self, name: str, values: Floats) -> Floats:
        """(N,) values without jumps."""


class WholeCycles:
    """Of motions known from end to end: a window around every frame, a stride to both sides.

    Args:
        motions: end to end.
    """

    def __init__(self, motions: Segments) -> None:
        self._motions = motions

    def mean(self, name: str, values: Floats) -> Floats:
        """Two running means over a stride, one of the other."""
        taken, found = self._motions.padded(_CYCLE_FRAMES - 1)
        twice = _running_mean(_running_mean(values[taken]))
        return np.asarray(twice[found], values.dtype)

    def lowest(self, name: str, values: Floats) -> Floats:
        """Running minimum, smoothed."""
        low = -self._motions.running_maximum(-values, _NEAR_FRAMES)
        return self._motions.smooth(low, _NEAR_SIGMA)

    def smooth(self, name: str, values: Floats) -> Floats:
        """Gaussian."""
        return self._motions.smooth(values, _NEAR_SIGMA)


class TrailingCycles:
    """Of a motion whose future nobody knows: the stride behind. One frame a call."""

    def __init__(self) -> None:
        self._behind: dict[str, deque[Floats]] = {}
        self._last: dict[str, Floats] = {}

    def mean(self, name: str, values: Floats) -> Floats:
        """Mean of the last frames, as many as a stride has."""
        behind = self._behind.setdefault(name, deque(maxlen=_CYCLE_FRAMES))
        behind.append(values)
        return np.asarray(np.mean(behind, axis=0), values.dtype)

    def lowest(self, name: str, values: Floats) -> Floats:
        """Falls at once, rises slowly."""
        last = self._last.get(name, values)
        self._last[name] = last + np.where(values < last, _FALL, _RISE) * (values - last)
        return self._last[name]

    def smooth(self, name: str, values: Floats) -> Floats:
        """Follows with a short delay."""
        last = self._last.get(name, values)
        self._last[name] = last + _EASE * (values - last)
        return self._last[name]


def _running_mean(values: Floats) -> Floats:
    """(N − W + 1, ...) means of the W frames from each on."""
    sums = np.cumsum(values, axis=0, dtype=np.float64)
    sums = np.concatenate((np.zeros_like(sums[:1]), sums))
    return np.asarray((sums[_CYCLE_FRAMES:] - sums[:-_CYCLE_FRAMES]) / _CYCLE_FRAMES)
