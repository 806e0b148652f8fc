"""Valid inputs made invalid in the ways that files are: cut, flipped, swapped, of another type."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import numpy as np

ODD_TEXTS = (
    "", " ", "nan", "-nan", "inf", "-inf", "1e999", "-1", "0", "1", "-0.0", "1e-400", "0x10", "1,5",
    "99999999999999999999", "9" * 5000, "a:b:c", ":::", "--", "-", "\0", "ü/✓", "𝔘𝔫𝔦", "\n\r\t",
    "x" * 300, "x" * 5000, "..", "../..", "/", "//", "None", "true", "{}", "[]", "%s%n", "'\"`",
    "\udcff", "\u202e", "--help=1", "1:nan", "nan:1", "1:2", "Face", "Rig:object:1",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 2**31, -(2**63), 10**400, 0.5, -0.0, 1e308, -1e308, 1e-320,
    math.nan, math.inf, -math.inf, "", "batch", "x" * 5000, "\0", "𝔘", "\udcff", [], [[]], {}, [0],
    {"": 0}, [None], [1, "2"], [[1.0, 2.0], [3.0]], {"a": {"b": []}}, [0] * 2000, "1", "NaN",
)  # fmt: skip
_DEPTH, _DIGITS = 60_000, 100_000
UNSAID = {
    "@nested@": "[" * _DEPTH + "]" * _DEPTH, "@digits@": "9" * _DIGITS, "@beyond@": "1e999",
    "@tables@": '{"a":' * _DEPTH + "0" + "}" * _DEPTH, "@nan@": "NaN", "@near@": "1e-99999",
}  # fmt: skip
"""What json.dumps does not write, by what stands for it until then."""


def mutate_bytes(rng: np.random.Generator, data: bytes, head: int = 96) -> bytes:
    """Flip, cut, insert, repeat or overwrite a few places, most of them within the header."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if not changed:
            break
        limit = min(head, len(changed)) if rng.random() < 0.8 else len(changed)
        at = int(rng.integers(limit))
        way = int(rng.integers(7))
        if way == 0:
            changed[at] ^= 1 << int(rng.integers(8))
        elif way == 1:
            changed[at] = int(rng.choice([0, 1, 2, 127, 128, 255]))
        elif way == 2:
            del changed[at:]
        elif way == 3:
            del changed[at : at + int(rng.integers(1, 9))]
        elif way == 4:
            changed[at:at] = rng.bytes(int(rng.integers(1, 9)))
        elif way == 5:
            size = int(rng.choice([2, 4, 8]))
            number = int(rng.choice([0, 1, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40]))
            changed[at : at + size] = (number % 256**size).to_bytes(size, "little")
        else:
            part = changed[at : at + int(rng.integers(1, 40))]
            changed[at:at] = part
    return bytes(changed)


def mutate_text(rng: np.random.Generator, text: str) -> str:
    """Words and lines swapped for odd ones, left out or repeated; or the bytes changed."""
    if rng.random() < 0.25:
        data = text.encode("utf-8", "surrogateescape")
        return mutate_bytes(rng, data, len(data) or 1).decode("utf-8", "replace")
    separator = "\n" if rng.random() < 0.4 else " "
    parts = text.split(separator)
    for _ in range(int(rng.integers(1, 4))):
        at, way = int(rng.integers(len(parts))), int(rng.integers(5))
        if way == 0 and len(parts) > 1:
            del parts[at]
        elif way == 1:
            parts.insert(at, parts[at])
        elif way == 2:
            other = int(rng.integers(len(parts)))
            parts[at], parts[other] = parts[other], parts[at]
        elif way == 3:
            parts = parts[: at + 1]
        else:
            parts[at] = str(rng.choice(ODD_TEXTS))
    return separator.join(parts)


def mutate_json(rng: np.random.Generator, document: Any) -> str:
    """Values and keys of a document changed, then perhaps its text as well."""
    changed = change(rng, document)
    text = say(json.dumps(changed))
    return mutate_text(rng, text) if rng.random() < 0.15 else text


def say(text: str) -> str:
    """The text with what ``UNSAID`` stands for."""
    for name, said in UNSAID.items():
        text = text.replace(f'"{name}"', said)
    return text


def change(rng: np.random.Generator, document: Any) -> Any:
    """A copy of a document with one to three places of it changed."""
    changed = copy.deepcopy(document)
    for _ in range(int(rng.integers(1, 4))):
        changed = _change_somewhere(rng, changed)
    return changed


def mutate_arguments(rng: np.random.Generator, arguments: list[str]) -> list[str]:
    """Values swapped for odd ones or mutated, options left out, repeated or cut."""
    changed = list(arguments)
    for _ in range(int(rng.integers(1, 4))):
        at, way = int(rng.integers(1, len(changed))), int(rng.integers(8))
        if way < 4:
            changed[at] = str(rng.choice(ODD_TEXTS))
        elif way == 4:
            changed[at] = mutate_text(rng, changed[at])
        elif way == 5 and len(changed) > 3:
            del changed[at]
        elif way == 6:
            changed[at:at] = changed[at : at + 2]
        else:
            other = int(rng.integers(1, len(changed)))
            changed[at], changed[other] = changed[other], changed[at]
    return changed


def _change_somewhere(rng: np.random.Generator, value: Any) -> Any:
    """The value with one place in it changed, or another value altogether."""
    inside: list[Any] = []
    if isinstance(value, dict | list):
        inside = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not inside or rng.random() < 0.08:
        return _odd(rng, value)
    key = inside[int(rng.integers(len(inside)))]
    way = rng.random()
    if way < 0.08:
        del value[key]
    elif way < 0.14 and isinstance(value, dict):
        value[str(rng.choice(ODD_TEXTS))] = value.pop(key)
    elif way < 0.2 and isinstance(value, list):
        value.insert(key, copy.deepcopy(value[key]))
    else:
        value[key] = _change_somewhere(rng, value[key])
    return value


def _odd(rng: np.random.Generator, value: Any) -> Any:
    way = rng.random()
    if way < 0.05:
        return str(rng.choice(list(UNSAID)))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if way < 0.3 and is_number and abs(value) < 1e300:
        return value * float(rng.choice([-1.0, 0.0, 0.5, 1e3, 1e9, 1e30]))
    if way < 0.4 and isinstance(value, str):
        return mutate_text(rng, value)
    return copy.deepcopy(ODD_VALUES[int(rng.integers(len(ODD_VALUES)))])
