"""Follows one person from picture to picture, and says when there is nobody.

The landmarks of one picture tell where to look in the next. That alone drifts onto furniture when
the person leaves, and onto somebody else when two cross. So it is doubted: when the network sees
nobody (presence, warmth of the heat maps), when the torso jumps or all but vanishes, and every so
often when the detector, which looks at the whole picture, finds nobody there. While others are
near, each picture is asked whether this still is the person (see ``identity``).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...film.facts import Picture
from ..tracked import Seen
from .appearance import colours_of
from .crop import Crop
from .detector import PersonDetector
from .identity import Identity
from .landmarks import LandmarkFinder, Sighting
from .people import has_jumped, is_person, is_sure, people_in, radii_apart

AGREEMENT_FRAMES: Final = 12
"""The detector is asked so often, and is waited for so long."""
_CROWD_FRAMES: Final = 3
"""And so often while somebody else is near."""
_AFTER_CROWD_FRAMES: Final = 24
"""So long after somebody else was near, it may be that one who is followed."""
_LONGEST_DOUBT: Final = 36
"""So long somebody else is kept in view, near whom the person may come forth again."""
_LOOKED_BACK: Final = 8
"""Pictures without anybody that are kept to look for somebody who was overlooked."""
_SAME_PLACE: Final = 0.6
"""Of the circle's radius between the hips of what is one person."""
_NEAR: Final = 2.5
"""Of the circle's radius between people who may soon be taken for one another."""
_PATH_COUNTS: Final = 0.3
"""Of likeness: how much it counts to be where the person was heading."""
_SPEED_LEARNING: Final = 0.2
_SPEED_FADES: Final = 0.95
_OWN_MARGIN: Final = -0.02


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What the follower says of one picture.

    Args:
        seen: whether the person is there.
        sighting: what was seen; None where nobody was.
        is_hidden: whether somebody else is where the person was.
        earlier: what turned out only now of the pictures before in which nobody was seen, the
            latest first.
        is_unread: there was no picture to look at.
    """

    seen: Seen
    sighting: Sighting | None = None
    is_hidden: bool = False
    earlier: tuple[Glimpse, ...] = ()
    is_unread: bool = False


NOBODY: Final = Glimpse(Seen.EMPTY)
UNREAD: Final = Glimpse(Seen.EMPTY, is_unread=True)
HIDDEN: Final = Glimpse(Seen.EMPTY, is_hidden=True)


def settled(glimpses: list[Glimpse]) -> list[Glimpse]:
    """Glimpses in the order in which they were had, with what turned out later put in."""
    known = list(glimpses)
    for index, glimpse in enumerate(glimpses):
        for back, earlier in enumerate(glimpse.earlier[:index], start=1):
            if known[index - back].seen == Seen.EMPTY:
                known[index - back] = earlier
    return known


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
        self._identity: Identity | None = None
        self._path = _Path()
        self._since_check = self._since_agreed = self._since_seen = 0
        self._crowd = self._doubt = 0
        self._unseen: deque[Picture] = deque(maxlen=_LOOKED_BACK)

    def begin(self, picture: Picture, sighting: Sighting) -> Glimpse:
        """Follow this person from now on."""
        if self._identity is None or not (self._faithful or self._crowd):
            self._identity = Identity(colours_of(picture, sighting.points_px))
        self._last = sighting
        self._path = _Path(sighting.following)
        self._since_agreed = self._since_seen = self._doubt = 0
        self._since_check = AGREEMENT_FRAMES  # who else is near is asked at once
        return self._told(picture, sighting)

    def step(self, picture: Picture | None) -> Glimpse:
        """What is seen in the next picture; None for one that is missing."""
        self._since_seen += 1
        self._crowd = max(0, self._crowd - 1)
        if picture is None:
            self._unseen.clear()
            return UNREAD
        if self._last is None:
            return self._find(picture)
        sighting = self._finder.find(picture, self._last.following)
        if not is_person(sighting, picture) or has_jumped(sighting.following, self._last.following):
            return self._find(picture)
        return self._check(picture, sighting)

    def _told(self, picture: Picture, sighting: Sighting) -> Glimpse:
        agreed = self._since_agreed <= AGREEMENT_FRAMES
        sure = agreed and is_sure(sighting, picture)
        return Glimpse(Seen.FOUND if sure else Seen.GUESSED, sighting)

    def _find(self, picture: Picture) -> Glimpse:
        """Look for the person in the whole picture."""
        people = people_in(picture, self._detector.find(picture), self._finder)
        chosen = self._choose(picture, people)
        if chosen is not None:
            earlier = self._look_back(chosen)
            return replace(self.begin(picture, chosen), earlier=earlier)
        self._unseen.append(picture)
        if self._since_seen > AGREEMENT_FRAMES:
            self._last = None
        return NOBODY

    def _look_back(self, sighting: Sighting) -> tuple[Glimpse, ...]:
        """The person in pictures before, as long as it can be followed back.

        Who comes in is half in the picture at first: too little for the detector, but enough for
        the landmarks, which know where to look.
        """
        earlier = []
        while self._unseen:
            picture = self._unseen.pop()
            before = self._finder.find(picture, sighting.following)
            if not is_person(before, picture) or has_jumped(before.following, sighting.following):
                break
            seen = Seen.FOUND if is_sure(before, picture) else Seen.GUESSED
            earlier.append(Glimpse(seen, before))
            sighting = before
        self._unseen.clear()
        return tuple(earlier)

    def _choose(self, picture: Picture, people: list[Sighting]) -> Sighting | None:
        """Who of these people is the one that is followed."""
        if self._identity is None or not people:
            return people[0] if people else None
        colours = [colours_of(picture, each.points_px) for each in people]
        near = [self._nearness(each) for each in people]
        scores = [
            self._identity.likeness(colour) + _PATH_COUNTS * close
            for colour, close in zip(colours, near, strict=True)
        ]
        best = int(np.argmax(scores))
        alone = not self._identity.has_rivals() and near[best] > 0.5
        fits = alone or self._identity.margin(colours[best]) > _OWN_MARGIN
        return people[best] if fits or not self._faithful else None

    def _nearness(self, sighting: Sighting) -> float:
        """1 where the person was last, 0 far from there or long after."""
        if self._last is None:
            return 0.0
        reach = 1.0 + 0.1 * self._since_seen
        return max(0.0, 1.0 - radii_apart(sighting.crop, self._last.following) / reach)

    def _check(self, picture: Picture, sighting: Sighting) -> Glimpse:
        """Ask every so often whether this still is a person, and the same one."""
        self._last = sighting
        self._unseen.clear()
        self._since_check += 1
        self._since_agreed += 1
        self._doubt = self._doubt + 1 if self._is_other(picture, sighting) else 0
        if self._doubt > _LONGEST_DOUBT:
            return self._given_up(picture, sighting)
        self._path.go(None if self._doubt else sighting.following)
        due = _CROWD_FRAMES if self._crowd else AGREEMENT_FRAMES
        if self._since_check >= due or self._since_agreed > AGREEMENT_FRAMES:
            self._since_check = 0
            own = self._ask(picture, sighting)
            if own is not None:
                return self.begin(picture, own)
        if self._doubt:
            return HIDDEN
        self._since_seen = 0
        return self._told(picture, sighting)

    def _given_up(self, picture: Picture, sighting: Sighting) -> Glimpse:
        """The person did not come forth again near the one who is in view."""
        self._doubt = self._crowd = 0
        if self._faithful:
            self._last = None
            return NOBODY
        return self.begin(picture, sighting)

    def _is_other(self, picture: Picture, sighting: Sighting) -> bool:
        """Whether this looks like somebody else who was near."""
        identity = self._identity
        if identity is None or not identity.has_rivals() or not (self._crowd or self._doubt):
            return False
        return identity.margin(colours_of(picture, sighting.points_px)) < _OWN_MARGIN

    def _ask(self, picture: Picture, sighting: Sighting) -> Sighting | None:
        """Ask the detector; the person, if that is somebody else than who is in view."""
        detections = self._detector.find(picture)
        here = [radii_apart(each.crop, sighting.following) for each in detections]
        if any(distance < _SAME_PLACE for distance in here):
            self._since_agreed = 0
        if any(_SAME_PLACE <= distance < _NEAR for distance in here):
            self._crowd = _AFTER_CROWD_FRAMES
        if not (self._crowd or self._doubt):
            if self._identity is not None:
                self._identity.learn(colours_of(picture, sighting.points_px))
            return None
        away = [
            each for each, distance in zip(detections, here, strict=True) if distance >= _SAME_PLACE
        ]
        people = people_in(picture, away, self._finder)
        return self._own_among(picture, sighting, people)

    def _own_among(
        self, picture: Picture, sighting: Sighting, people: list[Sighting]
    ) -> Sighting | None:
        """The person among others than who is in view; who is not is remembered."""
        identity = self._identity
        if identity is None:
            return None
        looks = [colours_of(picture, each.points_px) for each in people]
        if not self._doubt:
            for look in looks:
                identity.meet(look)
            return None
        colours = colours_of(picture, sighting.points_px)
        for each, look in zip(people, looks, strict=True):
            own = identity.margin(look) + _PATH_COUNTS * self._path.nearness(each.following)
            view = identity.margin(colours) + _PATH_COUNTS * self._path.nearness(sighting.following)
            if identity.margin(look) > _OWN_MARGIN and own > view:
                return each
        return None


class _Path:
    """Where a person is heading.

    Args:
        crop: where the person is; None for nowhere.
    """

    def __init__(self, crop: Crop | None = None) -> None:
        self._crop = crop
        self._centre = np.zeros(2) if crop is None else np.array(crop.centre_px)
        self._speed = np.zeros(2)

    def go(self, crop: Crop | None) -> None:
        """One picture on; None where the person is not seen."""
        if crop is None:
            self._centre = self._centre + self._speed
            self._speed = self._speed * _SPEED_FADES
            return
        centre = np.array(crop.centre_px)
        if self._crop is not None:
            self._speed = self._speed + _SPEED_LEARNING * (centre - self._centre - self._speed)
        self._crop, self._centre = crop, centre

    def nearness(self, crop: Crop) -> float:
        """1 where the person should be, 0 a circle's radius away."""
        if self._crop is None:
            return 0.0
        x, y = self._centre
        there = Crop((float(x), float(y)), self._crop.side_px)
        return max(0.0, 1.0 - radii_apart(crop, there))
