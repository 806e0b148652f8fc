"""The path of a value in a .blend file, as ``overrides`` names it: read, never evaluated.

``objects["Lamp"].location`` is a collection of the file, a name in it, and properties or items from
there on. What may be set is decided on Blender's side (cli/batch/overrides.py).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from .problems import Unfit, quoted

_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_START: Final = re.compile(rf"([a-z_]+)\[({_STRING})\]")
_REST: Final = re.compile(rf"\.([A-Za-z][A-Za-z0-9_]*)|\[({_STRING})\]|\[(\d{{1,6}})\]")
_LONGEST: Final = 1000


@dataclass(frozen=True)
class Property:
    """A property of what stands before it."""

    name: str


@dataclass(frozen=True)
class Item:
    """An item of the collection or array before it, or a custom property: by name or number."""

    key: str | int


@dataclass(frozen=True)
class RnaPath:
    """A path in parts.

    Args:
        collection: of the file, such as "objects".
        name: of a datablock in it.
        parts: from there on; the last is what is set.
    """

    collection: str
    name: str
    parts: tuple[Property | Item, ...]


def parse_rna_path(text: str) -> RnaPath:
    """Take a path apart.

    Args:
        text: such as ``objects["Lamp"].location`` or ``scenes["Scene"].frame_end``.

    Raises:
        Unfit: it is no such path.
    """
    start = _START.match(text) if len(text) <= _LONGEST else None
    if start is None:
        raise _unfit(text)
    at, parts = start.end(), []
    while at < len(text):
        found = _REST.match(text, at)
        if found is None:
            raise _unfit(text)
        at = found.end()
        parts.append(_part(*found.groups()))
    if not parts:
        raise _unfit(text)
    return RnaPath(start.group(1), _unquoted(start.group(2)), tuple(parts))


def _part(name: str | None, key: str | None, number: str | None) -> Property | Item:
    if name is not None:
        return Property(name)
    return Item(int(number) if number is not None else _unquoted(key or '""'))


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError as error:
        raise _unfit(text) from error


def _unfit(text: str) -> Unfit:
    return Unfit(
        f"{quoted(text)} is no path to a value. Give one such as "
        "'objects[\"Lamp\"].location' or 'scenes[\"Scene\"].frame_end', in single quotes"
    )
