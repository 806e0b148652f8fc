"""Which of several people is the one that is followed, by what they wear.

Likeness alone says little: two people in black are alike, and one person in other light is not.
So somebody counts as the person if more alike to the person than to everybody else met so far.
"""

from __future__ import annotations

from typing import Final

from ...conventions import Floats
from .appearance import likeness

_ALIKE: Final = 0.75
"""Likeness from which on somebody may be the person, if nobody else is known."""
_LEARNING: Final = 0.1
"""Share of a new look in what is known of the person."""
_MOST_RIVALS: Final = 4
_SAME_RIVAL: Final = 0.85


class Identity:
    """What is known of the looks of one person, and of others that were near.

    Args:
        colours: of the person, by ``colours_of``.
    """

    def __init__(self, colours: Floats) -> None:
        self._own = colours
        self._rivals: list[Floats] = []

    def learn(self, colours: Floats) -> None:
        """The person looks like this now."""
        self._own = (1.0 - _LEARNING) * self._own + _LEARNING * colours

    def meet(self, colours: Floats) -> None:
        """Somebody else, who looks like this, is near."""
        for index, rival in enumerate(self._rivals):
            if likeness(rival, colours) >= _SAME_RIVAL:
                self._rivals[index] = (1.0 - _LEARNING) * rival + _LEARNING * colours
                return
        self._rivals = [*self._rivals, colours][-_MOST_RIVALS:]

    def likeness(self, colours: Floats) -> float:
        """How alike to the person, 0 … 1."""
        return likeness(self._own, colours)

    def margin(self, colours: Floats) -> float:
        """By how much more alike to the person than to anybody else; negative for somebody else."""
        others = [likeness(rival, colours) for rival in self._rivals]
        return self.likeness(colours) - max(others, default=_ALIKE)

    def has_rivals(self) -> bool:
        """Whether anybody else was met."""
        return bool(self._rivals)
