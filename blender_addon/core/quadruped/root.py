"""The frame in which an animal's pose is told: the middle of its trunk on the ground."""

from __future__ import annotations

import numpy as np

from ..conventions import Floats
from .skeleton import CHEST, HIPS


def root_of(positions_m: Floats) -> Floats:
    """Where an animal is.

    Args:
        positions_m: (…, 27, 3) joints in the world.

    Returns:
        (…, 3) x and z of the middle between hips and chest, and the heading from hips to chest, in
        radians about +Y from +Z towards +X, not unwrapped.
    """
    hips, chest = positions_m[..., HIPS, :], positions_m[..., CHEST, :]
    middle, along = (hips + chest) / 2, chest - hips
    heading = np.arctan2(along[..., 0], along[..., 2])
    return np.stack((middle[..., 0], middle[..., 2], heading), axis=-1)
