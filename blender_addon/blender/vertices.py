"""Vertices of meshes and shape keys in bulk."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def coordinates(points: Any) -> NDArray[np.float64]:
    """(V, 3) places in the object's space.

    Args:
        points: vertices of a mesh, or the data of a shape key.
    """
    flat = np.empty(3 * len(points), np.float32)
    points.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(np.float64)


def shape_offsets(block: Any) -> NDArray[np.float64]:
    """(V, 3) how a shape key at 1 moves the vertices, in the object's space."""
    return coordinates(block.data) - coordinates(block.relative_key.data)
