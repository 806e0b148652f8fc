"""Follows one person from picture to picture, and says when there is nobody.

The landmarks of one picture tell where to look in the next. That alone drifts onto furniture when
the person leaves, and onto somebody else when two cross. So it is doubted: when the network sees
nobody (presence, warmth of the heat maps), when the torso jumps or all but vanishes, and every so
often when the detector, which looks at the whole picture, finds nobody there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ..film import Picture
from ..points import LANDMARKS, joint_confidence, joints_of
from ..tracked import Seen
from .appearance import colours_of, likeness
from .crop import ROOM, Crop
from .detector import Detection, PersonDetector
from .landmarks import LandmarkFinder, Sighting

AGREEMENT_FRAMES: Final = 12
"""The detector is asked so often, and is waited for so long."""
_CROWD_FRAMES: Final = 3
"""And so often while somebody else is near."""
_PRESENT: Final = 0.5
_WARM: Final = 0.47
"""Warmth that people's heat maps have and those of furniture lack: .55 and more; .44 at most."""
_SURELY_PRESENT: Final = 0.8
_SURELY_WARM: Final = 0.5
_SMALLEST_TORSO: Final = 0.02
"""Of the picture's shorter side; what is smaller is nobody who could be followed."""
_FARTHEST_JUMP: Final = 0.5
"""Of the circle's radius from one picture to the next; a sprint over 25 pictures a second is .2."""
_MOST_GROWTH: Final = 1.6
"""Of the circle from one picture to the next."""
_SAME_PLACE: Final = 0.6
"""Of the circle's radius between the hips of what is one person."""
_NEAR: Final = 2.0
"""Of the circle's radius between people who may be taken for one another."""
_LOOKS_SAME: Final = 0.75
_LOOKS_BETTER: Final = 0.1
_LEARNING: Final = 0.05
_VISIBLE_SHARE: Final = 0.4
"""Of the joints that must be in the picture and visible for a person to count as found."""
_SHOULDERS_AND_HIPS: Final = tuple(
    LANDMARKS.index(f"{side}_{name}") for name in ("shoulder", "hip") for side in ("left", "right")
)


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What the follower says of one picture.

    Args:
        seen: whether the person is there.
        sighting: what was seen; None where nobody was.
        doubtful_since: so many pictures back it followed somebody else; 0 for never.
        is_start: whether the person was found anew.
    """

    seen: Seen
    sighting: Sighting | None = None
    doubtful_since: int = 0
    is_start: bool = False


NOBODY: Final = Glimpse(Seen.EMPTY)


def torso_px(points_px: Floats) -> float:
    """From the middle of the shoulders to that of the hips."""
    left, right, left_hip, right_hip = points_px[list(_SHOULDERS_AND_HIPS)]
    return float(np.linalg.norm(0.5 * (left + right) - 0.5 * (left_hip + right_hip)))


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
        sighting = confirmed(picture, detection.crop, finder)
        if sighting is not None and not any(_is_same(sighting, other) for other in found):
            found.append(sighting)
    return sorted(found, key=lambda each: -each.crop.side_px)


def confirmed(picture: Picture, crop: Crop, finder: LandmarkFinder) -> Sighting | None:
    """Somebody seen on two looks, the second where the first one points; None for nobody."""
    first = finder.find(picture, crop)
    if first.presence < 0.5 * _PRESENT or not is_usable(first.following, picture):
        return None
    second = finder.find(picture, first.following)
    return second if is_person(second, picture) else None


def is_person(sighting: Sighting, picture: Picture) -> bool:
    """Whether the network believes in a person that is large enough and in the picture."""
    if sighting.presence < _PRESENT or sighting.warmth < _WARM:
        return False
    return is_usable(sighting.following, picture)


def is_usable(crop: Crop, picture: Picture) -> bool:
    """Whether a square is large enough to see anybody in it, and meets the picture."""
    height, width = picture.shape[:2]
    x, y = crop.centre_px
    radius = 0.5 * crop.side_px / ROOM
    if not np.isfinite(radius) or radius < 2.0 * _SMALLEST_TORSO * min(height, width):
        return False
    within = -radius < x < width + radius and -radius < y < height + radius
    return within and crop.side_px < 8.0 * max(height, width)


def _is_same(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings in one picture are of one person."""
    apart = np.linalg.norm(one.points_px - other.points_px, axis=1)
    return float(np.median(apart)) < 0.2 * min(one.crop.side_px, other.crop.side_px)


def _apart(one: Crop, other: Crop) -> float:
    """Distance of two squares' middles in radii of the larger body's circle."""
    distance = np.hypot(*np.subtract(one.centre_px, other.centre_px))
    return float(distance * 2.0 * ROOM / max(one.side_px, other.side_px))


def _jumped(sighting: Sighting, last: Sighting) -> bool:
    """Whether the body cannot have come here from where it was."""
    now, before = sighting.following, last.following
    ratio = now.side_px / before.side_px
    grown = not 1.0 / _MOST_GROWTH < ratio < _MOST_GROWTH
    return grown or _apart(now, before) > _FARTHEST_JUMP


