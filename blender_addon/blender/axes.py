"""Blender's axes to the core's and back, in this one place.

Blender: Z up, a character at rest looks along −Y with its left at +X. Core: Y up, a character looks
along +Z with its left at +X. Both are right-handed, so the change is a quarter turn about X:
core (x, y, z) = Blender (x, z, −y).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

BLENDER_TO_CORE: Final = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64)
"""Matrix acting on column vectors; its transpose goes back."""


def blender_to_core_points(points: Array) -> Array:
    """Points or directions (..., 3) from Blender's axes to the core's."""
    return np.stack((points[..., 0], points[..., 2], -points[..., 1]), axis=-1)


def core_to_blender_points(points: Array) -> Array:
    """Points or directions (..., 3) from the core's axes to Blender's."""
    return np.stack((points[..., 0], -points[..., 2], points[..., 1]), axis=-1)
