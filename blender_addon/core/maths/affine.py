"""Transforms as 4 by 4 matrices whose last row is 0 0 0 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rotations import cross, dot


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
    inverse = np.zeros(wide.shape)
    linear = inverse[..., :3, :3]
    linear[..., 0, :], linear[..., 1, :], linear[..., 2, :] = cross(y, z), cross(z, x), cross(x, y)
    linear /= dot(x, linear[..., 0, :])[..., None, None]
    inverse[..., :3, 3] = -dot(linear, wide[..., None, :3, 3])
    inverse[..., 3, 3] = 1.0
    return inverse
