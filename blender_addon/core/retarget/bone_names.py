"""Reads what a bone's name says: its words and the side it belongs to, however both are written.

"LeftForeArm", "forearm.L", "l-fore_arm", "mixamorig1:LeftForeArm" and "左ForeArm" say the same. A
name becomes a *key*: its words in lower case without separators, behind a bar the side. Beside it
stands the name's *plain* key, letters and digits alone, for names that glue the side on ("lfemur").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

_NAMESPACE: Final = re.compile(r"[:|]")
_WORD: Final = re.compile(
    r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[左右]|[^\W\d_A-Za-z左右]+"
)
_SIDES: Final = {"l": "l", "left": "l", "左": "l", "r": "r", "right": "r", "右": "r"}
_GLUED: Final = re.compile(r"^(left|right)(.{2,})$|^(.{2,})(left|right)$")
_NO_SIDE: Final = frozenset(("upright", "bright"))
_COPY: Final = re.compile(r"\.\d{3}$")  # Blender's mark of a second bone of one name
_ENDS: Final = frozenset(("end", "nub", "leaf", "endsite", "site"))
_NUMBERED_SHARE: Final = 0.6  # of the names that end in a number before it counts as numbering


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, without its namespace; sides and numbers are words."""
    text = unicodedata.normalize("NFKC", _NAMESPACE.split(name)[-1])
    found = []
    for word in _WORD.findall(text):
        lowered = word.lower()
        glued = None if lowered in _NO_SIDE else _GLUED.match(lowered)
        found += [part for part in glued.groups() if part] if glued else [lowered]
    return found


def plain_key(name: str) -> str:
    """A name's letters and digits in lower case, without its namespace."""
    text = unicodedata.normalize("NFKC", _NAMESPACE.split(name)[-1])
    return "".join(c for c in text.lower() if c.isalnum())


def side_key(words: Iterable[str]) -> str:
    """Words and side as one key; empty where the words say nothing, or both sides."""
    sides = {_SIDES[word] for word in words if word in _SIDES}
    core = "".join(_number(word) for word in words if word not in _SIDES)
    if not core or len(sides) > 1:
        return ""
    return f"{core}|{''.join(sides)}"


def is_end_name(name: str) -> bool:
    """Whether a name says that the bone only marks where the one before ends."""
    words = [word for word in words_of(name) if word not in _SIDES and not word.isdigit()]
    return bool(words) and (words[-1] in _ENDS or words[-1].endswith("nub"))


def read_names(names: Iterable[str]) -> dict[str, str]:
    """Name by every key that tells it; names that mark ends are left out.

    What a name says exactly wins over what it says when read more freely.
    """
    useful = [name for name in names if not is_end_name(name)]
    keys: dict[str, str] = {}
    for name in useful:
        keys.setdefault(plain_key(name), name)
    for name in useful:
        keys.setdefault(side_key(words_of(name)), name)
    for name in useful:
        if _COPY.search(name):
            bare = _COPY.sub("", name)
            keys.setdefault(plain_key(bare), name)
            keys.setdefault(side_key(words_of(bare)), name)
    keys.pop("", None)
    return keys


def without_numbering(names: Iterable[str]) -> dict[str, str]:
    """As ``read_names``, without the number that most names end in; empty if they do not."""
    useful = [name for name in names if not is_end_name(name)]
    numbered = {name: words_of(name) for name in useful}
    numbered = {name: words for name, words in numbered.items() if words and words[-1].isdigit()}
    if len(numbered) < _NUMBERED_SHARE * max(len(useful), 1):
        return {}
    keys: dict[str, str] = {}
    for name, words in numbered.items():
        keys.setdefault("".join(words[:-1]), name)
        keys.setdefault(side_key(words[:-1]), name)
    keys.pop("", None)
    return keys


def without_wrapper(keys: Mapping[str, str], prefix: str, suffix: str) -> dict[str, str]:
    """The keys that begin and end so, without that."""
    bare: dict[str, str] = {}
    for key, name in keys.items():
        core, bar, side = key.partition("|")
        inner = core[len(prefix) : len(core) - len(suffix)]
        if inner and core.startswith(prefix) and core.endswith(suffix):
            bare.setdefault(inner + bar + side, name)
    return bare


def _number(word: str) -> str:
    return str(int(word)) if word.isdecimal() else word
