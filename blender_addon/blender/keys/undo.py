"""Writing that is taken back as a whole when something fails on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

BEFORE: Final = " (before)"
"""Ends the name of what makes room for a new result, until all is well."""


class Undo(ExitStack):
    """How to take back what was done, and what to do once all of it is well."""

    def __init__(self) -> None:
        super().__init__()
        self._afterwards: list[Callable[[], object]] = []

    def afterwards(self, do: Callable[..., object], *given: Any) -> None:
        """Do this when nothing has failed to the end: what cannot be taken back."""
        self._afterwards.append(lambda: do(*given))

    def take_over(self, other: Undo) -> None:
        """Answer for what another one holds, too."""
        self._afterwards += other._afterwards
        other._afterwards = []
        self.push(other.pop_all())

    def accept(self) -> None:
        """All is well: forget how to take it back, and do what was to be done then."""
        self.pop_all()
        for do in self._afterwards:
            do()
        self._afterwards.clear()


@contextmanager
def undone_on_error(outer: Undo | None = None) -> Iterator[Undo]:
    """What is registered with the yielded stack is carried out, backwards, if the body fails.

    Args:
        outer: answers for it once the body is done, where that is a part of something larger which
            may still fail; None to accept it then.
    """
    with Undo() as undo:
        yield undo
        if outer is None:
            undo.accept()
        else:
            outer.take_over(undo)
