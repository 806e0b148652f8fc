"""The ground as the engine's text: a plane, or a grid of heights."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import PhysicsError
from ..ground.terrain import FlatTerrain, HeightField
from .shapes import numbers

PIT_M: Final = 3.0
"""How deep it goes where the ground has a hole."""

MOST_SAMPLES: Final = 2_000_000

_BEYOND_M: Final = 2.0  # as far the border's heights go on; what falls further falls no deeper
_LEVEL_M: Final = 0.0005
_NOT_FELT_M: Final = 0.004
_UP: Final = 'euler="-1.5707963267948966 0 0" contype="1" conaffinity="2"'
_BASE_M: Final = 1.0


def ground_mjcf(ground: FlatTerrain | HeightField) -> tuple[str, str]:
    """Asset and elements.

    Args:
        ground: level, or a grid of heights; its holes become pits.

    Raises:
        PhysicsError: there is no ground at all, or too much of it.
    """
    if isinstance(ground, FlatTerrain):
        return "", _plane(ground.height_m)
    if ground.samples.size > MOST_SAMPLES:
        raise PhysicsError(
            f"the ground has {ground.samples.size:,} heights, expected {MOST_SAMPLES:,} at most. "
            "Use a coarser grid or a smaller part"
        )
    heights = ground.samples.astype(np.float64)
    known = heights[np.isfinite(heights)]
    if not len(known):
        raise PhysicsError("there is no ground: it is a hole everywhere")
    if len(known) == heights.size and np.ptp(known) < _LEVEL_M:
        return "", _plane(float(known.mean()))
    bottom = float(known.min()) - (PIT_M if len(known) < heights.size else 0.0)
    whole = np.where(np.isfinite(heights), heights, bottom)
    return _grid(_coarser(HeightField(ground.origin_xz, ground.spacing_m, whole)), bottom)


def _plane(height_m: float) -> str:
    return f'<geom type="plane" size="0 0 1" pos="0 {height_m:.6g} 0" {_UP}/>'


def _grid(field: HeightField, bottom: float) -> tuple[str, str]:
    """The grid, its border's heights carried on a little, and a plane under all of it."""
    more = int(np.ceil(_BEYOND_M / field.spacing_m))
    heights = np.pad(field.samples.astype(np.float64), more, mode="edge")
    lengths = field.spacing_m * (np.array(heights.shape) - 1)
    middle = field.origin_xz - more * field.spacing_m + 0.5 * lengths
    rise = float(np.ptp(heights))
    # Rows as written begin at the engine's greatest y, which is our least z.
    rows = ((heights - heights.min()) / rise).T
    size = f"{0.5 * lengths[0]:.6g} {0.5 * lengths[1]:.6g} {rise:.6g} {_BASE_M}"
    asset = (
        f'<hfield name="heights" nrow="{len(rows)}" ncol="{len(rows[0])}" size="{size}"'
        f' elevation="{numbers(rows)}"/>'
    )
    place = f"{middle[0]:.6g} {heights.min():.6g} {middle[1]:.6g}"
    geom = f'<geom type="hfield" hfield="heights" pos="{place}" {_UP}/>'
    return asset, geom + _plane(bottom)


def _coarser(field: HeightField) -> HeightField:
    """The coarsest grid that differs nowhere so much that a foot would feel it."""
    for stride in (8, 4, 2):
        rows, columns = ((n - 1) // stride * stride + 1 for n in field.samples.shape)
        if (rows, columns) != field.samples.shape or min(rows, columns) <= stride:
            continue
        coarse = HeightField(
            field.origin_xz, field.spacing_m * stride, field.samples[::stride, ::stride]
        )
        if np.abs(coarse.heights(_places(field)) - field.samples).max() < _NOT_FELT_M:
            return coarse
    return field


def _places(field: HeightField) -> Floats:
    x, z = (
        field.origin_xz[axis] + field.spacing_m * np.arange(field.samples.shape[axis])
        for axis in (0, 1)
    )
    return np.stack(np.meshgrid(x, z, indexing="ij"), axis=-1)
