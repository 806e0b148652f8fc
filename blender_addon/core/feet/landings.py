"""When each foot comes down and goes up."""

from __future__ import annotations

from typing import Final

from ..conventions import Bools
from .contacts import spans

_SIDES: Final = (("L", (0, 1)), ("R", (2, 3)))
DOWN: Final = "down"
UP: Final = "up"


def landings(contacts: Bools) -> list[tuple[int, str]]:
    """Frames on which a foot begins to stand, and on which it stands no more.

    Args:
        contacts: (T, 4) left heel, left toe, right heel, right toe.

    Returns:
        Number of the frame and "L down", "L up", "R down" or "R up", in order of time. What a foot
        does before the first frame and after the last is not known, and left out.
    """
    found: list[tuple[int, str]] = []
    for side, columns in _SIDES:
        stands = contacts[:, columns[0]] | contacts[:, columns[1]]
        for start, stop in spans(stands):
            if start > 0:
                found.append((start, f"{side} {DOWN}"))
            if stop < len(stands):
                found.append((stop, f"{side} {UP}"))
    return sorted(found)
