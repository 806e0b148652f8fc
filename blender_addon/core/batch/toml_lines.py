"""On which line each key of a TOML text stands; ``tomllib`` reads the values, but tells no lines.

The locator follows the same grammar (toml.io/en/v1.0.0), but checks no more of it than it needs to
find the keys. It runs first, so that it also bounds what ``tomllib`` is given: how deep a text is
nested, and how many parts a dotted key has, which cost it quadratic time.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from typing import Final

from .problems import JobsFileError, Problem

Path = tuple[str | int, ...]
MAX_DEPTH: Final = 32

_BLANK: Final = re.compile(r"[ \t]*")
_GAP: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\[\]{}#\n\"']+")
_STRINGS: Final = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}"),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


class Unreadable(Exception):  # noqa: N818 - not told to anybody: tomllib says better what is wrong
    """Here the text is no TOML."""


def toml_lines(text: str) -> dict[Path, int]:
    """The line of each key and of each element of a list.

    Args:
        text: any; of one that is no TOML, as much as can be followed.

    Returns:
        1-based lines by the path of keys and numbers in lists; of a table that is written in
        several places the first.

    Raises:
        JobsFileError: it is nested too deeply.
    """
    locator = _Locator(text)
    with suppress(Unreadable):
        locator.document()
    return locator.lines


class _Locator:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[Path, int] = {}
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._counts: dict[Path, int] = {}  # elements so far of each list of tables

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_GAP)
            if self.at >= len(self.text):
                return
            if self._takes("[["):
                table = self._list_header()
            elif self._takes("["):
                table = self._table_header()
            else:
                self._pair(table)

    def _table_header(self) -> Path:
        line = self._line()
        path = self._header("]")
        table: Path = ()
        for part in path:
            table = (*table, part)
            self.lines.setdefault(table, line)
            table = self._last_of(table)
        return table

    def _list_header(self) -> Path:
        line = self._line()
        *parents, name = self._header("]]")
        table: Path = ()
        for part in parents:
            table = (*table, part)
            self.lines.setdefault(table, line)
            table = self._last_of(table)
        table = (*table, name)
        self.lines.setdefault(table, line)
        number = self._counts.get(table, 0)
        self._counts[table] = number + 1
        self.lines[*table, number] = line
        return (*table, number)

    def _last_of(self, table: Path) -> Path:
        count = self._counts.get(table, 0)
        return (*table, count - 1) if count else table

    def _header(self, end: str) -> list[str]:
        self._skip(_BLANK)
        keys = self._keys()
        if not self._takes(end):
            raise Unreadable
        return keys

    def _pair(self, table: Path, depth: int = 0) -> None:
        line = self._line()
        for part in self._keys():
            table = (*table, part)
            self.lines.setdefault(table, line)
        if not self._takes("="):
            raise Unreadable
        self._skip(_BLANK)
        self._value(table, depth)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._takes("."):
            self._skip(_BLANK)
            keys.append(self._key())
            self._check_depth(len(keys))
        return keys

    def _key(self) -> str:
        bare = _BARE_KEY.match(self.text, self.at)
        if bare is not None:
            self.at = bare.end()
            key = bare.group()
        else:
            key = _unquoted(self._string())
        self._skip(_BLANK)
        return key

    def _value(self, path: Path, depth: int) -> None:
        self._check_depth(depth)
        if self._takes("["):
            self._array(path, depth + 1)
        elif self._takes("{"):
            self._inline_table(path, depth + 1)
        elif self.text[self.at : self.at + 1] in ("'", '"'):
            self._string()
        elif not self._skip(_SCALAR):
            raise Unreadable

    def _array(self, path: Path, depth: int) -> None:
        number = 0
        while True:
            self._skip(_GAP)
            if self._takes("]"):
                return
            self.lines[*path, number] = self._line()
            self._value((*path, number), depth)
            number += 1
            self._skip(_GAP)
            if not self._takes(","):
                self._expect("]")
                return

    def _inline_table(self, path: Path, depth: int) -> None:
        while True:
            self._skip(_GAP)
            if self._takes("}"):
                return
            self._pair(path, depth)
            self._skip(_GAP)
            if not self._takes(","):
                self._expect("}")
                return

    def _string(self) -> str:
        for kind in _STRINGS:
            found = kind.match(self.text, self.at)
            if found is not None:
                self.at = found.end()
                return found.group()
            if kind.pattern[:3] in ('"""', "'''") and self.text.startswith(
                kind.pattern[:3], self.at
            ):
                raise Unreadable  # it would else be read as an empty string
        raise Unreadable

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise Unreadable

    def _takes(self, text: str) -> bool:
        taken = self.text.startswith(text, self.at)
        self.at += len(text) if taken else 0
        return taken

    def _skip(self, what: re.Pattern[str]) -> bool:
        found = what.match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        return True

    def _line(self) -> int:
        return bisect_right(self._ends, self.at - 1) + 1

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise too_deep(self._line())


def too_deep(line: int) -> JobsFileError:
    """What is said of a text that is nested too deeply."""
    text = f"this is nested more than {MAX_DEPTH} deep, which no jobs file needs. Take it out"
    return JobsFileError([Problem(line, text)])


def _unquoted(string: str) -> str:
    try:
        return str(tomllib.loads(f"text = {string}")["text"])
    except ValueError as error:
        raise Unreadable from error
