"""What messages have in common: how they name several things, and what is said often."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

_MOST: Final = 4
_PIECES: Final = re.compile(r"\S+\s*")
_NO_LINE_BEGINS_WITH: Final = "、。，．・：；？！ー」』）］｝ゃゅょっァィゥェォャュョッ"


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


def wrap(text: str, columns: int) -> list[str]:
    """Lines of a text, each at most so many columns wide where its words allow that.

    Letters as wide as those of Japanese count as two columns, and a line may end between them.

    Args:
        text: of any language.
        columns: at least 1.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and _width((line + piece).rstrip()) > columns:
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
            torn = _is_wide(before) and (_is_wide(after) or not after.isspace())
            if (torn or _is_wide(after)) and after not in _NO_LINE_BEGINS_WITH:
                yield word[start:place]
                start = place
        yield word[start:]


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _width(text: str) -> int:
    return sum(2 if _is_wide(letter) else 1 for letter in text)
