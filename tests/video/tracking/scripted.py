"""Networks that know by a script who is where, and pictures that tell them where they look.

A picture's red and green are its own x and y, its blue is its number. So a scripted network finds
from its input alone which square of which picture it was given, whatever turned, shrunk or cut it
before, and answers as the real one would of the people in the script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from blender_addon.core.film.facts import FilmFacts, Picture
from blender_addon.core.video.points import LANDMARKS
from blender_addon.core.video.tracking.detector import anchors
from blender_addon.core.video.tracking.landmarks import MIRRORED

SIDE = 250


@dataclass(frozen=True)
class Somebody:
    """Who is in a scripted picture; upright, the circle's radius is ``tall``."""

    x: float
    y: float = 125.0
    tall: float = 60.0
    lean: float = 0.0
    score: float = 0.9
    presence: float = 0.99
    warmth: float = 0.7
    visibility: float = 0.95

    def at(self, offsets: np.ndarray) -> np.ndarray:
        """Pixels of places given in the body's own right and down, in radii."""
        cosine, sine = np.cos(self.lean), np.sin(self.lean)
        turn = np.array([[cosine, sine], [-sine, cosine]])
        return np.asarray(offsets @ turn * self.tall + (self.x, self.y))


def _body() -> np.ndarray:
    """(39, 2) places of the points in the body's own axes: a person seen from the front."""
    heights = {
        "shoulder": -0.5, "elbow": -0.25, "wrist": 0.0, "pinky": 0.05, "index": 0.06, "thumb": 0.04,
        "hip": 0.0, "knee": 0.45, "ankle": 0.85, "heel": 0.9,
    }  # fmt: skip
    places = []
    for name in LANDMARKS:
        part = "heel" if "foot" in name else name.split("_")[-1]
        side = 0.2 if "left" in name else -0.2 if "right" in name else 0.0
        places.append((side, heights.get(part, -0.75)))
    return np.array([*places, (0.0, 0.0), (0.0, -1.0), *[(0.0, 0.0)] * 4])


BODY = _body()
Script = Mapping[int, Sequence[Somebody]]


def picture_of(frame: int, side: int = SIDE) -> Picture:
    """The picture of this number."""
    y, x = np.mgrid[0:side, 0:side]
    return np.stack((x, y, np.full_like(x, frame + 1)), axis=-1).astype(np.uint8)


@dataclass
class ScriptedFilm:
    """A film of scripted pictures; those in ``missing`` cannot be shown."""

    count: int
    missing: frozenset[int] = frozenset()
    asked: list[tuple[int, int]] = field(default_factory=list)

    @property
    def facts(self) -> FilmFacts:
        """Of the film."""
        return FilmFacts("scripted", (SIDE, SIDE), 25.0, self.count, missing=self.missing)

    def pictures(self, first: int, last: int) -> Iterator[Picture | None]:
        """Pictures, both ends included."""
        self.asked.append((first, last))
        for frame in range(first, last + 1):
            yield None if frame in self.missing else picture_of(frame)


def where_looked(image: np.ndarray) -> tuple[int, np.ndarray]:
    """Number of the picture, and (3, 2) that takes (u, v, 1) pixels of the input to its pixels."""
    levels = image * 255.0
    blue = levels[..., 2]
    frame = round(float(blue.max())) - 1
    inside = blue > frame + 0.98
    v, u = np.nonzero(inside)
    places = np.stack((u + 0.5, v + 0.5, np.ones(len(u))), axis=1)
    seen = levels[inside][:, :2] + 0.5
    # A shrunk picture is cut at its edge: only what is not mixed with the black outside counts.
    return frame, np.linalg.lstsq(places, seen, rcond=None)[0]


class ScriptedDetector:
    """Answers like BlazePose's detector."""

    contract: Any = None

    def __init__(self, script: Script) -> None:
        self._script, self._anchors = script, anchors() * 224.0
        self.runs = 0

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        """Run the model once."""
        self.runs += 1
        frame, to_picture = where_looked((feeds["image"][0] + 1.0) / 2.0)
        boxes, scores = np.zeros((1, 2254, 12), np.float32), np.full((1, 2254, 1), -9.0, np.float32)
        to_input = np.linalg.inv(to_picture[:2])
        for person in self._script.get(frame, ()):
            points = person.at(np.array([(0, 0), (0, -1), (0, -0.5), (0, -0.8), (0, -0.75)]))
            places = (points - to_picture[2]) @ to_input
            index = int(np.linalg.norm(self._anchors - places[4], axis=1).argmin())
            off = places - self._anchors[index]
            size = 0.4 * person.tall * to_input[0, 0]
            boxes[0, index] = [*off[4], size, size, *off[:4].ravel()]
            scores[0, index] = np.log(person.score / (1.0 - person.score))
        return {"boxes": boxes, "scores": scores}


class ScriptedLandmarks:
    """Answers like BlazePose's landmarks, of the person nearest to the middle of the square."""

    contract: Any = None

    def __init__(self, script: Script) -> None:
        self._script = script
        self.runs = 0

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        """Run the model once."""
        self.runs += 1
        answers = [self._one(image) for image in feeds["image"]]
        return {key: np.stack([each[key] for each in answers]) for key in answers[0]}

    def _one(self, image: np.ndarray) -> dict[str, Any]:
        frame, to_picture = where_looked(image)
        mirrored = np.linalg.det(to_picture[:2]) < 0.0
        middle = np.array([128.0, 128.0, 1.0]) @ to_picture
        people = sorted(
            self._script.get(frame, ()), key=lambda each: np.hypot(*(each.at(BODY[33]) - middle))
        )
        near = [each for each in people if np.hypot(*(each.at(BODY[33]) - middle)) < each.tall]
        answer = {
            "landmarks": np.zeros(195, np.float32),
            "presence": np.zeros(1, np.float32),
            "world": np.zeros(117, np.float32),
            "heatmap": np.full((64, 64, 39), -9.0, np.float32),
        }
        if not near:
            return answer
        person = near[0]
        # In a mirror the left hand is seen as a right one.
        body = BODY[_OTHER] if mirrored else BODY
        places = (person.at(body) - to_picture[2]) @ np.linalg.inv(to_picture[:2])
        logit = np.log(person.visibility / (1.0 - person.visibility))
        rows = np.column_stack((places, np.zeros(39), np.full((39, 2), logit)))
        answer["landmarks"] = rows.ravel().astype(np.float32)
        answer["presence"][:] = person.presence
        flat = np.column_stack((body * (-1.0 if mirrored else 1.0, 1.0), np.zeros(39)))
        answer["world"] = flat.ravel().astype(np.float32)
        _warm(answer["heatmap"], places / 4.0, person.warmth)
        return answer


def _warm(heat: np.ndarray, places: np.ndarray, warmth: float) -> None:
    """Write a spot of this height around each place, its centre of gravity there."""
    y, x = np.mgrid[0 : heat.shape[0], 0 : heat.shape[1]]
    for index, (column, row) in enumerate(places):
        spot = warmth * np.exp(-0.5 * ((x - column) ** 2 + (y - row) ** 2))
        heat[..., index] = np.log(np.maximum(spot, 1e-6) / (1.0 - np.minimum(spot, 0.999)))


_OTHER = np.concatenate((MIRRORED, [33, 34, 36, 35, 38, 37]))
