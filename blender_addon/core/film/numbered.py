"""Numbered pictures of a folder: which belong together, and which are missing between them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..errors import FilmError

_NUMBERED: Final = re.compile(r"^(?P<before>.*?)(?P<number>\d{1,15})(?P<after>\D*)$", re.DOTALL)
_MOST_HOLES: Final = 20
"""For each picture that is there; with more holes the numbers count something else."""
_FEW_HOLES: Final = 1000


@dataclass(frozen=True)
class NumberedPictures:
    """Pictures that belong together.

    Args:
        first_number: of the first.
        names: (T,) of the files; None where one is missing.
    """

    first_number: int
    names: tuple[str | None, ...]

    @property
    def missing(self) -> frozenset[int]:
        """Indices at which there is no file."""
        return frozenset(n for n, name in enumerate(self.names) if name is None)

    def starting_at(self, name: str) -> NumberedPictures:
        """Without those before one of them.

        Args:
            name: of one that is there.
        """
        first = self.names.index(name)
        return NumberedPictures(self.first_number + first, self.names[first:])


def numbered_pictures(names: Iterable[str], one: str | None = None) -> NumberedPictures:
    """Pictures with the same name but for their number.

    Args:
        names: of all pictures of a folder.
        one: a picture whose like are wanted; None for those of which there are most.

    Raises:
        FilmError: there are none, or their numbers do not count pictures.
    """
    groups: dict[tuple[str, str], dict[int, str]] = {}
    for name in sorted(names):
        found = _NUMBERED.match(name)
        if found:
            alike = groups.setdefault((found["before"], found["after"].lower()), {})
            alike.setdefault(int(found["number"]), name)
    if one is not None:
        found = _NUMBERED.match(one)
        if found is None:
            raise FilmError(
                f"{one} carries no number, so it is one picture and no film. Name its pictures "
                "such as shot_0001.png, shot_0002.png"
            )
        alike = groups.get((found["before"], found["after"].lower()), {})
    else:
        alike = max(groups.values(), key=len, default={})
    if not alike:
        raise FilmError(
            "there are no numbered pictures in the folder. Choose one whose pictures are named "
            "such as shot_0001.png, shot_0002.png"
        )
    first, last = min(alike), max(alike)
    holes = last - first + 1 - len(alike)
    if holes > max(_FEW_HOLES, _MOST_HOLES * len(alike)):
        raise FilmError(
            f"the pictures are numbered from {first} to {last}, but only {len(alike)} are there: "
            "the numbers count something else. Number them one by one"
        )
    return NumberedPictures(first, tuple(alike.get(n) for n in range(first, last + 1)))
