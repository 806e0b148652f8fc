"""From frames of the model's time to frames of true time.

Sixty frames a second of either are not the same: a horse's second is 0.57 of the model's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Bools, Floats, Ints

_SAME_FRAME = 1e-6


@dataclass(frozen=True, eq=False)
class TrueTime:
    """Where N frames of true time lie among T frames of the model's.

    Args:
        before: (N,) the model's frame at or before each.
        part: (N,) 0 … 1 how far each is towards the next one.
        count: T.
    """

    before: Ints
    part: Floats
    count: int

    @classmethod
    def of(cls, frame_count: int, time_factor: float) -> TrueTime:
        """All frames of true time within T of the model's; a second is ``time_factor`` of its."""
        number = int(np.floor((frame_count - 1) / time_factor + _SAME_FRAME)) + 1
        return cls.at(np.arange(number) * time_factor, frame_count)

    @classmethod
    def at(cls, frames: Floats, frame_count: int) -> TrueTime:
        """Of places (N,) among T frames."""
        last = max(frame_count - 2, 0)
        before = np.clip(np.floor(frames + _SAME_FRAME).astype(np.int64), 0, last)
        part = np.clip(frames - before, 0.0, min(frame_count - 1.0, 1.0))
        return cls(before, part.astype(np.float32), frame_count)

    def smooth(self, values: Floats) -> Floats:
        """(N, …) of values (T, …) on a curve through them, as smooth as they are.

        Source: Catmull & Rom 1974.
        """
        return self._hermite(values, np.gradient(values, axis=0) if self.count > 1 else values * 0)

    def held(self, places: Floats, held: Bools) -> Floats:
        """(N, C, 3) of places (T, C, 3) that stay exactly where they are held (T, C).

        No coordinate goes beyond those of its neighbours, so that nothing dips into the ground.

        Source: Fritsch & Carlson 1980, *Monotone piecewise cubic interpolation*.
        """
        if self.count < 2:
            return places[self.before]
        steps = np.diff(places, axis=0)
        before = np.concatenate((steps[:1], steps))
        after = np.concatenate((steps, steps[-1:]))
        most = 3.0 * np.minimum(np.abs(before), np.abs(after))
        slopes = np.clip(0.5 * (before + after), -most, most)
        still = held[..., None] | (before * after <= 0.0)
        return self._hermite(places, np.where(still, 0.0, slopes).astype(places.dtype))

    def all(self, flags: Bools) -> Bools:
        """(N, C) where flags (T, C) are true before and after."""
        after = np.minimum(self.before + (self.part > _SAME_FRAME), self.count - 1)
        before = np.where(self.part < 1.0 - _SAME_FRAME, self.before, after)
        return np.asarray(flags[before] & flags[after])

    def _hermite(self, values: Floats, slopes: Floats) -> Floats:
        after = np.minimum(self.before + 1, self.count - 1)
        u = self.part.reshape(-1, *[1] * (values.ndim - 1))
        v = 1.0 - u
        start, end = values[self.before], values[after]
        between = start + u * u * (3.0 - 2.0 * u) * (end - start)
        between = between + u * v * (v * slopes[self.before] - u * slopes[after])
        return np.asarray(between, values.dtype)
