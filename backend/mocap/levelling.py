"""The floor of a recording, which is not always level."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Floats

_SLOW_SHARE = 0.3


def tilted_floor(feet: Floats, hips: Floats) -> Floats:
    """Height of a plane under the hips through the places where feet are slow.

    Several takes were recorded with the floor out of level: 10 cm over 4 m at the worst.

    Args:
        feet: (T, 4, 3) left heel, left toe, right heel, right toe, metres.
        hips: (T, 3).

    Returns:
        (T,) metres, zero in the mean of the slow places.
    """
    speeds = np.linalg.norm(np.gradient(feet, axis=0), axis=-1)
    slow = speeds <= np.quantile(speeds, _SLOW_SHARE, axis=0)
    frame, joint = np.nonzero(slow)
    places = feet[frame, joint]
    centre = places.mean(axis=0)
    table = np.concatenate(((places - centre)[:, [0, 2]], np.eye(4)[joint]), axis=1)
    # The smallest of all fitting tilts: a straight walk says nothing about the floor beside it.
    tilt = np.linalg.lstsq(table, places[:, 1], rcond=1e-3)[0][:2]
    return np.asarray((hips[:, [0, 2]] - centre[[0, 2]]) @ tilt)
