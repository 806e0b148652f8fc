"""What is wrong with a jobs file: everything at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from ..errors import InputError

MOST_SHOWN: Final = 100
_LONGEST_SHOWN: Final = 60
_MOST_NAMES: Final = 50
_MOST_COMPARED: Final = 200
"""A file that is full of misspelt names of many templates is looked through in seconds, too."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    Args:
        line: in the file, from 1; 0 for the file as a whole.
        text: what was found, what was expected and what to do.
    """

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class JobsFileError(InputError):
    """A jobs file cannot be used; as text, one line a problem.

    Args:
        problems: at least one; they are sorted by line, and each is told once.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        shown = [str(each) for each in self.problems[:MOST_SHOWN]]
        rest = len(self.problems) - len(shown)
        super().__init__("\n".join([*shown, *([f"and {rest} more problems"] if rest else [])]))


class Unfit(ValueError):  # noqa: N818 - becomes a problem, and is told as one
    """A value that does not fit where it stands; its text becomes that of a problem."""


def shown(value: Any) -> str:
    """What was found, in a person's words, on one line and not too long."""
    if isinstance(value, str):
        return f"the text {quoted(value)}" if value else "an empty text"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    return "nothing (null)" if value is None else "a date or time"


def quoted(text: str) -> str:
    """A name or a text within a message; control characters cannot break its line."""
    clean = "".join(each if each.isprintable() else "�" for each in text[: _LONGEST_SHOWN + 1])
    return f'"{clean if len(clean) <= _LONGEST_SHOWN else clean[:_LONGEST_SHOWN] + "…"}"'


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A hint, with a space in front, at the name that was likely meant; or what there is.

    Args:
        name: that is not known.
        names: that are.
    """
    known = {_alike(each): each for each in names}
    compared = [*known][:_MOST_COMPARED]
    close = get_close_matches(_alike(name[:_LONGEST_SHOWN]), compared, 1, 0.7)
    if close:
        return f" Did you mean {quoted(known[close[0]])}?"
    rest = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return f" Known are {listed(list(known.values())[:_MOST_NAMES])}{rest}."


def _alike(name: str) -> str:
    return name.lower().replace("-", "_")


def listed(names: Iterable[str]) -> str:
    """Names, in quotes, in a row."""
    return ", ".join(quoted(each) for each in names) or "none"
