"""Soles and whatever else meets the ground: falls, slip, depth, how high a foot swings."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.physics.figure import BODY_NAMES

from ..grounds import Heights
from .recording import RATE_HZ
from .shapes import FEET, Placed, shape_bottoms, sole_corners

NEAR_M: Final = 0.015
"""A sole's corner lower than this over the ground carries."""
TOUCHES_M: Final = 0.003
_SWINGS_M_S: Final = 0.5

_OTHERS: Final = np.array([name not in FEET for name in BODY_NAMES])


def fell_at(placed: Placed, heights: Heights) -> int | None:
    """First frame at which something other than a foot touches the ground; None if none does."""
    touching = (shape_bottoms(placed, heights)[:, _OTHERS] < TOUCHES_M).any(axis=1)
    return int(np.argmax(touching)) if touching.any() else None


def depths(placed: Placed, heights: Heights) -> Floats:
    """(T,) how far the lowest point of all shapes is under the ground, metres; 0 over it."""
    return np.maximum(0.0, -shape_bottoms(placed, heights).min(axis=1))


def slip_speeds(placed: Placed, heights: Heights) -> Floats:
    """(T − 1,) speed over the ground of the slowest corner that carries; NaN where none does."""
    return _slowest(*_corners(placed, heights))


def foot_slip_speeds(placed: Placed, heights: Heights) -> Floats:
    """(T − 1, 2) the same of each foot for itself."""
    speeds, near = _corners(placed, heights)
    return np.stack([_slowest(speeds[:, n : n + 1], near[:, n : n + 1]) for n in (0, 1)], axis=1)


def swing_clearance(placed: Placed, heights: Heights) -> float | None:
    """Median over swings of how high the lowest corner is at the middle of a foot's way, metres."""
    corners = sole_corners(placed)
    over = (corners[..., 1] - heights(corners[..., [0, 2]])).min(axis=2)
    middles = corners.mean(axis=2)
    speeds = np.linalg.norm(np.diff(middles[..., [0, 2]], axis=0), axis=-1) * RATE_HZ
    found = [
        float(over[first:last, side].min())
        for side in (0, 1)
        for first, last in _middles(speeds[:, side])
    ]
    return float(np.median(found)) if found else None


def _middles(speeds: Floats) -> list[tuple[int, int]]:
    """The middle third of each time that a foot is under way."""
    moving = np.concatenate(([False], speeds > _SWINGS_M_S, [False])).astype(np.int8)
    edges = np.diff(moving)
    spans = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    return [
        (int(a + (b - a) // 3), int(b - (b - a) // 3))
        for a, b in spans
        if b - a >= int(0.15 * RATE_HZ)
    ]


def _corners(placed: Placed, heights: Heights) -> tuple[Floats, Bools]:
    """Speeds (T − 1, 2, 8) of the soles' corners, and which carry from one frame to the next."""
    corners = sole_corners(placed)
    over = corners[..., 1] - heights(corners[..., [0, 2]])
    near = (over[:-1] < NEAR_M) & (over[1:] < NEAR_M)
    return np.linalg.norm(np.diff(corners[..., [0, 2]], axis=0), axis=-1) * RATE_HZ, near


def _slowest(speeds: Floats, near: Bools) -> Floats:
    held = np.where(near, speeds, np.inf).reshape(len(speeds), -1).min(axis=1)
    return np.where(np.isfinite(held), held, np.nan)
