"""Lifted bodies that lean, put upright where the camera's tilt is known."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...maths.rotations import length, normalise, quaternion_rotate, rotation_between
from ...maths.smoothing import gaussian_smooth
from ..camera import FilmCamera
from .body import Doubles
from .evidence import Evidence
from .frames import no_further
from .ground import uprightness

_UP: Final = np.array([0.0, 1.0, 0.0])
_LEAN_PER_M_S: Final = 0.05
_MOST_LEAN: Final = 0.25
"""Who walks or runs leans that way: tangent, by the speed."""
_SPEED_S: Final = 0.4
_USUAL_RAD: Final = np.radians(8.0)
"""What else somebody may well lean on average, without a mistake of the lifter."""
_MOST_RAD: Final = np.radians(35.0)
"""Somebody who leans by more is not standing."""


def stand_upright(
    evidence: Evidence, camera: FilmCamera, shape: Doubles, place: Doubles, size: float
) -> Doubles:
    """Lifted joints whose mean is upright, for a camera whose tilt is known.

    A lifter mistakes a camera's tilt for a lean of the body; over all frames in which somebody
    stands or walks, nobody leans by more than walking makes them.

    Args:
        evidence: what was seen.
        camera: known.
        shape: (T, 14, 3) joints about the middle of the hips, camera axes.
        place: (T, 3) of the middle of the hips, camera axes, in the same size.
        size: how many times as large the true world is.
    """
    level = np.einsum("tij,tpj->tpi", camera.rotations, shape)
    up, share = uprightness(level, evidence.joint_weights)
    if not share.any():
        return shape
    share = share / share.sum()
    lean = (share[:, None] * (up - travelling_lean(evidence, camera, place * size))).sum(axis=0)
    # A picture tells how far somebody leans to its side; towards it and away it can be mistaken.
    aside = (share[:, None] * camera.rotations[:, :, 0]).sum(axis=0)
    aside = normalise(aside * np.array([1.0, 0.0, 1.0]))
    lean = lean - (lean @ aside) * aside
    turn = rotation_between(lean, _UP)
    angle = 2.0 * float(np.arccos(np.clip(abs(turn[0]), 0.0, 1.0)))
    if lean[1] <= 0.0 or angle > _MOST_RAD:
        return shape
    believed = angle**4 / (angle**4 + _USUAL_RAD**4)
    turn = no_further(turn[None], angle * believed)[0]
    upright = quaternion_rotate(np.broadcast_to(turn, (*level.shape[:2], 4)), level)
    return np.asarray(np.einsum("tji,tpj->tpi", camera.rotations, upright))


def travelling_lean(evidence: Evidence, camera: FilmCamera, place: Doubles) -> Doubles:
    """(T, 3) by how much somebody who travels leans ahead, level."""
    if len(place) < 2:
        return np.zeros((len(place), 3))
    there = gaussian_smooth(
        camera.to_world(place[:, None])[:, 0], _SPEED_S * evidence.rate_hz, keep_ends=True
    )
    velocity = np.gradient(there, axis=0) * evidence.rate_hz * np.array([1.0, 0.0, 1.0])
    speed = length(velocity)
    lean = np.minimum(_LEAN_PER_M_S * speed, _MOST_LEAN)
    return np.asarray(velocity * (lean / np.maximum(speed, 1e-6))[:, None])
