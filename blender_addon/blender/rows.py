"""Lines of lists at objects, also where the object is the override of a linked one.

Blender keeps the lines of the linked object there: they can be changed, but neither removed nor
replaced. Those that were added are found again, when a file is loaded, by their names.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from ..core.errors import SettingsError


def remove_row(rows: Any, index: int) -> None:
    """Remove a line.

    Raises:
        SettingsError: it is the linked object's.
    """
    if not _remove(rows, index):
        raise SettingsError(
            "this line comes with the linked character: it can be changed here, but removed only "
            "in the file it is linked from"
        )


def fit_rows(rows: Any, count: int) -> list[Any]:
    """Let a list have so many lines, which keep what they hold.

    Returns:
        Lines beyond them that are the linked object's and cannot be removed.
    """
    while len(rows) > count and _remove(rows, len(rows) - 1):
        pass
    while len(rows) < count:
        rows.add()
    return list(rows)[count:]


def name_rows(rows: Any, linked: Any = ()) -> None:
    """Give a name of its own to each line that has none.

    Args:
        rows: the list.
        linked: the same list of the linked object; its lines keep the names they have there.
    """
    left = sum(not row.name for row in linked)
    for row in [each for each in rows if not each.name][left:]:
        row.name = uuid4().hex


def _remove(rows: Any, index: int) -> bool:
    """Whether it could be removed."""
    before = len(rows)
    try:
        rows.remove(index)
    except TypeError:  # Blender's way to say that it belongs to the linked object
        return False
    return len(rows) < before
