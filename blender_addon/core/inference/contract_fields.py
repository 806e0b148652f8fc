"""Typed reading of a JSON object, with errors that name the field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ContractError


class JsonObject:
    """One JSON object of a contract; every read checks the type.

    Args:
        value: what json.loads gave.
        where: what to call it in messages, e.g. ``walk.json: inputs[0]``.
        keys: the fields it must have, no more and no fewer.

    Raises:
        ContractError: not an object, or a field is missing or unknown.
    """

    def __init__(self, value: object, where: str, keys: Iterable[str]) -> None:
        self.where = where
        desired = list(keys)
        if not isinstance(value, dict):
            raise self.wrong("", "an object", value)
        missing = [key for key in desired if key not in value]
        unknown = [str(key) for key in value if key not in desired]
        if missing or unknown:
            found = [
                f"{what} {', '.join(names)}"
                for what, names in (("missing", missing), ("unknown", unknown))
                if names
            ]
            raise ContractError(
                f"{where}: {'; '.join(found)}; expected exactly the fields {', '.join(desired)}; "
                "correct the contract"
            )
        self._value: dict[str, Any] = value

    def wrong(self, key: str, expected: str, found: object) -> ContractError:
        """The error for a field of the wrong type or value."""
        shown = repr(found)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        field = f"{self.where}.{key}" if key else self.where
        return ContractError(f"{field}: expected {expected}; found {shown}; correct the contract")

    def text(self, key: str) -> str:
        """A string."""
        value = self._value[key]
        if not isinstance(value, str):
            raise self.wrong(key, "a text", value)
        return value

    def integer(self, key: str) -> int:
        """A whole number."""
        value = self._value[key]
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number", value)
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        return self.finite(key, self._value[key])

    def finite(self, key: str, value: object) -> float:
        """A finite number found inside the field ``key``."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        raise self.wrong(key, "a finite number", value)

    def items(self, key: str) -> list[Any]:
        """A list."""
        value = self._value[key]
        if not isinstance(value, list):
            raise self.wrong(key, "a list", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        values = self.items(key)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "a list of texts", values)
        return tuple(values)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self._integer_item(key, value) for value in self.items(key))

    def point(self, key: str, value: object) -> tuple[float, float, float]:
        """Three finite numbers found inside the field ``key``."""
        if not isinstance(value, list) or len(value) != 3:
            raise self.wrong(key, "three numbers [x, y, z]", value)
        x, y, z = (self.finite(key, number) for number in value)
        return x, y, z

    def mapping(self, key: str) -> Mapping[str, Any]:
        """An object of any content."""
        value = self._value[key]
        if not isinstance(value, dict):
            raise self.wrong(key, "an object", value)
        return value

    def raw(self, key: str) -> object:
        """The value as it stands."""
        return self._value[key]

    def _integer_item(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a list of whole numbers", value)
        return value
