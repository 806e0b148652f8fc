"""Rotations as vectors: axis times angle, which add up and blend where they are small."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from .rotations import length

_TINY: Final = 1e-9


def quaternion_to_vector(q_wxyz: Floats) -> Floats:
    """Rotations (..., 4) to axis times angle (..., 3), radians, at most half a turn."""
    q = np.where(q_wxyz[..., :1] < 0, -q_wxyz, q_wxyz)
    sine = length(q[..., 1:])[..., None]
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    return np.asarray(np.where(sine > _TINY, angle / np.maximum(sine, _TINY), 2.0) * q[..., 1:])


def vector_to_quaternion(vectors: Floats) -> Floats:
    """Axis times angle (..., 3), radians, to rotations (..., 4)."""
    angle = length(vectors)[..., None]
    # sin(a/2)/a, which is 1/2 where the angle vanishes.
    share = 0.5 * np.sinc(angle / (2.0 * np.pi))
    q: Floats = np.concatenate((np.cos(0.5 * angle), share * vectors), axis=-1)
    return q.astype(vectors.dtype)
