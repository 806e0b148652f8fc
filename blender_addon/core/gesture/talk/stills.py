"""Where a hand is still, and when: what is asked of whatever moves the arms between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...conventions import Bools, Floats
from ...maths.smoothing import smoothstep
from .upper_body import REST_WRISTS


@dataclass(frozen=True, eq=False)
class Still:
    """A span in which a hand comes to rest, or only turns back.

    Args:
        start, stop: first and last frame; the same where it turns back at once.
        place: (3,) of the wrist from the chest joint, metres.
        drift: (3,) by which it has moved at the end of the span.
        hangs: whether the arm hangs at rest.
    """

    start: int
    stop: int
    place: Floats
    drift: Floats
    hangs: bool = False

    @property
    def last_place(self) -> Floats:
        """(3,) of the wrist at the end."""
        return np.asarray(self.place + self.drift)


Arm = tuple[Still, ...]


@dataclass(frozen=True, eq=False)
class ArmPlan:
    """All stills of both arms over T frames.

    Args:
        frame_count: T.
        arms: left and right, in order of time, from the first frame to the last.
    """

    frame_count: int
    arms: tuple[Arm, Arm]

    def held(self) -> Floats:
        """(T, 2) 1 where a hand is still, else 0."""
        held = np.zeros((self.frame_count, 2), np.float32)
        for side, arm in enumerate(self.arms):
            for still in arm:
                held[still.start : still.stop + 1, side] = 1.0
        return held

    def hanging(self) -> Bools:
        """(T, 2) where an arm hangs at rest."""
        hanging = np.zeros((self.frame_count, 2), np.bool_)
        for side, arm in enumerate(self.arms):
            for still in arm:
                if still.hangs:
                    hanging[still.start : still.stop + 1, side] = True
        return hanging

    def places(self) -> Floats:
        """(T, 2, 3) where the wrists are while still; between stills on the straight way."""
        return np.stack([over_time(arm, _places(arm), self.frame_count) for arm in self.arms], 1)


def _places(arm: Arm) -> Floats:
    return np.array([[still.place, still.last_place] for still in arm])


def over_time(arm: Sequence[Still], values: Floats, frame_count: int) -> Floats:
    """Values at the beginning and end of each still, and between them without a kink.

    Args:
        arm: N stills.
        values: (N, 2, ...).
        frame_count: T.

    Returns:
        (T, ...).
    """
    out = np.zeros((frame_count, *values.shape[2:]), np.float32)
    trail = (1,) * (values.ndim - 2)
    for still, (first, last) in zip(arm, values, strict=True):
        share = np.linspace(0.0, 1.0, still.stop - still.start + 1).reshape(-1, *trail)
        out[still.start : still.stop + 1] = first + share * (last - first)
    for (before, after), first, last in zip(
        pairwise(arm), values[:-1, 1], values[1:, 0], strict=True
    ):
        count = after.start - before.stop
        share = smoothstep(np.arange(1, count) / max(count, 1)).reshape(-1, *trail)
        out[before.stop + 1 : after.start] = first + share * (last - first)
    return out


def at_rest(side: int, start: int, stop: int) -> Still:
    """An arm that hangs from one frame to another."""
    return Still(start, stop, REST_WRISTS[side], np.zeros(3), hangs=True)
