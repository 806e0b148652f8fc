"""What was tracked, drawn into the pictures of a film: pure NumPy."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.film.facts import Picture
from blender_addon.core.video.points import BONES, JOINTS, joint_confidence, joints_of
from blender_addon.core.video.tracked import TrackedPerson

Array = NDArray[np.float64]
Colour = tuple[int, int, int]

LEFT, RIGHT, MIDDLE = (255, 140, 40), (60, 150, 255), (245, 245, 235)
_GUESSED: Final = 0.5
"""Of confidence, below which a line is faint."""
_FAINT: Final = 0.35
_LINE_PX, _DOT_PX, _SMALL_DOT_PX = 2.0, 4.0, 1.6


def draw_person(picture: Picture, tracked: TrackedPerson, number: int) -> Picture:
    """A picture with a tracked person's 33 landmarks and the skeleton of 14 joints.

    Args:
        picture: (H, W, 3); it stays as it is.
        tracked: the person.
        number: index in ``tracked``.
    """
    drawn = picture.astype(np.float32)
    points = np.asarray(tracked.points_px[number], np.float64)
    if not np.isfinite(points).all():
        return picture.copy()
    joints = joints_of(points)
    sure = joint_confidence(np.asarray(tracked.visibility[number]))
    for point in points:
        _stroke(drawn, point, point, _SMALL_DOT_PX, (255, 255, 120), 0.8)
    for a, b in BONES:
        start, end = JOINTS.index(a), JOINTS.index(b)
        opacity = 1.0 if min(sure[start], sure[end]) > _GUESSED else _FAINT
        _stroke(drawn, joints[start], joints[end], _LINE_PX, _colour(a, b), opacity)
    for name, joint in zip(JOINTS, joints, strict=True):
        _stroke(drawn, joint, joint, _DOT_PX, _colour(name, name), 1.0)
    return np.asarray(drawn.round(), np.uint8)


def _colour(a: str, b: str) -> Colour:
    if a.startswith("Left") and b.startswith("Left"):
        return LEFT
    return RIGHT if a.startswith("Right") and b.startswith("Right") else MIDDLE


def _stroke(
    picture: Floats, start: Array, end: Array, radius: float, colour: Colour, opacity: float
) -> None:
    """A line with round ends and soft edges."""
    height, width = picture.shape[:2]
    low = np.floor(np.minimum(start, end) - radius - 1).astype(int)
    high = np.ceil(np.maximum(start, end) + radius + 1).astype(int)
    (x0, y0), (x1, y1) = np.maximum(low, 0), np.minimum(high, (width, height))
    if x0 >= x1 or y0 >= y1:
        return
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    way = end - start
    share = ((x - start[0]) * way[0] + (y - start[1]) * way[1]) / max(float(way @ way), 1e-9)
    share = np.clip(share, 0.0, 1.0)
    away = np.hypot(x - start[0] - share * way[0], y - start[1] - share * way[1])
    cover = opacity * np.clip(radius + 0.5 - away, 0.0, 1.0)[..., None]
    part = picture[y0:y1, x0:x1]
    part += cover * (np.array(colour, np.float32) - part)
