"""When each of four feet comes down and goes up."""

from __future__ import annotations

from typing import Final

from ...core.conventions import Bools
from ...core.feet.contacts import spans
from ...core.feet.landings import DOWN, UP

FEET: Final = ("LH", "LF", "RH", "RF")
"""Left and right, hind and front, in the order of every array of four feet."""


def contact_events(contacts: Bools | None, start_frame: int) -> tuple[tuple[int, str], ...]:
    """Frames on which a foot comes down or goes up, such as "LH down", in order of time.

    Args:
        contacts: (T, 4); None if unknown.
        start_frame: of the first.
    """
    found: list[tuple[int, str]] = []
    for foot, stands in zip(FEET, () if contacts is None else contacts.T, strict=False):
        for start, stop in spans(stands):
            if start > 0:
                found.append((start_frame + start, f"{foot} {DOWN}"))
            if stop < len(stands):
                found.append((start_frame + stop, f"{foot} {UP}"))
    return tuple(sorted(found))
