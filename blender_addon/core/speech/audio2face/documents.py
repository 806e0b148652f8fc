"""Typed reading of the folder's JSON files, which name what is wrong and in which file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ...errors import ModelError
from ...inference.model_file import read_bytes

_MAX_BYTES: Final = 4 * 1024 * 1024
_MOST: Final = 1e6


class Fields:
    """One object of a JSON file.

    Args:
        where: what to call it in messages.
        value: what json.loads gave.

    Raises:
        ModelError: it is no object.
    """

    def __init__(self, where: str, value: object) -> None:
        self._where = where
        if not isinstance(value, dict):
            raise self.wrong("", "an object", value)
        self._value: dict[str, Any] = value

    @classmethod
    def of_file(cls, path: Path) -> Fields:
        """Read a file.

        Raises:
            ModelError: it is missing, too large or no JSON object.
        """
        text = read_bytes(path, _MAX_BYTES)
        try:
            return cls(path.name, json.loads(text))
        except (ValueError, RecursionError) as error:
            raise ModelError(
                f"{path.name} is not valid JSON ({error}); fetch the whole model again"
            ) from error

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def part(self, key: str) -> Fields:
        """An object inside."""
        return Fields(f"{self._where}: {key}", self._of(key, "an object"))

    def text(self, key: str) -> str:
        """A text."""
        value = self._of(key, "a text")
        if not isinstance(value, str):
            raise self.wrong(key, "a text", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each once."""
        value = self._of(key, "a list of texts")
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.wrong(key, "a list of texts", value)
        if len(set(value)) != len(value):
            raise self.wrong(key, "texts that differ", value)
        return tuple(value)

    def number(self, key: str, low: float = -_MOST, high: float = _MOST) -> float:
        """A number in a range, both ends allowed."""
        return self._number(key, self._of(key, "a number"), low, high)

    def integer(self, key: str, low: int, high: int) -> int:
        """A whole number in a range, both ends allowed."""
        value = self.number(key, low, high)
        if value != int(value):
            raise self.wrong(key, "a whole number", value)
        return int(value)

    def numbers(self, key: str, count: int) -> list[float]:
        """So many numbers."""
        value = self._of(key, f"{count} numbers")
        if not isinstance(value, list) or len(value) != count:
            raise self.wrong(key, f"{count} numbers", value)
        return [self._number(key, each, -_MOST, _MOST) for each in value]

    def integers(self, key: str, count: int) -> list[int]:
        """So many whole numbers."""
        values = self.numbers(key, count)
        if any(value != int(value) for value in values):
            raise self.wrong(key, f"{count} whole numbers", values)
        return [int(value) for value in values]

    def wrong(self, key: str, expected: str, found: object) -> ModelError:
        """The error for a field that is not as expected."""
        shown = repr(found)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        field = f"{self._where}: {key}" if key else self._where
        return ModelError(f"{field} is {shown}, expected {expected}; fetch the whole model again")

    def _of(self, key: str, expected: str) -> object:
        if key not in self._value:
            raise ModelError(
                f"{self._where} lacks '{key}', expected {expected}; fetch the whole model again"
            )
        return self._value[key]

    def _number(self, key: str, value: object, low: float, high: float) -> float:
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        if not whole or not low <= value <= high:  # type: ignore[operator]  # NaN fits nowhere
            raise self.wrong(key, f"a number from {low:g} to {high:g}", value)
        return float(value)  # type: ignore[arg-type]  # checked above
