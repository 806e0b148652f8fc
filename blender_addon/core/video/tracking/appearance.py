"""What somebody wears: enough to tell two people apart when they cross.

Colours are counted over the head, the torso and the thighs, in a coarse grid of colours with soft
edges, so that a little more light changes little.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...film.facts import Picture
from ..points import LANDMARKS

_LEVELS: Final = 6
"""Of each of red, green and blue."""
_TORSO: Final = tuple(
    LANDMARKS.index(name) for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
)
_THIGHS: Final = tuple(
    tuple(LANDMARKS.index(f"{side}_{name}") for name in ("hip", "knee"))
    for side in ("left", "right")
)
_HEAD: Final = tuple(range(9))
_HEAD_SIZE: Final = 0.12
"""Half of the side of the square over the head that is counted, in torsos."""
_SQUARE: Final = np.linspace(-1.0, 1.0, 6)
_ALONG, _ACROSS = np.linspace(0.1, 0.9, 12), np.linspace(0.15, 0.85, 8)


def colours_of(picture: Picture, points_px: Floats) -> NDArray[np.float64]:
    """How often each colour occurs on a person's head, torso and thighs.

    Args:
        picture: (H, W, 3) uint8.
        points_px: (33, 2) the person's landmarks.

    Returns:
        (3, 216) each row sums to 1; a row is 0 where that part is outside of the picture.
    """
    left, right, right_hip, left_hip = points_px[list(_TORSO)]
    across, along = _ACROSS[None, :, None], _ALONG[:, None, None]
    upper, lower = left + across * (right - left), left_hip + across * (right_hip - left_hip)
    torso = (upper + along * (lower - upper)).reshape(-1, 2)
    thighs = [
        points_px[hip] + along[:, 0] * (points_px[knee] - points_px[hip]) for hip, knee in _THIGHS
    ]
    middle = points_px[list(_HEAD)].mean(axis=0)
    half = _HEAD_SIZE * np.linalg.norm(0.5 * (left + right - left_hip - right_hip))
    grid = np.stack(np.meshgrid(_SQUARE, _SQUARE), axis=-1).reshape(-1, 2)
    parts = (middle + half * grid, torso, np.concatenate(thighs))
    return np.stack([_count(_pixels_at(picture, part)) for part in parts])


def likeness(one: Floats, other: Floats) -> float:
    """How alike two people look, 0 … 1; 1 where there is nothing to compare."""
    both = (one.sum(axis=1) > 0.0) & (other.sum(axis=1) > 0.0)
    if not both.any():
        return 1.0
    return float(np.sqrt(one[both] * other[both]).sum(axis=1).mean())


def _pixels_at(picture: Picture, points_px: Floats) -> NDArray[np.uint8]:
    """(N, 3) pixels under those of the points that are in the picture."""
    height, width = picture.shape[:2]
    at = np.floor(np.clip(np.nan_to_num(points_px, nan=-1.0), -1.0, 1e9)).astype(np.int64)
    at = at[((at >= 0) & (at < (width, height))).all(axis=1)]
    return np.asarray(picture[at[:, 1], at[:, 0]])


def _count(pixels: NDArray[np.uint8]) -> Floats:
    """(216,) share of each colour; a pixel counts for the eight nearest ones."""
    counts = np.zeros(_LEVELS**3)
    place = pixels.astype(np.float64) * ((_LEVELS - 1) / 255.0)
    low = np.minimum(place.astype(int), _LEVELS - 2)
    share = place - low
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, share, 1.0 - share).prod(axis=1)
        cell = (low + corner) @ (_LEVELS**2, _LEVELS, 1)
        counts += np.bincount(cell, weight, len(counts))
    return np.asarray(counts / max(counts.sum(), 1e-12))