class Follower:
    """Follows one person through pictures that come one after the other, in either direction.

    Args:
        detector: finds everybody.
        finder: finds one person's landmarks.
        faithful: whether only the first person is followed; otherwise anybody after that one left.
    """

    def __init__(
        self, detector: PersonDetector, finder: LandmarkFinder, faithful: bool = False
    ) -> None:
        self._detector, self._finder = detector, finder
        self._faithful = faithful
        self._last: Sighting | None = None
        self._colours: Floats | None = None
        self._since_check = self._since_agreed = self._since_alike = self._since_seen = 0
        self._crowded = False

    def begin(self, picture: Picture, sighting: Sighting) -> Glimpse:
        """Follow this person from now on."""
        self._last = sighting
        if self._colours is None or not self._faithful:
            self._colours = colours_of(picture, sighting.points_px)
        self._since_check = self._since_agreed = self._since_alike = self._since_seen = 0
        return Glimpse(self._how_sure(sighting, picture), sighting, is_start=True)

    def step(self, picture: Picture | None) -> Glimpse:
        """What is seen in the next picture; None for one that is missing."""
        self._since_seen += 1
        if picture is None:
            return NOBODY
        if self._last is None:
            return self._find(picture)
        sighting = self._finder.find(picture, self._last.following)
        if not is_person(sighting, picture) or _jumped(sighting, self._last):
            return self._find(picture)
        self._since_seen = 0
        glimpse = self._check(picture, sighting)
        if glimpse.sighting is not None:
            self._last = glimpse.sighting
        return glimpse

    def _find(self, picture: Picture) -> Glimpse:
        """Look for the person in the whole picture."""
        people = people_in(picture, self._detector.find(picture), self._finder)
        chosen = self._choose(picture, people)
        if chosen is None:
            # Where it was may still be near where it is: a body half out of the picture, say.
            return self._lost()
        return self.begin(picture, chosen)

    def _lost(self) -> Glimpse:
        if self._since_seen > AGREEMENT_FRAMES:
            self._last = None
        return NOBODY

    def _choose(self, picture: Picture, people: list[Sighting]) -> Sighting | None:
        """Who of these people is the one that is followed."""
        if self._colours is None or not people:
            return people[0] if people else None
        alike = [likeness(self._colours, colours_of(picture, each.points_px)) for each in people]
        scores = [
            value + 0.3 * self._nearness(each) for value, each in zip(alike, people, strict=True)
        ]
        best = int(np.argmax(scores))
        fits = alike[best] >= _LOOKS_SAME or self._nearness(people[best]) > 0.5
        return people[best] if fits or not self._faithful else None

    def _nearness(self, sighting: Sighting) -> float:
        """1 where the person was last, 0 far from there or long after."""
        if self._last is None:
            return 0.0
        reach = 1.0 + 0.1 * self._since_seen
        return max(0.0, 1.0 - _apart(sighting.crop, self._last.following) / reach)

    def _check(self, picture: Picture, sighting: Sighting) -> Glimpse:
        """Ask the detector every so often whether this still is the person."""
        self._since_check += 1
        self._since_agreed += 1
        self._since_alike += 1
        due = _CROWD_FRAMES if self._crowded else AGREEMENT_FRAMES
        if self._since_check >= due or self._since_agreed > AGREEMENT_FRAMES:
            self._since_check = 0
            other = self._ask(picture, sighting)
            if other is not None:
                back = self._since_alike
                glimpse = self.begin(picture, other)
                return Glimpse(glimpse.seen, other, doubtful_since=back, is_start=True)
        return Glimpse(self._how_sure(sighting, picture), sighting)

    def _ask(self, picture: Picture, sighting: Sighting) -> Sighting | None:
        """Ask the detector; somebody else if that is who should be followed."""
        detections = self._detector.find(picture)
        here = [_apart(each.crop, sighting.following) for each in detections]
        if any(distance < _SAME_PLACE for distance in here):
            self._since_agreed = 0
        others = [
            each for each, distance in zip(detections, here, strict=True)
            if _SAME_PLACE <= distance < _NEAR
        ]  # fmt: skip
        self._crowded = bool(others)
        return self._better(picture, sighting, others)

    def _better(
        self, picture: Picture, sighting: Sighting, others: list[Detection]
    ) -> Sighting | None:
        """Somebody near who looks like the person, where the one at hand does not."""
        colours = colours_of(picture, sighting.points_px)
        known = colours if self._colours is None else self._colours
        alike = likeness(known, colours)
        people = people_in(picture, others, self._finder) if alike < 0.9 else []
        for each in people:
            theirs = likeness(known, colours_of(picture, each.points_px))
            if not _is_same(each, sighting) and theirs > alike + _LOOKS_BETTER:
                return each
        if alike >= _LOOKS_SAME:
            self._since_alike = 0
            if not others:
                self._colours = (1.0 - _LEARNING) * known + _LEARNING * colours
        return None

    def _how_sure(self, sighting: Sighting, picture: Picture) -> Seen:
        height, width = picture.shape[:2]
        joints = joints_of(sighting.points_px)
        inside = ((joints >= 0.0) & (joints < (width, height))).all(axis=1)
        visible = inside & (joint_confidence(sighting.visibility) >= 0.5)
        sure = (
            sighting.presence >= _SURELY_PRESENT
            and sighting.warmth >= _SURELY_WARM
            and self._since_agreed <= AGREEMENT_FRAMES
            and visible.mean() >= _VISIBLE_SHARE
        )
        return Seen.FOUND if sure else Seen.GUESSED
