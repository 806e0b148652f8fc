"""Where the pictures of a film lie in a 3D view that looks through the preview's camera."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """The rectangle of a picture in a region.

    Args:
        left, bottom, width, height: in pixels of the region.
    """

    left: float
    bottom: float
    width: float
    height: float

    def to_region(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 2) pixels of the region, up, of (..., 2) places, 0 … 1 right and down."""
        there = np.asarray(places, np.float64)
        x = self.left + there[..., 0] * self.width
        y = self.bottom + (1.0 - there[..., 1]) * self.height
        return np.stack((x, y), axis=-1)

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """0 … 1 from the left and the upper edge of the picture, of a pixel of the region."""
        return (x - self.left) / self.width, 1.0 - (y - self.bottom) / self.height

    def holds(self, x: float, y: float) -> bool:
        """Whether a pixel of the region is in the picture."""
        across, down = self.to_picture(x, y)
        return 0.0 <= across <= 1.0 and 0.0 <= down <= 1.0


def frame_in(
    scene: bpy.types.Scene,
    region: bpy.types.Region,
    view: bpy.types.RegionView3D,
    camera: bpy.types.Object,
    size_px: tuple[int, int],
) -> Frame | None:
    """Where the picture lies that fits into a camera's frame; None if it is behind the view.

    Args:
        scene: whose render size gives the frame its shape.
        region: of the 3D view.
        view: of the same.
        camera: that the view looks through.
        size_px: of the picture.
    """
    matrix = camera.matrix_world.normalized()
    corners = [
        location_3d_to_region_2d(region, view, matrix @ corner)
        for corner in camera.data.view_frame(scene=scene)
    ]
    if any(corner is None for corner in corners):
        return None
    left, right = min(c.x for c in corners), max(c.x for c in corners)
    bottom, top = min(c.y for c in corners), max(c.y for c in corners)
    return fitted((left, bottom, right - left, top - bottom), size_px)


def fitted(frame: tuple[float, float, float, float], size_px: tuple[int, int]) -> Frame | None:
    """The largest rectangle of a picture's shape in the middle of a frame.

    Args:
        frame: left, bottom, width, height.
        size_px: of the picture.
    """
    left, bottom, width, height = frame
    if width <= 0.0 or height <= 0.0:
        return None
    shape = size_px[0] / size_px[1]
    across, up = min(width, height * shape), min(height, width / shape)
    return Frame(left + 0.5 * (width - across), bottom + 0.5 * (height - up), across, up)
