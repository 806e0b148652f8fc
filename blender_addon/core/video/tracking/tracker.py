"""Tracks one person through a film, in a single pass and with memory that does not grow with it.

Only the result grows: a few hundred numbers a picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ...errors import FilmError
from ...film.facts import FilmReader, Picture
from ...jobs import OnProgress, Progress, Runner
from ..request import TrackRequest
from ..settings import Quality
from ..tracked import PersonChoice, Seen, TrackedPerson
from .assembling import assemble
from .crop import Crop
from .detector import Detection, PersonDetector
from .follower import Follower, Glimpse, settled
from .landmarks import LandmarkFinder, Sighting
from .people import people_in

DETECTOR_TASK: Final = "person_detector"
LANDMARKS_TASKS: Final = {Quality.FULL: "body_landmarks", Quality.LITE: "body_landmarks_lite"}
SMALLEST_PX: Final = 32
"""Shorter side of a picture in which a person can be made out."""
_CHUNK_BYTES: Final = 128 * 1024 * 1024
_CHUNK_PICTURES: Final = 64
_CLICK_ROOM: Final = 0.1
"""Of a body's square: so far off its points a click still means that person."""
_CLICK_SQUARES: Final = (0.7, 0.45, 0.3)
"""Sides, in those of the picture, of the squares around a click that are looked at closely."""
_CLICKED: Final = 0.25
"""Score from which on a detection counts there, because somebody said that a person is there."""


