"""Plain values as TOML text; the standard library reads TOML, but does not write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def toml_value(value: Any) -> str:
    """A value on one line.

    Args:
        value: a text, a finite number, a boolean, a list or tuple, or a mapping.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Iterable):
        return f"[{', '.join(toml_value(each) for each in value)}]"
    raise TypeError(f"{type(value).__name__} has no TOML form")


def toml_key(name: str) -> str:
    """A key, quoted where that is needed."""
    if _BARE.fullmatch(name):
        return name
    plain = "'" not in name and name.isprintable()
    return f"'{name}'" if plain and '"' in name else _quoted(name)


def toml_line(key: str, value: Any) -> str:
    """A key with its value."""
    return f"{toml_key(key)} = {toml_value(value)}"


def toml_comment(text: str) -> str:
    """A text as comments, which no character of it can break out of."""
    lines = text.splitlines() or [""]
    return "\n".join(f"# {''.join(c for c in line if c.isprintable())}".rstrip() for line in lines)


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(each, _plain(each)) for each in text) + '"'


def _plain(letter: str) -> str:
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
