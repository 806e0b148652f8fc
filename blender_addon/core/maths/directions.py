"""Directions along the axes: rigs are built along them, but for rounding and a little tilt."""

from __future__ import annotations

import numpy as np

from ..conventions import Floats

_SNAP = np.cos(np.radians(10.0))


def nearest_axis(direction: Floats) -> Floats:
    """(3,) unit vector of the positive or negative axis that is nearest to a direction (3,)."""
    axis = np.zeros(3)
    largest = int(np.argmax(np.abs(direction)))
    axis[largest] = np.sign(direction[largest]) or 1.0
    return axis


def snapped(direction: Floats) -> Floats:
    """The nearest axis, if a unit vector (3,) is within 10 degrees of it; else the vector."""
    axis = nearest_axis(direction)
    return axis if axis @ direction > _SNAP else direction
