"""Rotations out of directions: of a trunk, of two bones with a hinge between them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import (
    cross,
    dot,
    length,
    matrix_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from .body import Doubles

_ANY: Final = np.array([0.3, 0.5, 0.8])


def across(vectors: Floats, along: Floats) -> Doubles:
    """What of vectors (..., 3) is at right angles to unit vectors ``along`` (..., 3)."""
    return np.asarray(vectors - dot(vectors, along)[..., None] * along, np.float64)


def axes(first: Floats, second: Floats) -> Doubles:
    """(..., 3, 3) whose first column is along the first vector, the second as near as can be."""
    x = normalise(np.asarray(first, np.float64))
    y = across(np.asarray(second, np.float64), x)
    lost = length(y) < 1e-9
    if lost.any():
        y = np.where(lost[..., None], across(np.broadcast_to(_ANY, y.shape), x), y)
    y = normalise(y)
    return np.stack((x, y, cross(x, y)), axis=-1)


def turn_onto(rest: tuple[Floats, Floats], now: tuple[Floats, Floats]) -> Doubles:
    """Rotations (T, 4) that turn the first of two rest vectors (3,) onto the first of ``now``.

    The second one (3,) comes as near to the second of ``now`` (T, 3) as can be.
    """
    return np.asarray(matrix_to_quaternion(axes(*now) @ axes(*rest).T), np.float64)


def part_way(start: Floats, end: Floats, share: Floats | float) -> Doubles:
    """Rotations (T, 4) a share of the way from one to the other, along the shorter arc."""
    away = quaternion_multiply(end, quaternion_conjugate(start))
    step = np.asarray(share)[..., None] * quaternion_to_vector(away)
    return np.asarray(quaternion_multiply(vector_to_quaternion(step), start))


def no_further(rotations: Floats, most_rad: float | Floats) -> Doubles:
    """Rotations (T, 4) by at most an angle (or angles (T,)).

    One that goes further is not believed, the less the nearer it is to half a turn, where its axis
    turns over: so nothing jumps there.
    """
    vectors = quaternion_to_vector(rotations)
    size = np.maximum(length(vectors), 1e-9)
    return np.asarray(vector_to_quaternion(vectors * (within(size, most_rad) / size)[..., None]))


def within(angles: Floats, most_rad: float | Floats) -> Doubles:
    """Angles (...) of -pi ... pi up to a limit, falling from there to nothing at half a turn."""
    size = np.abs(angles)
    beyond = most_rad * (np.pi - size) / np.maximum(np.pi - most_rad, 1e-9)
    return np.asarray(np.sign(angles) * np.minimum(size, np.maximum(beyond, 0.0)))


def relative(child: Floats, parent: Floats) -> Doubles:
    """World rotations (T, 4) of a child as seen from its parent."""
    return np.asarray(quaternion_multiply(quaternion_conjugate(parent), child))
