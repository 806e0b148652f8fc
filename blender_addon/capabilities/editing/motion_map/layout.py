"""Where the windows of a map lie in a picture, in which colours, and which is under the mouse."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Final

import numpy as np

from ....core.conventions import Floats
from .data import MotionMap

Colour = tuple[float, float, float]
_GOLDEN: Final = 0.61803398875
"""Hues that many turns apart stay apart however many there are."""
_MOST_COLOURS: Final = 12
_OTHER: Final[Colour] = (0.55, 0.55, 0.55)
_MARGIN: Final = 0.04
"""Of the picture's size, left free at its borders."""


@dataclass(frozen=True)
class Frame:
    """A square of a region, in pixels from its lower left corner.

    Args:
        left, bottom, size: of the square.
    """

    left: float
    bottom: float
    size: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a place lies within it."""
        inside_x = self.left <= x <= self.left + self.size
        return inside_x and self.bottom <= y <= self.bottom + self.size


def frame_in(width: float, height: float, least_border: float) -> Frame:
    """The largest square in the middle of a region.

    Args:
        width, height: of the region, pixels.
        least_border: pixels around it.
    """
    size = max(min(width, height) - 2.0 * least_border, 1.0)
    return Frame(0.5 * (width - size), 0.5 * (height - size), size)


def pixels_of(shown: MotionMap, frame: Frame) -> Floats:
    """(W, 2) where each window is drawn."""
    inner = frame.size * (1.0 - 2.0 * _MARGIN)
    corner = np.array([frame.left, frame.bottom]) + frame.size * _MARGIN
    return np.asarray(corner + inner * shown.points, np.float32)


def nearest(pixels: Floats, x: float, y: float, most: float) -> int | None:
    """The window nearest to a place; None where none is near.

    Args:
        pixels: (W, 2) where they are drawn.
        x, y: the place.
        most: how far away it may be, pixels.
    """
    if not len(pixels):
        return None
    ways = np.hypot(pixels[:, 0] - x, pixels[:, 1] - y)
    found = int(ways.argmin())
    return found if ways[found] <= most else None


def unit_square(points: Floats) -> Floats:
    """(W, 2) moved and scaled to 0 … 1, with the same scale in both directions."""
    if not len(points):
        return np.zeros((0, 2), np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max()) or 1.0
    free = 0.5 * (1.0 - (high - low) / size)
    return np.asarray((points - low) / size + free, np.float32)


def colours_of(labels: list[str]) -> dict[str, Colour]:
    """A colour for each of the most frequent labels; grey for the others.

    Args:
        labels: the most frequent first.
    """
    shown = {}
    for number, label in enumerate(labels):
        hue, light = (number * _GOLDEN) % 1.0, 0.95 if number % 2 == 0 else 0.75
        vivid = colorsys.hsv_to_rgb(hue, 0.65, light)
        shown[label] = vivid if number < _MOST_COLOURS else _OTHER
    return shown
