"""What messages have in common: how they name several things, and what is said often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MOST: Final = 4


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
