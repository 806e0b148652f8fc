"""The demo character's bare head and its eyes as distance functions: pure NumPy.

Told from the head joint, in metres before ``HEAD_SCALE``; Y up, +Z ahead, +X the character's left.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.conventions import Floats
from .bones import EYE_M
from .shapes import Shape, carve, cone, ellipsoid, join, limb

EYE_RADIUS_M: Final = 0.0190
LID_RADIUS_M: Final = 1.075 * EYE_RADIUS_M
_AHEAD: Final = (0.0, 0.0, 1.0)

# Share of the neck's axis, half width, half depth, shift to the front.
_NECK: Final = (
    (0.00, 0.060, 0.054, 0.0),
    (0.30, 0.049, 0.051, 0.0),
    (0.70, 0.046, 0.050, 0.0),
    (1.00, 0.048, 0.054, 0.0),
)
# Height over the head joint, half width, half depth, shift to the front.
_LOWER_FACE: Final = (
    (-0.031, 0.018, 0.015, 0.066),
    (-0.020, 0.033, 0.031, 0.054),
    (0.004, 0.049, 0.048, 0.041),
    (0.035, 0.061, 0.060, 0.030),
    (0.070, 0.067, 0.066, 0.023),
    (0.120, 0.069, 0.066, 0.023),
)


def head_form() -> Shape:
    """Skull, face and neck without hair, ears, eyeballs and lips; a mound where the lips lie."""
    neck = limb((0, -0.145, -0.024), (0, 0.03, -0.004), _AHEAD, _NECK)
    skull = ellipsoid((0, 0.112, -0.002), (0.077, 0.089, 0.095))
    low, high = _LOWER_FACE[0][0], _LOWER_FACE[-1][0]
    stations = [((y - low) / (high - low), *rest) for y, *rest in _LOWER_FACE]
    lower = limb((0, low, 0), (0, high, 0), _AHEAD, stations, 2.2)
    shape = join([join([skull, lower], 0.035), neck], 0.022)
    chin = ellipsoid((0, -0.019, 0.0785), (0.019, 0.0125, 0.013))
    muzzle = ellipsoid((0, 0.019, 0.065), (0.036, 0.027, 0.034))
    shape = join([shape, join([chin, muzzle], 0.012)], 0.018)
    for sign in (1.0, -1.0):
        socket = ellipsoid((sign * 0.032, 0.0835, 0.102), (0.023, 0.0165, 0.024))
        shape = carve(shape, socket, 0.016)
        cheek = ellipsoid((sign * 0.037, 0.048, 0.062), (0.022, 0.019, 0.020))
        jowl = ellipsoid((sign * 0.040, 0.022, 0.046), (0.019, 0.026, 0.030))
        brow = ellipsoid((sign * 0.033, 0.107, 0.071), (0.027, 0.009, 0.0135))
        shape = join([shape, join([cheek, jowl], 0.025), brow], 0.022)
    shape = join([shape, _nose()], 0.011)
    return carve(shape, ellipsoid((0, 0.0310, 0.1055), (0.0038, 0.0090, 0.0068)), 0.004)


def _nose() -> Shape:
    bridge = cone((0, 0.088, 0.083), (0, 0.055, 0.0985), 0.0058, 0.0078)
    tip = ellipsoid((0, 0.0500, 0.1035), (0.0100, 0.0092, 0.0098))
    wings = [
        ellipsoid((sign * 0.0112, 0.0462, 0.0935), (0.0068, 0.0068, 0.0090)) for sign in (1, -1)
    ]
    return join([join([bridge, tip], 0.010), *wings], 0.005)


def face_form() -> Shape:
    """The head with lids bulging over the eyeballs, their crease where they meet the brow."""
    balls = [
        ellipsoid(eye_centre(sign), (LID_RADIUS_M, LID_RADIUS_M, LID_RADIUS_M))
        for sign in (1.0, -1.0)
    ]
    return join([head_form(), *balls], 0.006)


def eye_centre(sign: float) -> Floats:
    """(3,) middle of an eyeball, +1 the left one."""
    return np.array(EYE_M, np.float32) * np.array([sign, 1.0, 1.0], np.float32)


def cast(shape: Shape, starts: Floats, ways: Floats, reach_m: float, steps: int = 40) -> Floats:
    """The last places (N, 3) where rays leave a shape.

    Args:
        shape: distance function.
        starts, ways: (N, 3) beginnings, and directions of length 1.
        reach_m: how far to look.
        steps: how many places to try on each ray before closing in.
    """
    far = np.linspace(reach_m, 0.0, steps, dtype=np.float32)
    values = shape(starts[:, None] + far[:, None] * ways[:, None])
    first = np.argmax(values < 0, axis=1)
    rows = np.arange(len(starts))
    low, high = far[first], far[np.maximum(first - 1, 0)]
    inside, outside = values[rows, first], values[rows, np.maximum(first - 1, 0)]
    for _ in range(4):  # false position: nearly true distances are nearly straight
        share = np.clip(inside / np.where(inside == outside, -1.0, inside - outside), 0.02, 0.98)
        middle = low + share * (high - low)
        value = shape(starts + middle[:, None] * ways)
        within = value < 0
        low, inside = np.where(within, middle, low), np.where(within, value, inside)
        high, outside = np.where(within, high, middle), np.where(within, outside, value)
    return np.asarray(starts + low[:, None] * ways, np.float32)


def front(shape: Shape, x: Floats, y: Floats) -> Floats:
    """Where the face's front lies (N, 3) at x and y (N,)."""
    starts = np.stack((x, y, np.full_like(x, 0.03)), axis=-1).astype(np.float32)
    ways = np.broadcast_to(np.array([0, 0, 1], np.float32), starts.shape)
    return cast(shape, starts, ways, 0.11, 30)
