"""The landmarks of one person in a square of a picture: BlazePose's second network.

The network gives 39 points in the square: the 33 landmarks, the middle and the rim of the body's
circle (from which the next picture's square comes) and four of the hands; how likely there is a
person at all; and places in space. Its coarse heat maps know better than its numbers where a
landmark is, so each is moved to the centre of gravity of its map nearby. How warm the maps are
there is also the better witness of a person: a table may look present, but its maps stay cold.

Source: Bazarevsky et al. 2020, "BlazePose"; Grishchenko et al. 2022, "BlazePose GHUM Holistic".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...film.facts import Picture
from ...jobs import Runner
from ..points import LANDMARKS
from .crop import Crop, look

SIZE: Final = 256
_POINTS: Final = 39
_COUNT: Final = len(LANDMARKS)
_HIPS, _RIM = 33, 34
_REACH: Final = 3
"""Cells of the heat map on each side of a landmark that are weighed: 7 × 7."""
_LEAST_HEAT: Final = 0.5
"""A map without so high a value knows nothing of its landmark."""


def _mirrored(names: tuple[str, ...]) -> list[int]:
    """For each name that of the other side of the body."""
    other = {"left": "right", "right": "left"}
    return [
        names.index("_".join(other.get(part, part) for part in name.split("_"))) for name in names
    ]


MIRRORED: Final = np.array(_mirrored(LANDMARKS))
"""(33,) for each landmark that of the other side of the body."""
_MIRRORED_POINTS: Final = np.concatenate((MIRRORED, [_HIPS, _RIM, 36, 35, 38, 37]))


@dataclass(frozen=True, eq=False)
class Sighting:
    """One person in one picture.

    Args:
        points_px: (33, 2) landmarks in the picture.
        visibility: (33,) 0 … 1.
        presence: 0 … 1 how likely there is a person.
        warmth: 0 … 1 the mean over the landmarks of how high their heat maps are near them; 1
            where the network has none.
        world_m: (33, 3) places in space: x right, y down, z ahead; middle of the hips at 0.
        crop: where was looked.
        following: where to look in the next picture.
    """

    points_px: Floats
    visibility: Floats
    presence: float
    warmth: float
    world_m: Floats
    crop: Crop
    following: Crop


@dataclass(frozen=True, eq=False)
class _Look:
    """What one pass of the network said: shares of the square, by 39 points."""

    shares: Floats
    heat: Floats
    visibility: Floats
    world_m: Floats


class LandmarkFinder:
    """Finds the landmarks of one person in a square.

    Args:
        model: inputs and outputs of the task ``body_landmarks``; without an output ``heatmap``
            landmarks stay where the network says.
        twice: look at the mirrored square too, and average: less trembling for twice the time.
    """

    def __init__(self, model: Runner, twice: bool = False) -> None:
        self._model = model
        self._twice = twice

    def find(self, picture: Picture, crop: Crop) -> Sighting:
        """The landmarks of whoever is in a square of a picture."""
        image = look(picture, crop, SIZE)
        images = [image, image[:, ::-1]] if self._twice else [image]
        answer = self._model.run({"image": np.stack(images)})
        looks = [_read(answer, index) for index in range(len(images))]
        seen = _mean(looks[0], _mirror(looks[1])) if self._twice else looks[0]
        points = crop.to_picture(seen.shares)
        return Sighting(
            points_px=points[:_COUNT],
            visibility=seen.visibility[:_COUNT],
            presence=float(answer["presence"].mean()),
            warmth=float(seen.heat[:_COUNT].mean()),
            world_m=turned_back(seen.world_m, crop),
            crop=crop,
            following=Crop.around(points[_HIPS], points[_RIM]),
        )


def _read(answer: dict[str, Any], index: int) -> _Look:
    rows = answer["landmarks"][index].reshape(_POINTS, 5).astype(np.float64)
    shares, heat = rows[:, :2] / SIZE, np.ones(_POINTS)
    if "heatmap" in answer:
        shares, heat = refine(shares, answer["heatmap"][index])
    world = answer["world"][index].reshape(_POINTS, 3)[:_COUNT].astype(np.float64)
    return _Look(shares, heat, _sigmoid(rows[:, 3]), world)


def _mirror(seen: _Look) -> _Look:
    """What was said of a mirrored square, for the square itself."""
    shares = seen.shares[_MIRRORED_POINTS] * (-1.0, 1.0) + (1.0, 0.0)
    heat, visibility = seen.heat[_MIRRORED_POINTS], seen.visibility[_MIRRORED_POINTS]
    return _Look(shares, heat, visibility, seen.world_m[MIRRORED] * (-1.0, 1.0, 1.0))


def _mean(one: _Look, other: _Look) -> _Look:
    """Mean of two passes, each landmark where its maps are warmer."""
    weight = (one.heat**2 / np.maximum(one.heat**2 + other.heat**2, 1e-12))[:, None]
    return _Look(
        weight * one.shares + (1.0 - weight) * other.shares,
        0.5 * (one.heat + other.heat),
        0.5 * (one.visibility + other.visibility),
        0.5 * (one.world_m + other.world_m),
    )


def refine(shares: Floats, heat: NDArray[Any]) -> tuple[Floats, Floats]:
    """Move points to the centre of gravity of their heat maps nearby.

    Args:
        shares: (P, 2) x and y as shares of the square's side.
        heat: (h, w, P) logits.

    Returns:
        (P, 2); a point outside of the square, or one whose map is cold nearby, stays. And (P,) the
        highest value of each map nearby, 0 … 1; 0 outside.
    """
    height, width, count = heat.shape
    at = np.floor(shares * (width, height))
    inside = ((at >= 0) & (at < (width, height))).all(axis=1)
    column, row = np.where(inside[:, None], at, 0.0).astype(int).T
    reach = np.arange(-_REACH, _REACH + 1)
    columns, rows = column[:, None, None] + reach, row[:, None, None] + reach[:, None]
    within = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    logits = heat[
        np.clip(rows, 0, height - 1),
        np.clip(columns, 0, width - 1),
        np.arange(count)[:, None, None],
    ]
    warm = _sigmoid(logits.astype(np.float64)) * within * inside[:, None, None]
    highest, total = warm.max(axis=(1, 2)), np.maximum(warm.sum(axis=(1, 2)), 1e-12)
    x = (warm * columns).sum(axis=(1, 2)) / total / width
    y = (warm * rows).sum(axis=(1, 2)) / total / height
    moved = (highest >= _LEAST_HEAT)[:, None]
    return np.where(moved, np.stack((x, y), axis=1), shares), highest


def turned_back(world_m: Floats, crop: Crop) -> Floats:
    """Places in the camera's axes, of places in those of a turned square."""
    turned = world_m.copy()
    turned[:, :2] = world_m[:, :2] @ crop.axes.T
    return turned


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0))))
