"""What messages have in common: how they name several things, and what is said often."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

_MOST: Final = 4
_PIECES: Final = re.compile(r"[^ \n\t]+[ \n\t]*")  # spaces that bind two words stay within
_NO_LINE_BEGINS_WITH: Final = "、。，．・：；？！ー」』）］｝ゃゅょっァィゥェォャュョッ,.:;)"
_NO_LINE_ENDS_WITH: Final = "「『（［｛("


def listed(names: Sequence[str], most: int = _MOST) -> str:
    """Names of things in quotes, such as "'a', 'b' and 3 more"; empty for none."""
    return in_brief([f"'{name}'" for name in names], most)


def in_brief(texts: Sequence[str], most: int = _MOST, between: str = ", ") -> str:
    """Texts as they are, the first few of them and how many more there are."""
    rest = len(texts) - most
    return between.join(texts[:most]) + (f" and {rest} more" if rest > 0 else "")


def linked(name: str, what: str = "") -> str:
    """What to say of an object that comes from another file, and what to do.

    Args:
        name: of the object.
        what: stands before the name, such as "the eye ".
    """
    return (
        f"{what}'{name}' is linked from another file and cannot be animated here. "
        "Make it editable with Object ▸ Library Override ▸ Make"
    )


def columns_of(text: str) -> int:
    """Width of a text in columns: letters as wide as those of Japanese count as two."""
    return sum(2 if _is_wide(letter) else 1 for letter in text)


def wrap(text: str, room: float, width_of: Callable[[str], float] = columns_of) -> list[str]:
    """Lines of a text, each at most so wide where its words allow that.

    Between letters as wide as those of Japanese a line may end as well.

    Args:
        text: of any language.
        room: width of a line.
        width_of: width of a text, in the same unit.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width_of((line + piece).rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterator[str]:
    """What must not be torn apart: words, and single wide letters with what must follow them."""
    for word in _PIECES.findall(text):
        start = 0
        for place in range(1, len(word)):
            before, after = word[place - 1], word[place]
            may = _is_wide(before) or _is_wide(after)
            if may and after not in _NO_LINE_BEGINS_WITH and before not in _NO_LINE_ENDS_WITH:
                yield word[start:place]
                start = place
        yield word[start:]


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
