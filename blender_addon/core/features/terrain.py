"""The ground as a function of place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..conventions import Floats
from ..errors import TerrainError


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
        """The same ground for a figure ``factor`` times as large."""
        return HeightField(self.origin_xz * factor, self.spacing_m * factor, self.samples * factor)