class BodyTracker:
    """Finds people in pictures, and follows one through a film.

    Args:
        detector: model of the task ``person_detector``.
        landmarks: model of a task ``body_landmarks…``.
    """

    def __init__(self, detector: Runner, landmarks: Runner) -> None:
        self._detector = PersonDetector(detector)
        self._landmarks = landmarks

    def people(self, picture: Picture) -> list[Sighting]:
        """Everybody in one picture, the largest first; nobody in one that is too small.

        Args:
            picture: (H, W, 3) uint8.
        """
        if min(picture.shape[:2]) < SMALLEST_PX:
            return []
        return self._confirmed(picture, self._detector.find_small(picture))

    def _confirmed(self, picture: Picture, detections: list[Detection]) -> list[Sighting]:
        return people_in(picture, detections, LandmarkFinder(self._landmarks))

    def track(
        self,
        reader: FilmReader,
        request: TrackRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> TrackedPerson:
        """Follow one person through a part of a film.

        Args:
            reader: of the film.
            request: which part and whom.
            on_progress: is told how much is done; answers False to cancel.

        Returns:
            What was seen of the person in each picture.

        Raises:
            FilmError: the part is not in the film, its pictures are too small, a picture cannot
                be read, nobody is where the person was said to be, or nobody is in the whole part.
            Cancelled: on_progress said so.
        """
        _check(reader, request)
        progress = Progress.of(on_progress)
        count = request.last - request.first + 1
        if request.person is None:
            follower = self._follower(request, faithful=False)
            glimpses = []
            for picture in reader.pictures(request.first, request.last):
                glimpses.append(follower.step(picture))
                _tell(request, request.first + len(glimpses) - 1, glimpses[-1])
                progress(len(glimpses) / count)
            glimpses = settled(glimpses)
        else:
            glimpses = self._both_ways(reader, request, request.person, progress)
        return assemble(glimpses, reader.facts, request.first)

    def _follower(self, request: TrackRequest, faithful: bool) -> Follower:
        finder = LandmarkFinder(self._landmarks, twice=request.quality is Quality.FULL)
        return Follower(self._detector, finder, faithful)

    def _both_ways(
        self, reader: FilmReader, request: TrackRequest, person: PersonChoice, progress: Progress
    ) -> list[Glimpse]:
        """Glimpses of a person from the picture of the click on, and back from there."""
        count = request.last - request.first + 1
        later: list[Glimpse] = []
        start: tuple[Picture, Sighting] | None = None
        follower = self._follower(request, faithful=True)
        for picture in reader.pictures(person.frame, request.last):
            if start is None:
                start = _not_missing(picture, person), self._chosen(picture, person)
                later.append(follower.begin(*start))
            else:
                later.append(follower.step(picture))
            _tell(request, person.frame + len(later) - 1, later[-1])
            progress(len(later) / count)
        if start is None:
            raise FilmError(
                f"picture {person.frame} of {reader.facts.name} could not be read; choose the "
                "person in another picture"
            )
        follower = self._follower(request, faithful=True)
        follower.begin(*start)
        earlier = []
        for picture in _backward(reader, request.first, person.frame - 1):
            earlier.append(follower.step(picture))
            _tell(request, person.frame - len(earlier), earlier[-1])
            progress((len(later) + len(earlier)) / count)
        return settled(earlier)[::-1] + settled(later)

    def _chosen(self, picture: Picture | None, person: PersonChoice) -> Sighting:
        """Who is under the click."""
        picture = _not_missing(picture, person)
        detections = self._detector.find_small(picture)
        people = self._confirmed(picture, detections)
        if not _near(people, person):
            side = float(max(picture.shape[:2]))
            for share in _CLICK_SQUARES:
                square = Crop(person.point_px, share * side)
                detections += self._detector.find(picture, _CLICKED, square)
            people = self._confirmed(picture, detections)
        near = _near(people, person)
        if near:
            return min(near, key=_first)[1]
        x, y = person.point_px
        others = f"{len(people)} elsewhere" if people else "nor anywhere else"
        raise FilmError(
            f"nobody was found at ({x:.0f}, {y:.0f}) of picture {person.frame}, {others}; click "
            "on the chest or the hips of a person who is seen whole"
        )


def _tell(request: TrackRequest, number: int, glimpse: Glimpse) -> None:
    """Show what was seen in a picture to whom the request names."""
    if request.on_seen is None:
        return
    sighting = glimpse.sighting
    if sighting is None:
        request.on_seen(number, np.full((33, 2), np.nan), np.zeros(33), Seen.EMPTY)
    else:
        request.on_seen(number, sighting.points_px, sighting.visibility, glimpse.seen)


def _near(people: list[Sighting], person: PersonChoice) -> list[tuple[float, Sighting]]:
    """Who is under a click, and how far from it."""
    reached = [(_distance(each, person), each) for each in people]
    return [(distance, each) for distance, each in reached if distance < _CLICK_ROOM]


def _first(pair: tuple[float, Sighting]) -> float:
    return pair[0]


def _distance(sighting: Sighting, person: PersonChoice) -> float:
    """From a click to the box around a person, in sides of the square; its middle decides ties."""
    click = np.asarray(person.point_px)
    low, high = sighting.points_px.min(axis=0), sighting.points_px.max(axis=0)
    off = np.linalg.norm(np.maximum(np.maximum(low - click, click - high), 0.0))
    middle = np.linalg.norm(0.5 * (low + high) - click)
    return float((off + 1e-3 * middle) / sighting.crop.side_px)


def _not_missing(picture: Picture | None, person: PersonChoice) -> Picture:
    if picture is None:
        raise FilmError(
            f"picture {person.frame} is missing from the film; choose the person in another picture"
        )
    return picture


def _check(reader: FilmReader, request: TrackRequest) -> None:
    """Refuse what cannot be tracked, before anything is read."""
    facts, person = reader.facts, request.person
    if not 0 <= request.first <= request.last < facts.frame_count:
        raise FilmError(
            f"{facts.name} has pictures 0 to {facts.frame_count - 1}; found {request.first} to "
            f"{request.last}; choose a part of the film"
        )
    if min(facts.size_px) < SMALLEST_PX:
        raise FilmError(
            f"the pictures of {facts.name} are {facts.size_px[0]} × {facts.size_px[1]} pixels, too "
            f"small to make anybody out; take a film of {SMALLEST_PX} pixels or more a side, "
            "better 400"
        )
    if person is not None and not np.isfinite(person.point_px).all():
        raise FilmError(
            f"the person was chosen at {person.point_px}, which is no place in a picture; click on "
            "the person again"
        )
    if person is not None and not request.first <= person.frame <= request.last:
        raise FilmError(
            f"the person was chosen in picture {person.frame}, outside of the part from "
            f"{request.first} to {request.last}; choose again within it"
        )


def _backward(reader: FilmReader, first: int, last: int) -> Iterator[Picture | None]:
    """Pictures from the last to the first, though they can only be read the other way round."""
    width, height = reader.facts.size_px
    chunk = int(np.clip(_CHUNK_BYTES // max(1, 3 * width * height), 4, _CHUNK_PICTURES))
    while last >= first:
        start = max(first, last - chunk + 1)
        pictures = list(reader.pictures(start, last))
        while pictures:
            yield pictures.pop()
        last = start - 1
