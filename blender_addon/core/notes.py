"""What is told beside a result, at two levels.

A *warning* means that what came out is not what was asked for: it must not pass as success. A
*note* is good to know, though the result is what was asked for. Both are plain texts, so that they
travel together in the order in which they were found; a text is a warning unless it is a ``Note``.
"""

from __future__ import annotations

from collections.abc import Iterable


class Note(str):
    """A text that is good to know and takes nothing from the result."""

    __slots__ = ()


def warnings_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Those texts that mean that the result is not what was asked for, each once."""
    return tuple(dict.fromkeys(text for text in texts if not isinstance(text, Note)))


def notes_in(texts: Iterable[str]) -> tuple[Note, ...]:
    """Those texts that are merely good to know, each once."""
    return tuple(dict.fromkeys(text for text in texts if isinstance(text, Note)))


def told_of(who: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The texts with the name of whom they are about in front, each at its level."""
    return tuple(
        Note(f"'{who}': {text}") if isinstance(text, Note) else f"'{who}': {text}" for text in texts
    )
