"""The camera that took a film: a pinhole that may move.

A camera's own axes are x to the right, y down, z ahead, metres. Pixels count from the upper left
corner of the upper left pixel: x to the right, y down. The world has core axes, Y up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SettingsError

SENSOR_MM: Final = 36.0
"""Lens lengths are as of a picture whose longer side is so wide."""


@dataclass(frozen=True, eq=False)
class FilmCamera:
    """A pinhole camera over T frames; its centre of projection is the middle of the picture.

    Args:
        size_px: (2,) width and height of the picture.
        focal_px: (T,) focal length in pixels.
        rotations: (T, 3, 3) from the camera's axes to the world's: right, down, ahead as columns.
        positions_m: (T, 3) in the world.
        is_known: whether somebody said where it is; otherwise it was estimated from the film.

    Raises:
        SettingsError: shapes disagree, or a focal length is not positive.
    """

    size_px: tuple[int, int]
    focal_px: Floats
    rotations: Floats
    positions_m: Floats
    is_known: bool = True

    def __post_init__(self) -> None:
        count = len(self.focal_px)
        if self.rotations.shape != (count, 3, 3) or self.positions_m.shape != (count, 3):
            raise SettingsError(
                f"a camera of {count} focal lengths needs rotations ({count}, 3, 3) and positions "
                f"({count}, 3); found {self.rotations.shape} and {self.positions_m.shape}"
            )
        if not (np.isfinite(self.focal_px).all() and (np.asarray(self.focal_px) > 0.0).all()):
            raise SettingsError("a camera's focal length must be a positive number of pixels")

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.focal_px)

    @property
    def centre_px(self) -> Floats:
        """(2,) the middle of the picture."""
        return 0.5 * np.asarray(self.size_px, np.float64)

    def rays(self, points_px: Floats) -> Floats:
        """(T, P, 2) x/z and y/z in the camera's axes, of (T, P, 2) points in the picture."""
        focal = np.asarray(self.focal_px)[:, None, None]
        return np.asarray((points_px - self.centre_px) / focal)

    def to_camera(self, points_m: Floats) -> Floats:
        """(T, P, 3) in the camera's axes, of (T, P, 3) points in the world."""
        turned = np.einsum("tij,tpi->tpj", self.rotations, points_m - self.positions_m[:, None])
        return np.asarray(turned)

    def to_world(self, points_m: Floats) -> Floats:
        """(T, P, 3) in the world, of (T, P, 3) points in the camera's axes."""
        turned = np.einsum("tij,tpj->tpi", self.rotations, points_m)
        return np.asarray(turned + self.positions_m[:, None])

    def project(self, points_m: Floats) -> Floats:
        """(T, P, 2) pixels of (T, P, 3) points in the world; NaN behind the camera."""
        there = self.to_camera(points_m)
        depth = np.where(there[..., 2:] > 1e-6, there[..., 2:], np.nan)
        focal = np.asarray(self.focal_px)[:, None, None]
        return np.asarray(there[..., :2] / depth * focal + self.centre_px)
