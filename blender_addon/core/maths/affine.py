"""Transforms as 4 by 4 matrices whose last row is 0 0 0 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def affine_inverse(matrices: NDArray[Any]) -> NDArray[np.float64]:
    """Inverses, by cofactors.

    NumPy's own goes through LAPACK one matrix at a time, whose threads may wait for each other for
    a second where the processor is busy.

    Args:
        matrices: (..., 4, 4) affine and regular.

    Returns:
        (..., 4, 4) their inverses.
    """
    wide = np.asarray(matrices, np.float64)
    x, y, z = (wide[..., :3, column] for column in range(3))
    rows = np.stack((np.cross(y, z), np.cross(z, x), np.cross(x, y)), axis=-2)
    linear = rows / np.sum(x * rows[..., 0, :], axis=-1)[..., None, None]
    inverse = np.zeros(wide.shape)
    inverse[..., :3, :3] = linear
    inverse[..., :3, 3] = -np.einsum("...ij,...j->...i", linear, wide[..., :3, 3])
    inverse[..., 3, 3] = 1.0
    return inverse
