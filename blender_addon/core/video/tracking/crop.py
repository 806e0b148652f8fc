"""A square of a picture, perhaps turned, as a network looks at it.

Only the rectangle around the square is read, so that the cost does not grow with the picture. A
square much larger than the network's input is shrunk by whole blocks first, because four
neighbours of a coarse grid would miss what lies between (aliasing).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...film.facts import Picture

ROOM: Final = 1.25
"""A body's circle is looked at with so much room around it, as the networks were trained."""
_MOST_TAPS: Final = 4
"""Samples along each side of a block: eight-thousand-pixel pictures need no more."""
_LEAST_SIDE_PX: Final = 1e-3


@dataclass(frozen=True)
class Crop:
    """A square of a picture.

    Args:
        centre_px: x and y of its middle.
        side_px: length of its sides.
        turn_rad: how far it is turned, clockwise as seen; 0 is upright.
    """

    centre_px: tuple[float, float]
    side_px: float
    turn_rad: float = 0.0

    @classmethod
    def around(cls, hips_px: Floats, rim_px: Floats) -> Crop:
        """The square around a body's circle, turned so that the person is upright in it.

        Args:
            hips_px: (2,) the middle of the hips, which is that of the circle.
            rim_px: (2,) on the circle, straight over the hips along the body.

        Returns:
            The square; as small as can be where both are the same.
        """
        x, y = float(rim_px[0] - hips_px[0]), float(rim_px[1] - hips_px[1])
        side = max(2.0 * ROOM * math.hypot(x, y), _LEAST_SIDE_PX)
        return cls((float(hips_px[0]), float(hips_px[1])), side, math.atan2(x, -y))

    @classmethod
    def whole(cls, picture: Picture) -> Crop:
        """The upright square around a whole picture."""
        height, width = picture.shape[:2]
        return cls((0.5 * width, 0.5 * height), float(max(height, width)))

    @property
    def axes(self) -> Floats:
        """(2, 2) the square's right and down in the picture, as columns; unit length."""
        cosine, sine = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return np.array([[cosine, -sine], [sine, cosine]])

    @property
    def corners_px(self) -> Floats:
        """(4, 2) in the picture."""
        return self.to_picture(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))

    def to_picture(self, shares: Floats) -> Floats:
        """(..., 2) pixels of the picture, of (..., 2) shares of the square's side, 0 … 1."""
        offsets = (shares - 0.5) * self.side_px
        return np.asarray(offsets @ self.axes.T + np.asarray(self.centre_px))

    def from_picture(self, points_px: Floats) -> Floats:
        """(..., 2) shares of the square's side, of (..., 2) pixels of the picture."""
        offsets = (points_px - np.asarray(self.centre_px)) @ self.axes
        return np.asarray(offsets / self.side_px + 0.5)

    def as_row(self) -> tuple[float, float, float, float]:
        """Centre x, centre y, side, turn: as a TrackedPerson keeps it."""
        return (*self.centre_px, self.side_px, self.turn_rad)


def look(picture: Picture, crop: Crop, size: int) -> NDArray[np.float32]:
    """What is in a square of a picture.

    Args:
        picture: (H, W, 3) uint8.
        crop: which square; what of it lies outside the picture is black.
        size: pixels along a side of the result.

    Returns:
        (size, size, 3) float32, 0 … 1.
    """
    step = max(1, int(crop.side_px / size))
    left, top, right, bottom = _rectangle(picture, crop, margin=2 * step)
    if right <= left or bottom <= top:
        return np.zeros((size, size, 3), np.float32)
    part = _shrink(picture[top:bottom, left:right], step)
    pixel = (np.arange(size) + 0.5) / size - 0.5
    along, down = crop.axes.T * (crop.side_px / step)
    start = (np.array(crop.centre_px) - (left, top)) / step - 0.5
    x = (start[0] + along[0] * pixel[None] + down[0] * pixel[:, None]).astype(np.float32)
    y = (start[1] + along[1] * pixel[None] + down[1] * pixel[:, None]).astype(np.float32)
    return _bilinear(part, x, y)


def _rectangle(picture: Picture, crop: Crop, margin: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is needed of a picture."""
    height, width = picture.shape[:2]
    corners = crop.corners_px
    low = np.floor(corners.min(axis=0)) - margin
    high = np.ceil(corners.max(axis=0)) + margin
    left, right = (int(np.clip(each, 0, width)) for each in (low[0], high[0]))
    top, bottom = (int(np.clip(each, 0, height)) for each in (low[1], high[1]))
    return left, top, right, bottom


def _shrink(part: Picture, step: int) -> Picture:
    """Means over blocks of step × step pixels; the last ones are black beyond the edge."""
    if step == 1:
        return part
    taps = min(step, _MOST_TAPS)
    places = [int((tap + 0.5) * step / taps) for tap in range(taps)]
    rows = _sum_of_slices(part, places, step)
    sums = _sum_of_slices(rows.swapaxes(0, 1), places, step).swapaxes(0, 1)
    return ((sums + taps * taps // 2) // (taps * taps)).astype(np.uint8)


def _sum_of_slices(
    part: NDArray[np.unsignedinteger[Any]], places: list[int], step: int
) -> NDArray[np.uint16]:
    """Sums along the first axis of the samples at these places of every block."""
    count = -(-part.shape[0] // step)
    sums = np.zeros((count, *part.shape[1:]), np.uint16)
    for place in places:
        some = part[place::step]
        sums[: len(some)] += some
    return sums


def _bilinear(part: Picture, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values at pixel centres counted from 0; black outside."""
    height, width = part.shape[:2]
    # One pixel of four bytes is one number to fetch; a black border spares a mask.
    padded = np.zeros((height + 3, width + 3, 4), np.uint8)
    padded[1 : height + 1, 1 : width + 1, :3] = part
    pixels = padded.view(np.uint32).ravel()
    np.clip(x, -1.0, width, out=x)
    np.clip(y, -1.0, height, out=y)
    column, row = np.floor(x), np.floor(y)
    right, below = (x - column)[..., None], (y - row)[..., None]
    at = ((row + 1.0) * (width + 3) + (column + 1.0)).astype(np.int32)
    upper = _between(pixels, at, right)
    lower = _between(pixels, at + (width + 3), right)
    lower -= upper
    lower *= below
    upper += lower
    return np.ascontiguousarray(upper[..., :3]) * np.float32(1.0 / 255.0)


def _between(
    pixels: NDArray[np.uint32], at: NDArray[np.int32], right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A share of the way from these pixels to their right neighbours."""
    here = pixels.take(at).view(np.uint8).reshape(*at.shape, 4).astype(np.float32)
    there = pixels.take(at + 1).view(np.uint8).reshape(*at.shape, 4).astype(np.float32)
    there -= here
    there *= right
    here += there
    return here
