"""The view straight at a person: the camera turned, in thought, so that it looks at the hips.

Seen so, the same pose looks nearly the same wherever in the picture the person is, and a camera
that pans changes nothing at all.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]

_LEAST_AHEAD: Final = 0.05
"""Of a ray's length; what lies further to the side is taken to lie there."""


def turns_to(rays: Numbers) -> Numbers:
    """The smallest turns that bring rays onto the axis ahead.

    Args:
        rays: (..., 2) x/z and y/z in the camera's axes.

    Returns:
        (..., 3, 3): places in the camera's axes, multiplied by it from the left, are as seen by a
        camera that looks along the ray.
    """
    length = np.sqrt(1.0 + (rays**2).sum(axis=-1))
    x, y, z = rays[..., 0] / length, rays[..., 1] / length, 1.0 / length
    share = 1.0 / (1.0 + z)
    rows = (1.0 - x * x * share, -x * y * share, -x, -x * y * share, 1.0 - y * y * share, -y)
    turn = np.stack((*rows, x, y, z), axis=-1)
    return np.asarray(turn.reshape(*rays.shape[:-1], 3, 3))


def turned_rays(rays: Numbers, turns: Numbers) -> Numbers:
    """Rays as a turned camera sees them.

    Args:
        rays: (..., P, 2) x/z and y/z.
        turns: (..., 3, 3) of ``turns_to``.

    Returns:
        (..., P, 2).
    """
    there = rays @ np.swapaxes(turns[..., :2], -1, -2) + turns[..., None, :, 2]
    return np.asarray(there[..., :2] / np.maximum(there[..., 2:], _LEAST_AHEAD))


def turned(places: Numbers, turns: Numbers, *, back: bool = False) -> Numbers:
    """Places (..., P, 3) as a turned camera sees them; ``back``: from there to the camera's own."""
    return np.asarray(places @ (turns if back else np.swapaxes(turns, -1, -2)))
