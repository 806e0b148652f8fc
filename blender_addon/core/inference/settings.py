"""Typed reading of a contract's settings, which anyone may have written."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeGuard

import numpy as np

from ..conventions import Floats
from ..errors import ContractError
from .contract_types import ModelContract

_SHOWN: Final = 60
_LARGEST: Final = 1e6


class SettingsReader:
    """Reads a model's settings; every failure says which, what was found and what was expected.

    Args:
        contract: whose settings.
    """

    def __init__(self, contract: ModelContract) -> None:
        self._contract = contract

    def has(self, key: str) -> bool:
        """Whether a setting is given at all."""
        return key in self._contract.settings

    def number(self, key: str, low: float, high: float, usual: float | None = None) -> float:
        """A number within a range.

        Args:
            key: of the setting.
            low, high: both allowed.
            usual: what holds where it is not given; None if it must be.

        Raises:
            ContractError: it is missing, no number or out of range.
        """
        value = self._value(key, usual)
        if not _is_number(value) or not low <= value <= high:
            raise self.wrong(key, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def integer(self, key: str, low: int, high: int, usual: int | None = None) -> int:
        """A whole number within a range; as ``number``."""
        value = self._value(key, usual)
        if not _is_number(value) or not low <= value <= high or value != int(value):
            raise self.wrong(key, f"a whole number from {low} to {high}", value)
        return int(value)

    def names(
        self, key: str, *, count: int | str | None = None, known: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Names, each once.

        Args:
            key: of the setting.
            count: how many; None for at least one.
            known: among these; None for any.

        Raises:
            ContractError: it is missing, no list of names, or not these.
        """
        value = self._value(key)
        many = "" if count is None else f"{count} "
        among = "" if known is None else f" of {_shorten(', '.join(known))}"
        expected = f"a list of {many}names{among}, each once"
        if not _is_list(value) or not all(isinstance(name, str) for name in value):
            raise self.wrong(key, expected, value)
        unknown = [] if known is None else sorted(set(value) - set(known))
        if unknown:
            raise self.wrong(key, expected, unknown)
        if len(value) != (max(len(value), 1) if count is None else count):
            raise self.wrong(key, expected, value)
        if len(set(value)) != len(value):
            raise self.wrong(key, expected, value)
        return tuple(value)

    def require(self, key: str, expected: Sequence[str | int]) -> None:
        """Check that a setting lists exactly these names or numbers, in this order.

        Raises:
            ContractError: it is missing or says something else.
        """
        value = self._value(key)
        if not _is_list(value) or list(value) != list(expected):
            raise self.wrong(key, f"exactly {', '.join(map(str, expected))}", value)

    def table(
        self,
        key: str,
        shape: Sequence[int | str | None],
        low: float = -_LARGEST,
        high: float = _LARGEST,
    ) -> Floats:
        """A table of numbers, such as a list of lists.

        Args:
            key: of the setting.
            shape: of the table; None for any size from 1 on.
            low, high: range of the numbers, both allowed.

        Returns:
            float32 of that shape.

        Raises:
            ContractError: it is missing, of another shape, or a number is out of range.
        """
        return self._as_table(key, self._value(key), shape, low, high)

    def rows(
        self,
        key: str,
        size: int | str,
        low: float = -_LARGEST,
        high: float = _LARGEST,
        names: Sequence[str] | None = None,
    ) -> dict[str, Floats]:
        """Numbers by name.

        Args:
            key: of the setting.
            size: how many numbers each name has.
            low, high: range of the numbers, both allowed.
            names: which there must be, and in this order they come; None for those that are given.

        Returns:
            (size,) float32 by name, at least one.

        Raises:
            ContractError: it is missing, lacks a name, or a row is not of this size and range.
        """
        value = self._value(key)
        desired = "names" if names is None else ", ".join(names)
        if not isinstance(value, Mapping) or not value:
            raise self.wrong(key, f"{size} numbers for each of its {desired}", value)
        missing = [name for name in names or () if name not in value]
        if missing:
            raise self.wrong(key, f"{size} numbers for each of {desired}", f"no {missing[0]}")
        chosen = list(value) if names is None else names
        return {
            name: self._as_table(f"{key}.{name}", value[name], (size,), low, high)
            for name in chosen
        }

    def wrong(self, key: str, expected: str, found: object) -> ContractError:
        """The error for a setting that is not as expected."""
        return ContractError(
            f"model '{self._contract.name}': the setting '{key}' must be {expected}; found "
            f"{_shorten(repr(found))}. Correct the contract, or use a model exported for this "
            "version"
        )

    def _value(self, key: str, usual: object = None) -> Any:
        if usual is not None and not self.has(key):
            return usual
        return self._contract.setting(key)

    def _as_table(
        self, key: str, value: object, shape: Sequence[int | str | None], low: float, high: float
    ) -> Floats:
        sizes = " × ".join("any" if size is None else str(size) for size in shape)
        expected = f"a table of {sizes} numbers from {low:g} to {high:g}"
        if not _fits(value, shape, low, high):
            raise self.wrong(key, expected, value)
        return np.array(value, np.float32)


def _fits(value: object, shape: Sequence[int | str | None], low: float, high: float) -> bool:
    """Whether nested lists have a shape, with all numbers in range."""
    if not shape:
        return _is_number(value) and low <= value <= high
    if not _is_list(value):
        return False
    desired, count = shape[0], len(value)
    if count != (max(count, 1) if desired is None else desired):
        return False
    return all(_fits(each, shape[1:], low, high) for each in value)


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not isinstance(value, float) or math.isfinite(value)


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
