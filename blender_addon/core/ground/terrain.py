"""The ground as a function of place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from ..conventions import Floats
from ..errors import TerrainError
from ..maths.smoothing import gaussian_smooth


class Terrain(Protocol):
    """Anything that knows how high the ground is."""

    def heights(self, xz: Floats) -> Floats:
        """Ground positions (..., 2) to heights (...), all metres; NaN where there is none."""
        ...


@dataclass(frozen=True)
class FlatTerrain:
    """Level ground everywhere.

    Args:
        height_m: its height.
    """

    height_m: float = 0.0

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        return np.full(np.shape(xz)[:-1], self.height_m, np.float32)


@dataclass(frozen=True, eq=False)
class HeightField:
    """Heights on a square grid, bilinear between, constant beyond the border.

    Args:
        origin_xz: (2,) place of the first sample, metres.
        spacing_m: distance between samples.
        samples: (Nx, Nz) heights, metres; NaN marks a hole.

    Raises:
        TerrainError: fewer than 2 × 2 samples or a spacing that is not positive.
    """

    origin_xz: Floats
    spacing_m: float
    samples: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin_xz", np.asarray(self.origin_xz, np.float64))
        object.__setattr__(self, "samples", np.asarray(self.samples, np.float32))
        if self.samples.ndim != 2 or min(self.samples.shape) < 2:
            raise TerrainError(f"expected at least 2 x 2 heights; found {self.samples.shape}")
        if not (np.isfinite(self.spacing_m) and self.spacing_m > 0):
            raise TerrainError(f"expected a positive grid spacing; found {self.spacing_m}")

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        grid = (np.asarray(xz, np.float64) - self.origin_xz) / self.spacing_m
        limit = np.array(self.samples.shape) - 1
        grid = np.clip(grid, 0, limit)
        low = np.minimum(grid.astype(np.int64), limit - 1)
        part = (grid - low).astype(np.float32)
        x, z, u, v = low[..., 0], low[..., 1], part[..., 0], part[..., 1]
        s = self.samples
        near = s[x, z] * (1 - v) + s[x, z + 1] * v
        far = s[x + 1, z] * (1 - v) + s[x + 1, z + 1] * v
        return np.asarray(near * (1 - u) + far * u)

    def scaled(self, factor: float) -> HeightField:
        """The same ground for a character ``factor`` times as large."""
        return HeightField(self.origin_xz * factor, self.spacing_m * factor, self.samples * factor)


@dataclass(frozen=True, eq=False)
class ScaledTerrain:
    """A ground as it is for someone of another size; nothing is copied.

    Args:
        terrain: the true one.
        factor: by which lengths are multiplied: one for all places, or one for each place (B,)
            along the first axis of those asked for.
    """

    terrain: Terrain
    factor: Floats | float

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        factor = np.asarray(self.factor)
        by = factor.reshape((*factor.shape, *[1] * (np.ndim(xz) - 1 - factor.ndim)))
        return np.asarray(self.terrain.heights(xz / by[..., None]) * by)


_SOFT_M: Final = 0.1
"""Standard deviation over which the ground is averaged before the network sees it."""


def soften(terrain: Terrain) -> Terrain:
    """The ground as a walker feels it coming: edges of steps become short ramps.

    A stair's edge passing under a sample point would otherwise jerk the pose within one frame.
    """
    if isinstance(terrain, FlatTerrain | _SoftTerrain):
        return terrain
    if isinstance(terrain, HeightField):
        sigma = _SOFT_M / terrain.spacing_m
        once = gaussian_smooth(terrain.samples, sigma)
        return HeightField(terrain.origin_xz, terrain.spacing_m, gaussian_smooth(once.T, sigma).T)
    return _SoftTerrain(terrain)


def _sunflower(count: int) -> Floats:
    """Points (count, 2) evenly spread over a disc, no two of them on one line along an axis."""
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    radius = 2 * _SOFT_M * np.sqrt((np.arange(count) + 0.5) / count)
    return np.stack((radius * np.cos(turn), radius * np.sin(turn)), axis=-1)


@dataclass(frozen=True)
class _SoftTerrain:
    """Mean over a disc of the same spread, for grounds that are not sampled."""

    terrain: Terrain

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        places = np.asarray(xz)[..., None, :] + _sunflower(16)
        return np.asarray(self.terrain.heights(places).mean(axis=-1))
