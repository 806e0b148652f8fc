"""Cameras drawn at random around a person."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import UP, Floats

_HEIGHT_MEAN_DEG, _HEIGHT_SPREAD_DEG = 12.0, 14.0
_HEIGHTS_DEG: Final = (-15.0, 50.0)
_DISTANCES_M: Final = (2.2, 8.0)
_LEAST_DEPTH_M: Final = 1.2
_FURTHEST_ASIDE: Final = 0.7
"""Tangent of the angle between a person's hips and the middle of the picture."""
_ASIDE: Final = (0.25, 0.2)
"""Of the distance: how far from the picture's middle the person is, to the side and up."""
FOLLOWS: Final = 0.4
"""Share of cameras that keep the person in the picture's middle, more or less."""
EVEN_HEIGHTS: Final = 0.35
"""Share of cameras whose height is drawn evenly, so that steep ones are not rare."""


def draw_axes(count: int, rng: np.random.Generator, even: float = EVEN_HEIGHTS) -> Floats:
    """(count, 3, 3) of cameras that look at a person: right, down, ahead as rows, Y up.

    Args:
        count: of cameras.
        rng: draws.
        even: share whose height is drawn evenly from all that there are.
    """
    around = rng.uniform(0.0, 2.0 * np.pi, count)
    usual = rng.normal(_HEIGHT_MEAN_DEG, _HEIGHT_SPREAD_DEG, count).clip(*_HEIGHTS_DEG)
    heights = np.where(rng.random(count) < even, rng.uniform(*_HEIGHTS_DEG, count), usual)
    roll = np.radians(rng.normal(0.0, 2.0, count))
    up = np.radians(heights)
    flat = np.cos(up)
    ahead = -np.stack((flat * np.sin(around), np.sin(up), flat * np.cos(around)), axis=-1)
    right = np.cross(ahead, UP)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    below = np.cross(ahead, right)
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    return np.stack((cos * right + sin * below, cos * below - sin * right, ahead), axis=1)


def draw_paths(
    hips_m: Floats, axes: Floats, rng: np.random.Generator, follows: float = FOLLOWS
) -> Floats:
    """Where the hips are, as cameras see them that stand still or follow.

    Args:
        hips_m: (B, T, 3) of the hips in the world.
        axes: (B, 3, 3) of ``draw_axes``.
        rng: draws.
        follows: share of the cameras that go along.

    Returns:
        (B, T, 3) in the cameras' axes, metres; never nearer than a camera can be.
    """
    batch, count = hips_m.shape[:2]
    walked = np.einsum("bij,btj->bti", axes, hips_m - hips_m[:, [count // 2]])
    along = rng.random(batch) < follows
    walked = np.where(along[:, None, None], walked * rng.uniform(0.0, 0.3, (batch, 1, 1)), walked)
    distance = rng.uniform(*_DISTANCES_M, batch)
    aside = rng.uniform(-1.0, 1.0, (batch, 2)) * _ASIDE
    start = np.concatenate((aside, np.ones((batch, 1))), axis=-1) * distance[:, None]
    path = walked + start[:, None]
    near = np.maximum(np.hypot(path[..., 0], path[..., 1]) / _FURTHEST_ASIDE, _LEAST_DEPTH_M)
    missing = np.maximum((near - path[..., 2]).max(axis=1), 0.0)
    path[..., 2] += missing[:, None]
    return np.asarray(path)
