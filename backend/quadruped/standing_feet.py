"""Which way the feet look: still while they stand, rolling over their tips, folded in the air."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.ground.terrain import FlatTerrain, Terrain, soften
from blender_addon.core.maths.rotations import normalise, quaternion_multiply, rotation_between

_PROBE_M: Final = 0.03
_UP: Final = np.array([0.0, 1.0, 0.0])


def feet_rotations(
    headings_rad: Floats, contacts: Bools, paws_m: Floats, pitches_rad: Floats, terrain: Terrain
) -> Floats:
    """World rotations of feet.

    Args:
        headings_rad: (T, 4) where the trunk looks above each foot, unwrapped.
        contacts: (T, 4) whether it stands.
        paws_m: (T, 4, 3).
        pitches_rad: (T, 4) toe down.
        terrain: on whose slope they stand.

    Returns:
        (T, 4, 4) quaternions.
    """
    yaw = np.stack([_held(headings_rad[:, n], contacts[:, n]) for n in range(4)], axis=1) / 2
    tilt = pitches_rad / 2
    zero = np.zeros_like(yaw)
    turned = np.stack((np.cos(yaw), zero, np.sin(yaw), zero), axis=-1)
    pitched = np.stack((np.cos(tilt), np.sin(tilt), zero, zero), axis=-1)
    level = quaternion_multiply(turned, pitched)
    if isinstance(terrain, FlatTerrain):
        return level.astype(np.float32)
    slope = rotation_between(np.broadcast_to(_UP, paws_m.shape), _normals(paws_m, terrain))
    return normalise(quaternion_multiply(slope, level)).astype(np.float32)


def _held(headings: Floats, stands: Bools) -> Floats:
    """Headings (T,) that stay at their mean while a foot stands, and go over in the air."""
    if not stands.any():
        return headings
    knots, values = [], []
    for first, end in spans(stands):
        middle = float(headings[first:end].mean())
        knots += [first, end - 1]
        values += [middle, middle]
    held = np.interp(np.arange(len(headings)), knots, values)
    return np.asarray(gaussian_filter1d(held, 1.5, mode="nearest"))


def _normals(paws: Floats, terrain: Terrain) -> Floats:
    """(T, 4, 3) the ground's normals below paws, softened."""
    soft = soften(terrain)
    places = paws[..., [0, 2]]
    slopes = []
    for axis in (0, 1):
        step = np.zeros(2)
        step[axis] = _PROBE_M
        rise = np.asarray(soft.heights(places + step), np.float64) - soft.heights(places - step)
        slopes.append(gaussian_filter1d(rise / (2 * _PROBE_M), 3.0, axis=0, mode="nearest"))
    return normalise(np.stack((-slopes[0], np.ones_like(slopes[0]), -slopes[1]), axis=-1))
