"""The real networks on films of which the truth is known, and on a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.video.judging.picture_errors import picture_errors
from backend.video.judging.truth import read_truth
from blender_addon.core.film.facts import FilmFacts, Picture
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.video.points import joints_of
from blender_addon.core.video.request import TrackRequest
from blender_addon.core.video.settings import Quality
from blender_addon.core.video.tracked import PersonChoice, Seen
from blender_addon.core.video.tracking.tracker import BodyTracker
from tests.conftest import ROOT

MODELS = ROOT / "onnx_models"
TABLE = "one-by-one-person-detection.mp4"
Read = Callable[[str, int, int], np.ndarray]


def _session(name: str) -> ModelSession:
    path = MODELS / f"{name}.onnx"
    if not path.is_file():
        pytest.skip(f"no model at {path}")
    return ModelSession(path, ["CPUExecutionProvider"], threads=1)


@pytest.fixture(scope="module")
def trackers() -> dict[Quality, BodyTracker]:
    detector = _session("person_detector")
    names = {Quality.FULL: "body_landmarks_full", Quality.LITE: "body_landmarks_lite"}
    return {quality: BodyTracker(detector, _session(name)) for quality, name in names.items()}


@pytest.fixture(scope="module")
def read(data_dir: Path) -> Read:
    """Pictures of a film of the data: from one to another, both included."""
    pytest.importorskip("bpy")
    from blender_addon.blender.film.movie_file import open_movie

    folder = data_dir / "pose_clips"
    if not folder.is_dir():
        pytest.skip("no films of people among the data")

    def pictures(name: str, first: int, last: int) -> np.ndarray:
        reader, _ = open_movie(folder / name)
        return np.stack([each for each in reader.pictures(first, last) if each is not None])

    return pictures


class Pictures:
    """A film of pictures in memory."""

    def __init__(self, pictures: np.ndarray) -> None:
        count, height, width = pictures.shape[:3]
        self.facts = FilmFacts("pictures", (width, height), 24.0, count)
        self._pictures = pictures

    def pictures(self, first: int, last: int) -> Iterator[Picture | None]:
        yield from self._pictures[first : last + 1]


@pytest.mark.parametrize(
    ("name", "count", "median_pct", "pck"),
    [("front", 48, 4.0, 0.97), ("high", 36, 10.0, 0.87)],
)
@pytest.mark.blender
def test_points_lie_where_they_are(
    data_dir: Path,
    read: Read,
    trackers: dict[Quality, BodyTracker],
    name: str,
    count: int,
    median_pct: float,
    pck: float,
) -> None:
    """From above the person is 33 pixels from hip to shoulder, and one arm is out of sight."""
    film = Pictures(read(f"{name}.mp4", 0, count - 1))
    folder = data_dir / "pose_clips"
    truth = read_truth(folder / f"{name}.npz", folder / f"{name}.mp4", film.facts.size_px)

    tracked = trackers[Quality.FULL].track(film, TrackRequest(first=0, last=count - 1))

    everywhere = np.ones(count, bool)
    errors = picture_errors(joints_of(tracked.points_px), truth.points_px, everywhere)
    assert (tracked.seen == Seen.FOUND).all()
    assert errors.median_pct <= median_pct
    assert errors.pck >= pck
    assert not tracked.notes  # no swaps either


@pytest.mark.blender
def test_an_empty_room_is_empty(read: Read, trackers: dict[Quality, BodyTracker]) -> None:
    """A table stands there, which the detector takes for a person now and then."""
    film = Pictures(read(TABLE, 185, 260))

    tracked = trackers[Quality.LITE].track(
        film, TrackRequest(first=0, last=75, quality=Quality.LITE)
    )

    assert (tracked.seen[:5] != Seen.EMPTY).all()
    assert (tracked.seen[1:5] == Seen.FOUND).all()  # half of the person is cut off in the first
    assert (tracked.seen[203 - 185 : 227 - 185] == Seen.EMPTY).all()
    assert (tracked.seen[240 - 185 :] == Seen.FOUND).all()


@pytest.mark.blender
def test_who_was_clicked_is_kept_when_two_cross(
    read: Read, trackers: dict[Quality, BodyTracker]
) -> None:
    """A real woman in grey walks behind a real man in black, put into one picture."""
    count, room = 40, read(TABLE, 210, 212)[1]
    man, woman = read(TABLE, 300, 300 + count - 1), read(TABLE, 105, 105 + count - 1)
    behind = [_beside(room, room, woman[at], 130 - 10 * at) for at in range(count)]
    both = [_beside(behind[at], room, man[at], 10 * at - 280) for at in range(count)]
    film = Pictures(np.stack(both))
    person = PersonChoice(0, (450.0 + 130.0, 170.0))

    tracked = trackers[Quality.LITE].track(
        film, TrackRequest(first=0, last=count - 1, person=person, quality=Quality.LITE)
    )

    middle = np.nanmean(tracked.points_px[:, 23:25, 0], axis=1)
    sure = tracked.seen == Seen.FOUND
    heading = 450.0 + 130.0 - 10.0 * np.arange(count)
    assert sure[:8].mean() > 0.8
    assert sure[-6:].all()
    assert (np.abs(middle - heading)[sure] < 60.0).mean() > 0.95


def _beside(scene: Picture, room: Picture, person: Picture, right: int) -> Picture:
    """A scene with whoever stands in another picture of the room, moved to the right."""
    there = np.abs(person.astype(int) - room).max(axis=-1) > 28
    moved = np.roll(person, right, axis=1)
    return np.where(np.roll(there, right, axis=1)[..., None], moved, scene)


@pytest.mark.blender
def test_no_picture_is_too_odd(read: Read, trackers: dict[Quality, BodyTracker]) -> None:
    """Sizes, noise, mirrors, halves, a drawing: somebody or nobody, but never an error."""
    walker = read("front.mp4", 0, 0)[0]
    noise = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    drawing = np.full((400, 300, 3), 255, np.uint8)
    drawing[60:340, 145:155] = 0
    drawing[30:80, 125:175] = (250, 200, 170)
    odd = [
        np.zeros((1, 1, 3), np.uint8), noise[:8, :8], noise, drawing,
        np.ascontiguousarray(walker[:, ::-1]), walker[: len(walker) // 2], walker[:, ::8, :],
        np.repeat(np.repeat(walker, 8, axis=0), 8, axis=1), np.zeros((40, 4000, 3), np.uint8),
    ]  # fmt: skip

    found = [len(trackers[Quality.LITE].people(picture)) for picture in odd]

    assert found[:4] == [0, 0, 0, 0]
    assert found[4] == found[7] == 1
    assert found[8] == 0
