"""Random ground under the ways of animals: bumps, hills, slopes, low steps."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain

_MARGIN_M: Final = 1.5
_SPACING_M: Final = 0.08
_STEEPEST: Final = 0.33
"""Of natural ground, as a rise over a run."""


def random_ground(way_xz: Floats, speed_m_s: float, rng: np.random.Generator) -> Terrain:
    """Ground along a way: half of it level.

    Args:
        way_xz: (N, 2) metres of the model's world.
        speed_m_s: the fastest there; who goes fast goes over smoother ground.
        rng: of the ground.
    """
    kind = rng.choice(
        ["level", "bumps", "slope", "hills", "steps"], p=[0.5, 0.17, 0.13, 0.14, 0.06]
    )
    if kind == "level":
        return FlatTerrain()
    calm = float(np.clip(1.5 / max(speed_m_s, 0.3), 0.45, 1.0))
    low = way_xz.min(axis=0) - _MARGIN_M
    shape = np.ceil((way_xz.max(axis=0) + _MARGIN_M - low) / _SPACING_M).astype(int) + 1
    size = (int(shape[0]), int(shape[1]))
    if kind == "bumps":
        samples = _noise(size, float(rng.uniform(0.4, 0.9)) / calm, rng)
        samples *= float(rng.uniform(0.015, 0.06)) * calm
    elif kind == "hills":
        samples = _noise(size, float(rng.uniform(1.2, 3.0)) / calm, rng)
        samples *= float(rng.uniform(0.1, 0.5))
    elif kind == "steps":
        samples = _steps(low, size, rng, 0.03 + 0.06 * calm)
    else:
        samples = _slope(low, size, rng)
    if kind != "steps":
        samples = _not_steeper(samples, _STEEPEST * (0.6 + 0.4 * calm))
    return HeightField(low, _SPACING_M, samples)


def _noise(size: tuple[int, int], blob_m: float, rng: np.random.Generator) -> Floats:
    """Smooth noise of deviation 1 whose blobs are so large."""
    noise = gaussian_filter(rng.standard_normal(size), blob_m / _SPACING_M / 2, mode="wrap")
    return np.asarray(noise / max(float(noise.std()), 1e-9))


def _along(low: Floats, size: tuple[int, int], rng: np.random.Generator) -> Floats:
    x = low[0] + _SPACING_M * np.arange(size[0])[:, None]
    z = low[1] + _SPACING_M * np.arange(size[1])[None]
    heading = rng.uniform(-np.pi, np.pi)
    return np.asarray(x * np.sin(heading) + z * np.cos(heading))


def _slope(low: Floats, size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Ramps between level stretches, rounded at their edges."""
    length = float(rng.uniform(2.5, 7.0))
    wave = np.abs((_along(low, size, rng) / length + rng.random()) % 2 - 1) * length
    level = np.clip(wave, 0.15 * length, 0.85 * length)
    steep = np.tan(np.radians(float(rng.uniform(4, 17))))
    return np.asarray(gaussian_filter(steep * level, 0.2 / _SPACING_M))


def _steps(low: Floats, size: tuple[int, int], rng: np.random.Generator, most: float) -> Floats:
    """Low steps up and down across the way, as wide as the trunk is long or wider."""
    along = _along(low, size, rng)
    wide = float(rng.uniform(0.7, 2.0))
    number = np.floor(along / wide + rng.random()).astype(int)
    number -= number.min()
    rises = rng.uniform(0.3, 1.0, number.max() + 1) * most * rng.choice([-1, 1], number.max() + 1)
    return np.asarray(np.cumsum(rises)[number])


def _not_steeper(samples: Floats, most: float) -> Floats:
    rises = np.gradient(samples, _SPACING_M)
    steepest = float(np.percentile(np.hypot(rises[0], rises[1]), 99))
    return np.asarray(samples * min(1.0, most / max(steepest, 1e-6)))
