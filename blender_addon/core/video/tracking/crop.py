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
_FINE_BITS: Final = 8
_FINE: Final = np.uint32(1 << _FINE_BITS)
"""Places between two pixels that are told apart."""
_REST: Final = np.uint32(_FINE - 1)
_HALF: Final = np.uint32(_FINE // 2)
_RED_BLUE: Final = np.uint32(0x00FF00FF)
_LOW, _BYTE = np.uint32(0xFFFF), np.uint32(0xFF)
_SCALE: Final = np.float32(1.0 / (255 * 256))


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
    """Values at pixel centres counted from 0, to 1/256 of a pixel; black outside."""
    height, width = part.shape[:2]
    # One pixel of four bytes is one number to fetch; a black border spares a mask.
    padded = np.zeros((height + 3, width + 3, 4), np.uint8)
    for channel in range(3):
        padded[1 : height + 1, 1 : width + 1, channel] = part[..., channel]
    across = ((np.clip(x, -1.0, width) + 1.0) * _FINE + 0.5).astype(np.uint32)
    down = ((np.clip(y, -1.0, height) + 1.0) * _FINE + 0.5).astype(np.uint32)
    row = np.uint32(width + 3)
    at = ((down >> _FINE_BITS) * row + (across >> _FINE_BITS)).astype(np.intp)
    return _weighted(padded.view(np.uint32).ravel(), at, int(row), across & _REST, down & _REST)


def _weighted(
    pixels: NDArray[np.uint32],
    at: NDArray[np.intp],
    row: int,
    right: NDArray[np.uint32],
    below: NDArray[np.uint32],
) -> NDArray[np.float32]:
    """Means of four pixels, in whole numbers: a third of the time of fractions.

    Red and blue are weighted as one number, 16 bits apart, which 255 × 256 does not exceed.
    """
    both = (right * below + _HALF) >> _FINE_BITS
    weights = (_FINE - right - below + both, right - both, below - both, both)
    red_blue, green = np.zeros_like(right), np.zeros_like(right)
    for offset, weight in zip((0, 1, row, row + 1), weights, strict=True):
        pixel = pixels.take(at + offset)
        some = pixel & _RED_BLUE
        some *= weight
        red_blue += some
        pixel >>= 8
        pixel &= _BYTE
        pixel *= weight
        green += pixel
    image = np.empty((*at.shape, 3), np.float32)
    for channel, sums in enumerate((red_blue & _LOW, green, red_blue >> 16)):
        np.multiply(sums, _SCALE, out=image[..., channel], casting="unsafe")
    return image
