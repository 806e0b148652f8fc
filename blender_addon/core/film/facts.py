"""What is known of a film, and how its pictures are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(H, W, 3) red, green, blue; the first row is the upper one, as a person would see it."""


@dataclass(frozen=True, eq=False)
class FilmFacts:
    """What is known of a film before a picture of it is read.

    Args:
        name: for messages.
        size_px: width and height of a picture as it is shown, so after the film's rotation flag.
        frame_rate_hz: pictures a second; the mean, where the rate varies.
        frame_count: how many pictures there are; those that are missing are counted.
        missing: pictures that are not there: holes of an image sequence.
    """

    name: str
    size_px: tuple[int, int]
    frame_rate_hz: float
    frame_count: int
    missing: frozenset[int] = frozenset()


class FilmReader(Protocol):
    """Reads the pictures of a film one after the other, however long it is."""

    facts: FilmFacts

    def pictures(self, first: int, last: int) -> Iterator[Picture | None]:
        """Pictures from one to another, both included, counted from 0; None where one is missing.

        Raises:
            FilmError: a picture cannot be read.
        """
        ...
