"""Tells that a line of a list was changed in a field, so that the mouth follows at once.

Lists are also filled, moved with their sound and put in order; none of that is a correction, and is
done quietly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import bpy

_listeners: Final[list[Callable[[bpy.types.Context, Any], None]]] = []
_quiet_depth = [0]


def changed(row: Any, context: bpy.types.Context) -> None:
    """Update function of the fields of a line."""
    if not _quiet_depth[0]:
        with quietly():  # what follows is no correction of its own
            for listen in _listeners:
                listen(context, row.id_data)


def listen_with(listener: Callable[[bpy.types.Context, Any], None] | None) -> None:
    """Who is told of a change, with the owner of the list; None for nobody."""
    _listeners[:] = [] if listener is None else [listener]


def is_quiet() -> bool:
    """Whether what changes now is no correction."""
    return bool(_quiet_depth[0])


@contextmanager
def quietly() -> Iterator[None]:
    """Change lines without telling anyone."""
    _quiet_depth[0] += 1
    try:
        yield
    finally:
        _quiet_depth[0] -= 1
