"""A whole film: one pass, flat memory, the person of the click, and plain words when it fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, FilmError
from blender_addon.core.film.facts import FilmFacts
from blender_addon.core.video.request import TrackRequest
from blender_addon.core.video.settings import Quality
from blender_addon.core.video.tracked import PersonChoice, Seen, TrackedPerson
from blender_addon.core.video.tracking.tracker import BodyTracker
from tests.video.tracking.scripted import (
    BODY,
    Script,
    ScriptedDetector,
    ScriptedFilm,
    ScriptedLandmarks,
    Somebody,
    picture_of,
)

HERE = Somebody(120.0)


def _tracker(script: Script) -> BodyTracker:
    return BodyTracker(ScriptedDetector(script), ScriptedLandmarks(script))


def _track(script: Script, film: ScriptedFilm, **request: object) -> TrackedPerson:
    asked = TrackRequest(**{"first": 0, "last": film.count - 1, **request})  # type: ignore[arg-type]
    return _tracker(script).track(film, asked)


@pytest.mark.parametrize("quality", list(Quality))
def test_a_walk(quality: Quality) -> None:
    script = {frame: [replace(HERE, x=80.0 + 2.0 * frame)] for frame in range(30)}
    film = ScriptedFilm(30)

    tracked = _track(script, film, quality=quality)

    assert film.asked == [(0, 29)]
    assert (tracked.seen == Seen.FOUND).all()
    wanted = np.stack([script[frame][0].at(BODY[:33]) for frame in range(30)])
    assert np.abs(tracked.points_px - wanted).max() < 1.5
    assert np.allclose(tracked.world_m[..., :2], BODY[:33], atol=0.02)
    assert tracked.crops_px.shape == (30, 4)
    assert tracked.size_px == (250, 250)
    assert not tracked.notes


def test_a_part_of_a_film_keeps_its_place() -> None:
    film = ScriptedFilm(30)

    tracked = _track({frame: [HERE] for frame in range(30)}, film, first=10, last=19)

    assert film.asked == [(10, 19)]
    assert tracked.first_frame == 10
    assert tracked.frame_count == 10


def test_who_leaves_and_comes_back() -> None:
    script = {frame: [HERE] for frame in range(40) if not 10 <= frame < 25}

    tracked = _track(script, ScriptedFilm(40))

    assert np.array_equal(np.flatnonzero(tracked.seen == Seen.EMPTY), np.arange(10, 25))
    empty = slice(10, 25)
    assert np.isnan(tracked.points_px[empty]).all()
    assert np.isnan(tracked.world_m[empty]).all()
    assert not tracked.visibility[empty].any()
    assert any("15 of 40" in note for note in tracked.notes)


def test_one_or_two_pictures_of_somebody_are_a_mistake() -> None:
    script = {frame: [HERE] for frame in (5, 6, *range(20, 30))}

    tracked = _track(script, ScriptedFilm(30))

    assert np.array_equal(np.flatnonzero(tracked.seen), np.arange(20, 30))


def test_who_is_hidden_for_a_moment_is_guessed() -> None:
    script = {frame: [replace(HERE, x=100.0 + frame)] for frame in range(30)}
    del script[12], script[13], script[14]

    tracked = _track(script, ScriptedFilm(30))

    assert np.array_equal(np.flatnonzero(tracked.seen == Seen.GUESSED), [12, 13, 14])
    wanted = np.stack([replace(HERE, x=100.0 + frame).at(BODY[:33]) for frame in (12, 13, 14)])
    assert np.abs(tracked.points_px[12:15] - wanted).max() < 1.5
    assert not tracked.visibility[12:15].any()


def test_a_head_that_comes_in_is_no_small_person() -> None:
    script = {frame: [HERE] for frame in range(6, 14)}
    script |= {frame: [replace(HERE, tall=25.0, presence=0.7)] for frame in range(4, 6)}

    tracked = _track(script, ScriptedFilm(14))

    assert np.array_equal(np.flatnonzero(tracked.seen), np.arange(6, 14))
    assert np.isnan(tracked.points_px[:6]).all()


def test_missing_pictures() -> None:
    script = {frame: [HERE] for frame in range(40)}

    tracked = _track(script, ScriptedFilm(40, missing=frozenset([0, 7, *range(15, 28)])))

    assert tracked.seen[0] == Seen.EMPTY
    assert tracked.seen[7] == Seen.GUESSED
    assert (tracked.seen[15:28] == Seen.EMPTY).all()
    assert (tracked.seen[28:] == Seen.FOUND).all()


def test_the_person_of_the_click_is_followed_both_ways() -> None:
    """Decoding only goes forward, so pictures before the click are read in pieces."""
    one = {frame: replace(HERE, x=60.0 + 0.2 * frame, tall=50.0) for frame in range(150)}
    other = {frame: replace(HERE, x=200.0 - 0.2 * frame, tall=60.0) for frame in range(150)}
    script = {frame: [other[frame], one[frame]] for frame in range(150)}
    film = ScriptedFilm(150)

    tracked = _track(script, film, person=PersonChoice(140, (88.0, 120.0)))

    assert film.asked == [(140, 149), (76, 139), (12, 75), (0, 11)]
    assert (tracked.seen == Seen.FOUND).all()
    wanted = np.stack([one[frame].at(BODY[:33]) for frame in range(150)])
    assert np.abs(tracked.points_px - wanted).max() < 1.5


def test_a_click_on_the_first_picture() -> None:
    film = ScriptedFilm(5)

    tracked = _track(
        {frame: [HERE] for frame in range(5)}, film, person=PersonChoice(0, (120.0, 120.0))
    )

    assert film.asked == [(0, 4)]
    assert (tracked.seen == Seen.FOUND).all()


def test_a_click_on_nobody() -> None:
    script = {frame: [HERE] for frame in range(5)}

    with pytest.raises(
        FilmError, match=r"nobody was found at \(10, 10\) of picture 2, 1 elsewhere"
    ):
        _track(script, ScriptedFilm(5), person=PersonChoice(2, (10.0, 10.0)))


@pytest.mark.parametrize("frame", [3, 99])
def test_a_click_where_it_cannot_be(frame: int) -> None:
    film = ScriptedFilm(5, missing=frozenset([3]))

    with pytest.raises(FilmError, match="choose"):
        _track({}, film, person=PersonChoice(frame, (10.0, 10.0)))


def test_a_click_nowhere() -> None:
    with pytest.raises(FilmError, match="no place in a picture; click"):
        _track({}, ScriptedFilm(5), person=PersonChoice(2, (float("nan"), 10.0)))


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (0, 5), (4, 2)])
def test_a_part_that_is_not_in_the_film(first: int, last: int) -> None:
    with pytest.raises(FilmError, match="pictures 0 to 4"):
        _track({}, ScriptedFilm(5), first=first, last=last)


def test_nobody_in_the_whole_film() -> None:
    with pytest.raises(FilmError, match="nobody was found in 5 pictures of scripted; choose"):
        _track({}, ScriptedFilm(5))


def test_pictures_too_small_to_see_anybody() -> None:
    class Tiny(ScriptedFilm):
        facts = FilmFacts("tiny", (8, 8), 25.0, 5)

    with pytest.raises(FilmError, match="8 × 8 pixels, too small"):
        _track({}, Tiny(5))


def test_progress_and_cancelling() -> None:
    film, told = ScriptedFilm(10), []

    def cancels(share: float) -> bool:
        told.append(share)
        return len(told) < 4

    with pytest.raises(Cancelled):
        _tracker({}).track(film, TrackRequest(first=0, last=9), cancels)
    assert told == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_everybody_in_a_picture() -> None:
    people = [replace(HERE, x=60.0, tall=35.0), replace(HERE, x=170.0, tall=60.0)]
    tracker = _tracker({0: [*people, replace(people[1], x=171.0, score=0.7)]})

    found = tracker.people(picture_of(0))

    middles = [each.following.centre_px[0] for each in found]
    assert middles == pytest.approx([170.5, 60.0], abs=1.0)
    assert tracker.people(picture_of(0)[:8, :8]) == []
