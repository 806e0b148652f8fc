"""Pools values of several motions into one number, or None where there is nothing to pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Number = float | None


def pool(values: Iterable[float], by: Callable[[Any], Any] = np.mean) -> Number:
    """One finite number of many; None if none is finite."""
    found = np.fromiter(values, np.float64)
    found = found[np.isfinite(found)]
    return float(by(found)) if len(found) else None


def largest(values: Iterable[float]) -> Number:
    """The largest finite one; None if there is none."""
    return pool(values, np.max)


def middle(values: Iterable[float]) -> Number:
    """The median of the finite ones; None if there is none."""
    return pool(values, np.median)
