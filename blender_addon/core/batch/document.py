"""A TOML or JSON file as plain values, with the line of every key."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import in_words
from .json_lines import json_lines
from .problems import JobsFileError, Problem
from .toml_lines import Path as KeyPath
from .toml_lines import toml_lines

MAX_BYTES: Final = 8_000_000
_MAX_WHOLE: Final = 2**63 - 1
_MAX_LETTERS: Final = 10_000
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Document:
    """What a file says.

    Args:
        values: tables as dicts, lists as lists; texts, finite numbers, booleans, dates, None.
        lines: 1-based line by the path of keys and numbers in lists.
    """

    values: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest table around it that stands in the file.

        Args:
            path: keys and numbers in lists, such as ``("job", 3, "walk", "speed")``.
        """
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_document(path: Path) -> Document:
    """Read a .toml or .json file.

    Raises:
        JobsFileError: it cannot be read, with the line where that is known.
    """
    if path.suffix.lower() not in (".toml", ".json"):
        raise _as_a_whole(f"{path.name} is neither .toml nor .json. Give a jobs file of one kind")
    try:
        if not path.exists():
            raise _as_a_whole(f"{path} does not exist. Give the jobs file, or correct its path")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        reason = in_words(error) if isinstance(error, OSError) else "its name is no file's name"
        raise _as_a_whole(f"{path.name} cannot be read: {reason}") from error
    return parse_document(content, is_json=path.suffix.lower() == ".json")


def parse_document(content: bytes, *, is_json: bool = False) -> Document:
    """Take a file's content apart.

    Args:
        content: UTF-8, with or without a byte order mark.
        is_json: whether it is JSON rather than TOML.

    Raises:
        JobsFileError: it cannot be read, with the line where that is known.
    """
    text = _decoded(content)
    lines = json_lines(text) if is_json else toml_lines(text)
    values = _parsed(json.loads if is_json else tomllib.loads, text)
    if not isinstance(values, dict):
        raise JobsFileError([Problem(1, "expected a table, { … }, with format and job in it")])
    document = Document(values, lines)
    problems = [Problem(document.line(path), text) for path, text in _unfit_values(values)]
    if problems:
        raise JobsFileError(problems)
    return document


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        size = f"{MAX_BYTES // 1_000_000} MB"
        raise _as_a_whole(f"the file is larger than {size}. Divide it into several jobs files")
    if content.startswith(_UTF_16):
        raise _as_a_whole("the file is saved as UTF-16. Save it as UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = "this is no text in UTF-8. Save the file as UTF-8 in your editor"
        raise JobsFileError([Problem(line, text)]) from error


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except json.JSONDecodeError as error:
        raise _malformed("JSON", error.lineno, error.msg) from error
    except tomllib.TOMLDecodeError as error:
        line = _line_told(error, text)
        raise _malformed("TOML", line, _without_place(error) + _hint(error)) from error
    except ValueError as error:  # a number with thousands of digits
        raise _as_a_whole("a number in the file has too many digits. Take it out") from error
    except RecursionError as error:
        raise _as_a_whole("the file is nested too deeply. Take that out") from error


def _malformed(what: str, line: int, reason: str) -> JobsFileError:
    return JobsFileError([Problem(line, f"this is no {what}: {reason}. Correct it")])


def _line_told(error: tomllib.TOMLDecodeError, text: str) -> int:
    """tomllib tells the line in words: "(at line 3, column 5)" or "(at end of document)"."""
    found = re.search(r"\(at line (\d+)", str(error))
    return int(found.group(1)) if found else text.count("\n") + 1


def _without_place(error: tomllib.TOMLDecodeError) -> str:
    reason = re.sub(r" \(at [^)]*\)$", "", str(error))
    return "".join(each if each.isprintable() else "�" for each in reason)[:200]


def _hint(error: tomllib.TOMLDecodeError) -> str:
    """A likely reason; tomllib itself tells where a key was expected, but not why."""
    is_key = "initial character for a key" in str(error)
    return " (a table in braces, { }, stands on one line)" if is_key else ""


def _as_a_whole(text: str) -> JobsFileError:
    return JobsFileError([Problem(0, text)])


def _unfit_values(top: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What no place in a jobs file can take, by path."""
    waiting: list[tuple[KeyPath, Any]] = [((), top)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                waiting.append(((*path, key), inner))
                if reason := _unfit_text(key):
                    yield (*path, key), reason
        elif isinstance(value, list):
            waiting.extend(((*path, number), inner) for number, inner in enumerate(value))
        elif isinstance(value, str):
            if reason := _unfit_text(value):
                yield path, reason
        elif isinstance(value, float) and not math.isfinite(value):
            yield path, "this is no finite number. Give one that can be counted to"
        elif isinstance(value, int) and abs(value) > _MAX_WHOLE:
            yield path, "this number is too large. Give one below 2 to the power of 63"


def _unfit_text(text: str) -> str | None:
    if len(text) > _MAX_LETTERS:
        return f"this text is longer than {_MAX_LETTERS} letters. Shorten it"
    if "\0" in text:
        return "this text holds a NUL character. Take it out"
    if any("\ud800" <= each <= "\udfff" for each in text):
        return "this text holds half a character (a lone surrogate). Write it anew"
    return None
