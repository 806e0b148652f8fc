"""Rank correlation: whether two things rise together, however they are scaled."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """(N,) ranks from 0 on; equal values share the mean of theirs."""
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - 0.5 * (counts + 1))[places.ravel()])


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's ρ of (N,) and (N,), −1 … 1; 0 where one of them does not change."""
    a, b = ranks(first), ranks(second)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0
