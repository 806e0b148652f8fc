"""Many small systems of equations at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def solve_many(matrices: NDArray[Any], rights: NDArray[Any]) -> Doubles:
    """Solve A x = b for many symmetric, positive definite A by elimination, all in step.

    ``numpy.linalg.solve`` hands one system after the other to a library that shares each out among
    all threads of the processor. Where something else keeps these busy, every system waits for
    them: a hundred times as long as this takes.

    Args:
        matrices: (T, D, D) symmetric, positive definite.
        rights: (T, D).

    Returns:
        (T, D).
    """
    size = rights.shape[-1]
    rows = np.concatenate((matrices, rights[..., None]), axis=-1)
    rows = np.ascontiguousarray(np.moveaxis(rows, 0, -1), np.float64)  # (D, D + 1, T)
    for pivot in range(size - 1):
        shares = rows[pivot, pivot + 1 : size] / rows[pivot, pivot]  # its column is its row
        for row in range(pivot + 1, size):
            rows[row, row:] -= shares[row - pivot - 1] * rows[pivot, row:]
    found = np.empty((size, rows.shape[-1]))
    for row in range(size - 1, -1, -1):
        known = np.einsum("it,it->t", rows[row, row + 1 : size], found[row + 1 :])
        found[row] = (rows[row, size] - known) / rows[row, row]
    return found.T
