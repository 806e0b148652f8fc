"""Lines, numbers, angles and the error of Acclaim files."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import ClipError
from blender_addon.core.maths.rotations import euler_to_quaternion

LARGEST = 1e6
"""Of any number in a file; beyond it something else was written there."""


class AcclaimError(ClipError):
    """An ASF or AMC file is malformed.

    Args:
        message: what was found and what was expected.
        path: of the file.
        line: 1-based line number in the file.
    """

    def __init__(self, message: str, path: Path, line: int) -> None:
        super().__init__(f"{path.name}, line {line}: {message}")
        self.path = path
        self.line = line


@dataclass(frozen=True)
class Line:
    """Words of a line and its 1-based number."""

    number: int
    words: list[str]


def read_lines(path: Path) -> Iterator[Line]:
    """Lines with words in them, comments left out."""
    data = path.read_bytes()
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise AcclaimError("not a text file (it holds a zero byte)", path, line)
    text = data.decode("latin-1")  # names and numbers are ASCII, comments may be anything
    for number, written in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if words := written.split("#", 1)[0].split():
            yield Line(number, words)


def is_degrees(word: str, path: Path, line: int) -> bool:
    """Whether a word such as ``deg`` or ``radians`` means degrees."""
    found = word.lower()
    if not found.startswith(("deg", "rad")):
        raise AcclaimError(f"expected deg or rad; found {word[:40]!a}", path, line)
    return found.startswith("deg")


def euler_turn(
    angles: Floats, channels: Sequence[str], degrees: bool, order: str | None = None
) -> Floats:
    """Angles (..., C) to quaternions (..., 4); ``order`` names axes in the order they are applied.

    Without it that is the order of the channels.
    """
    order = order or "".join(name[1] for name in channels)
    order += "".join(letter for letter in "xyz" if letter not in order)
    sorted_angles = np.zeros((*angles.shape[:-1], 3))
    for n, name in enumerate(channels):
        sorted_angles[..., order.index(name[1])] = angles[..., n]
    if degrees:
        sorted_angles = np.radians(sorted_angles)
    return euler_to_quaternion(sorted_angles[..., ::-1], order[::-1])


def numbers(line: Line, count: int, path: Path) -> tuple[float, ...]:
    """The numbers after a line's first word."""
    words = line.words[1:]
    if len(words) != count:
        raise AcclaimError(
            f"expected {line.words[0][:40]!a} and {count} numbers; found {len(words)}",
            path,
            line.number,
        )
    try:
        values = tuple(map(float, words))
    except ValueError:
        values = (math.nan,)
    if not all(abs(value) <= LARGEST for value in values):  # false for not-a-number too
        raise AcclaimError(
            f"expected numbers up to {LARGEST:g}; found {quote(words)}", path, line.number
        )
    return values


def quote(words: Sequence[str]) -> str:
    """Words as they stand in a message: short, in ASCII."""
    return f"{' '.join(words)[:60]!a}"
