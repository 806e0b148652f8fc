"""The HIERARCHY section of a BVH file: joints, rest offsets and channels."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..errors import BvhError

Offset = tuple[float, float, float]

CHANNEL_NAMES = frozenset(f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation"))
_DEEPEST_NESTING = 200
_END_SITE = -1


@dataclass
class BvhJoint:
    """One joint as the file declares it.

    Args:
        name: as written, inner blanks kept.
        parent: index of the parent joint, −1 for the root.
        line: 1-based line of its declaration.
        offset: rest position relative to the parent, in the file's unit.
        end: offset of its end site, if it has one.
        channels: in file order, each like "Xposition".
    """

    name: str
    parent: int
    line: int
    offset: Offset | None = None
    end: Offset | None = None
    channels: list[str] = field(default_factory=list)


def parse_hierarchy(lines: Sequence[str]) -> tuple[list[BvhJoint], int]:
    """Read the joints of a BVH file.

    Args:
        lines: of the whole file, without line ends.

    Returns:
        The joints, every parent before its children, and the index of the line after "MOTION".

    Raises:
        BvhError: with the number of the line that cannot be read.
    """
    parser = _Parser()
    for number, statement in _statements(lines):
        if parser.started and not parser.open and statement.upper() == "MOTION":
            parser.check_complete(number)
            return parser.joints, number
        parser.take(number, statement)
    last = max(len(lines), 1)
    if parser.open:
        raise BvhError(
            f"the file ends inside the joint tree ({len(parser.open)} '}}' missing)", last
        )
    if not parser.started:
        raise BvhError("the file is empty; expected HIERARCHY", last)
    raise BvhError("the file ends without a MOTION section", last)


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Non-empty statements with their line numbers; a brace is a statement of its own."""
    for number, line in enumerate(lines, start=1):
        for part in re.split(r"([{}])", line):
            if part.strip():
                yield number, part.strip()


class _Parser:
    """Takes one statement after another; `open` holds the joints whose brace is not closed."""

    def __init__(self) -> None:
        self.joints: list[BvhJoint] = []
        self.open: list[int] = []
        self.started = False
        self._pending: int | None = None  # declared, its '{' not yet seen
        self._names: dict[str, int] = {}
        self._handlers: dict[str, Callable[[int, str], None]] = {
            "ROOT": self._root,
            "JOINT": self._joint,
            "END": self._end,
            "OFFSET": self._offset,
            "CHANNELS": self._channels,
            "{": self._brace,
            "}": self._unbrace,
        }

    def take(self, line: int, statement: str) -> None:
        word, *more = statement.split(None, 1)
        rest = more[0].strip() if more else ""
        if not self.started:
            if word.upper() != "HIERARCHY":
                raise BvhError(
                    f"not a BVH file: expected HIERARCHY, found {_shown(statement)}", line
                )
            self.started = True
            return
        if self._pending is not None and word != "{":
            raise BvhError(f"expected '{{' after a joint's name; found {_shown(statement)}", line)
        handler = self._handlers.get(word.upper())
        if handler is None:
            raise BvhError(
                f"expected JOINT, End Site, OFFSET, CHANNELS, '}}' or MOTION; "
                f"found {_shown(statement)}",
                line,
            )
        handler(line, rest)

    def check_complete(self, line: int) -> None:
        if not self.joints:
            raise BvhError("the joint tree is empty; expected a ROOT before MOTION", line)
        for joint in self.joints:
            if joint.offset is None:
                raise BvhError(f"joint '{joint.name}' has no OFFSET", joint.line)

    def _root(self, line: int, name: str) -> None:
        if self.joints:
            raise BvhError("a second ROOT; one character to a file is expected", line)
        self._declare(line, name, parent=-1)

    def _joint(self, line: int, name: str) -> None:
        if not self.open or self.open[-1] == _END_SITE:
            raise BvhError("a JOINT has to stand between the braces of another joint", line)
        self._declare(line, name, parent=self.open[-1])

    def _declare(self, line: int, name: str, parent: int) -> None:
        if not name:
            raise BvhError("a joint without a name", line)
        if name in self._names:
            raise BvhError(
                f"joint name '{name}' is used a second time (first on line {self._names[name]}); "
                "rename one of the two",
                line,
            )
        self._names[name] = line
        self.joints.append(BvhJoint(name, parent, line))
        self._pending = len(self.joints) - 1

    def _end(self, line: int, rest: str) -> None:
        if not self.open or self.open[-1] == _END_SITE:
            raise BvhError("an End Site has to stand between the braces of a joint", line)
        self._pending = _END_SITE

    def _brace(self, line: int, rest: str) -> None:
        if self._pending is None:
            raise BvhError("'{' without a joint before it", line)
        if len(self.open) >= _DEEPEST_NESTING:
            raise BvhError(f"joints nested more than {_DEEPEST_NESTING} deep", line)
        self.open.append(self._pending)
        self._pending = None

    def _unbrace(self, line: int, rest: str) -> None:
        if not self.open:
            raise BvhError("'}' without a '{' before it", line)
        self.open.pop()

    def _offset(self, line: int, rest: str) -> None:
        if not self.open:
            raise BvhError("an OFFSET outside of a joint's braces", line)
        offset = _parse_offset(line, rest)
        if self.open[-1] == _END_SITE:
            self.joints[self.open[-2]].end = offset
        else:
            self.joints[self.open[-1]].offset = offset

    def _channels(self, line: int, rest: str) -> None:
        if not self.open or self.open[-1] == _END_SITE:
            raise BvhError("CHANNELS outside of a joint's braces", line)
        joint = self.joints[self.open[-1]]
        if joint.channels:
            raise BvhError(f"joint '{joint.name}' has CHANNELS twice", line)
        joint.channels = _parse_channels(line, rest)


def _parse_offset(line: int, text: str) -> Offset:
    try:
        x, y, z = (float(word) for word in text.split())
    except ValueError:
        raise BvhError(f"expected OFFSET and three numbers; found {_shown(text)}", line) from None
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise BvhError(f"expected a finite OFFSET; found {_shown(text)}", line)
    return x, y, z


def _parse_channels(line: int, text: str) -> list[str]:
    count, *words = text.split() or [""]
    channels = [word[:1].upper() + word[1:].lower() for word in words]
    for word, channel in zip(words, channels, strict=True):
        if channel not in CHANNEL_NAMES:
            raise BvhError(
                f"unknown channel {_shown(word)}; known are {', '.join(sorted(CHANNEL_NAMES))}",
                line,
            )
    if not count.isdecimal() or len(count) > 3 or int(count) != len(channels):
        raise BvhError(f"CHANNELS announces {_shown(count)} but lists {len(channels)}", line)
    if len(set(channels)) != len(channels):
        raise BvhError(f"a channel is listed twice: {_shown(text)}", line)
    return channels


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:40] + "…") if text else "nothing"
