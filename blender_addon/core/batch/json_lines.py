"""On which line each key of a JSON text stands; ``json`` reads the values, but tells no lines."""

from __future__ import annotations

import json
import re
from typing import Final

from .problems import JobsFileError, Problem, quoted
from .toml_lines import MAX_DEPTH, Path, too_deep

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


def json_lines(text: str) -> dict[Path, int]:
    """The line of each key and of each element of a list.

    Args:
        text: any; of one that is no JSON, as much as can be followed.

    Returns:
        1-based lines by the path of keys and numbers in lists.

    Raises:
        JobsFileError: a key stands twice in one table, or it is nested too deeply.
    """
    locator = _Locator()
    before = 0
    for token in _TOKEN.finditer(text):
        locator.line += text.count("\n", before, token.start())
        before = token.start()
        locator.take(token.group())
    if locator.twice:
        raise JobsFileError(locator.twice)
    return locator.lines


class _Locator:
    def __init__(self) -> None:
        self.line = 1
        self.lines: dict[Path, int] = {}
        self.twice: list[Problem] = []
        self._place: list[str | int] = []  # of each open table or list: its last key or number
        self._key = ""

    def take(self, word: str) -> None:
        """Go on by a bracket, a comma, a colon, or a value."""
        if word in "]}":
            self._place = self._place[:-1]
        elif word == ":":
            self._name()
        elif word == ",":
            if self._place and isinstance(self._place[-1], int):
                self._place[-1] += 1
        else:
            self._begin(word)

    def _name(self) -> None:
        """What stood before the colon is a key."""
        if not self._place or isinstance(self._place[-1], int):
            return  # no JSON
        self._place[-1] = self._key
        if tuple(self._place) in self.lines:
            self.twice.append(_twice(self.line, self._key))
        self.lines[tuple(self._place)] = self.line

    def _begin(self, word: str) -> None:
        """A value, or a key: the colon is still to come."""
        if self._place and isinstance(self._place[-1], int):
            self.lines[tuple(self._place)] = self.line
        if word in "[{":
            self._place.append(0 if word == "[" else "")
            if len(self._place) > MAX_DEPTH:
                raise too_deep(self.line)
        elif word[0] == '"':
            self._key = _text_of(word)


def _twice(line: int, key: str) -> Problem:
    return Problem(line, f"{quoted(key)} is given twice. Take one of the two out")


def _text_of(word: str) -> str:
    try:
        return str(json.loads(word, strict=False))
    except ValueError:
        return word
