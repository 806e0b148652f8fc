"""Who in a picture is somebody: what a detection and the landmarks must agree on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from ...film.facts import Picture
from ..points import joint_confidence, joints_of
from .crop import ROOM, Crop
from .detector import Detection
from .landmarks import LandmarkFinder, Sighting

_PRESENT: Final = 0.5
_WARM: Final = 0.47
"""Warmth that people's heat maps have and those of furniture lack: .55 and more; .44 at most."""
_HALF_PRESENT: Final = 0.2
_HALF_WARM: Final = 0.28
"""What is enough of somebody half in the picture whom the detector has no doubt of."""
_SURELY_DETECTED: Final = 0.78
"""Score of a detection without doubt; furniture comes to .55."""
_SURELY_PRESENT: Final = 0.8
_SURELY_WARM: Final = 0.5
_SMALLEST_TORSO: Final = 0.02
"""Of the picture's shorter side; what is smaller is nobody who could be followed."""
_TORSOS: Final = 2.0
"""Torsos in the radius of a body's circle."""
_LARGEST: Final = 8.0
"""Of the picture's longer side; no square needs to be larger."""
_FARTHEST_JUMP: Final = 0.5
"""Of the circle's radius from one picture to the next; a sprint over 25 pictures a second is .2."""
_MOST_GROWTH: Final = 1.6
"""Of the circle from one picture to the next."""
_SAME_BODY: Final = 0.2
"""Of the square's side between the points of what is one person."""
_VISIBLE_SHARE: Final = 0.4
"""Of the joints that must be in the picture and visible for a person to count as found."""


def people_in(
    picture: Picture, detections: Iterable[Detection], finder: LandmarkFinder
) -> list[Sighting]:
    """Who of those detected is somebody, each once, the largest first.

    Args:
        picture: (H, W, 3) uint8.
        detections: where to look.
        finder: looks.
    """
    found: list[Sighting] = []
    for detection in detections:
        sighting = _confirmed(picture, detection, finder)
        if sighting is not None and not any(is_same(sighting, other) for other in found):
            found.append(sighting)
    return sorted(found, key=lambda each: -each.crop.side_px)


def _confirmed(picture: Picture, detection: Detection, finder: LandmarkFinder) -> Sighting | None:
    """Somebody seen on two looks, the second where the first one points; None for nobody."""
    if not is_usable(detection.crop, picture):
        return None
    sure = detection.score >= _SURELY_DETECTED
    present, warm = (_HALF_PRESENT, _HALF_WARM) if sure else (_PRESENT, _WARM)
    first = finder.find(picture, detection.crop)
    if first.presence < 0.5 * present or not is_usable(first.following, picture):
        return None
    second = finder.find(picture, first.following)
    return second if is_person(second, picture, present, warm) else None


def is_person(
    sighting: Sighting, picture: Picture, present: float = _PRESENT, warm: float = _WARM
) -> bool:
    """Whether the network believes in a person that is large enough and in the picture.

    Args:
        sighting: what it saw.
        picture: (H, W, 3) uint8, in which it was.
        present, warm: the least presence and warmth.
    """
    if sighting.presence < present or sighting.warmth < warm:
        return False
    return is_usable(sighting.following, picture)


def is_sure(sighting: Sighting, picture: Picture) -> bool:
    """Whether the network has no doubt, and enough of the person is visible."""
    if sighting.presence < _SURELY_PRESENT or sighting.warmth < _SURELY_WARM:
        return False
    height, width = picture.shape[:2]
    joints = joints_of(sighting.points_px)
    inside = ((joints >= 0.0) & (joints < (width, height))).all(axis=1)
    visible = inside & (joint_confidence(sighting.visibility) >= 0.5)
    return bool(visible.mean() >= _VISIBLE_SHARE)


def is_usable(crop: Crop, picture: Picture) -> bool:
    """Whether a square is large enough to see anybody in it, and meets the picture."""
    height, width = picture.shape[:2]
    x, y = crop.centre_px
    radius = 0.5 * crop.side_px / ROOM
    if not np.isfinite((x, y, radius)).all():
        return False
    if radius < _TORSOS * _SMALLEST_TORSO * min(height, width):
        return False
    within = -radius < x < width + radius and -radius < y < height + radius
    return within and crop.side_px < _LARGEST * max(height, width)


def is_same(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings in one picture are of one person."""
    apart = np.linalg.norm(one.points_px - other.points_px, axis=1)
    return float(np.median(apart)) < _SAME_BODY * min(one.crop.side_px, other.crop.side_px)


def has_jumped(now: Crop, before: Crop) -> bool:
    """Whether no body can have come from there to here within a picture."""
    ratio = now.side_px / before.side_px
    return (
        not 1.0 / _MOST_GROWTH < ratio < _MOST_GROWTH or radii_apart(now, before) > _FARTHEST_JUMP
    )


def radii_apart(one: Crop, other: Crop) -> float:
    """Distance of two squares' middles in radii of the larger body's circle."""
    distance = np.hypot(*np.subtract(one.centre_px, other.centre_px))
    return float(distance * 2.0 * ROOM / max(one.side_px, other.side_px))
