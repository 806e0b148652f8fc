"""What a tracker saw of one person in a film, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats


class Seen(IntEnum):
    """How sure it is that the person is in a picture."""

    EMPTY = 0
    """Nobody: neither the detector nor the landmarks agree that there is a person."""
    GUESSED = 1
    """A person is there, or was a moment ago, but hidden, cut off or in doubt."""
    FOUND = 2


@dataclass(frozen=True)
class Pin:
    """A joint's place in one picture, set by hand: it counts as certain.

    Args:
        frame: of the film, counted from 0.
        joint: index in ``points.JOINTS``.
        point_px: x and y in the picture.
    """

    frame: int
    joint: int
    point_px: tuple[float, float]


@dataclass(frozen=True)
class PersonChoice:
    """Which of several people: the one under a point of one picture.

    Args:
        frame: of the film, counted from 0.
        point_px: x and y in the picture.
    """

    frame: int
    point_px: tuple[float, float]


@dataclass(frozen=True, eq=False)
class TrackedPerson:
    """One person over the T pictures of a part of a film.

    Args:
        first_frame: of the film, which index 0 here is.
        frame_rate_hz: pictures a second, steady.
        size_px: width and height of a picture.
        points_px: (T, 33, 2) landmarks in the picture; NaN where ``seen`` is EMPTY.
        visibility: (T, 33) 0 … 1: how likely a landmark is in the picture and not hidden; 0 where
            EMPTY.
        presence: (T,) 0 … 1, the network's own belief that there is a person.
        world_m: (T, 33, 3) the network's own places in space, camera axes (x right, y down, z
            ahead), middle of the hips at 0; NaN where EMPTY.
        seen: (T,) uint8, values of ``Seen``.
        crops_px: (T, 4) centre x, centre y, side, rotation in radians of the square that was looked
            at; NaN where there was none.
        notes: what the user should know.
    """

    first_frame: int
    frame_rate_hz: float
    size_px: tuple[int, int]
    points_px: Floats
    visibility: Floats
    presence: Floats
    world_m: Floats
    seen: NDArray[np.uint8]
    crops_px: Floats
    notes: Sequence[str] = ()

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.seen)


@dataclass(frozen=True, eq=False)
class LiftedBody:
    """The fourteen joints in space over the T pictures of a tracked person.

    Args:
        joints_m: (T, 14, 3) camera axes, middle of the hips at 0; filled in where nobody was seen.
        confidence: (T, 14) 0 … 1; 0 where it is filled in.
    """

    joints_m: Floats
    confidence: Floats
