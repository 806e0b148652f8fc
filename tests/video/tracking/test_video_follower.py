"""Who is followed, when somebody is doubted, and when there is nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.video.tracked import Seen
from blender_addon.core.video.tracking.detector import PersonDetector
from blender_addon.core.video.tracking.follower import (
    AGREEMENT_FRAMES,
    Follower,
    Glimpse,
    settled,
)
from blender_addon.core.video.tracking.landmarks import LandmarkFinder
from tests.video.tracking.scripted import (
    BODY,
    Script,
    ScriptedDetector,
    ScriptedLandmarks,
    Somebody,
    picture_of,
)

HERE = Somebody(120.0)


def _follow(
    script: Script, frames: Sequence[int], blind: Script | None = None
) -> tuple[list[Glimpse], ScriptedDetector]:
    """Glimpses of these pictures; the detector may follow a script of its own."""
    model = ScriptedDetector(script if blind is None else blind)
    follower = Follower(PersonDetector(model), LandmarkFinder(ScriptedLandmarks(script)))
    return [follower.step(picture_of(frame)) for frame in frames], model


def _seen(glimpses: list[Glimpse]) -> list[Seen]:
    return [each.seen for each in glimpses]


def test_somebody_is_found_and_followed_without_asking_the_detector_every_time() -> None:
    script = {frame: [replace(HERE, x=100.0 + frame)] for frame in range(30)}

    glimpses, model = _follow(script, range(30))

    assert _seen(glimpses) == [Seen.FOUND] * 30
    assert model.runs == 2 + 28 // AGREEMENT_FRAMES
    for frame, glimpse in enumerate(glimpses):
        assert glimpse.sighting is not None
        assert np.abs(glimpse.sighting.points_px - script[frame][0].at(BODY[:33])).max() < 1.2


def test_an_empty_picture_is_empty() -> None:
    glimpses, _ = _follow({}, range(3))

    assert _seen(glimpses) == [Seen.EMPTY] * 3


@pytest.mark.parametrize("change", [{"presence": 0.3}, {"warmth": 0.3}])
def test_what_only_the_detector_takes_for_a_person_is_nobody(change: dict[str, float]) -> None:
    furniture = replace(HERE, score=0.6, **change)

    glimpses, _ = _follow({frame: [furniture] for frame in range(5)}, range(5))

    assert _seen(glimpses) == [Seen.EMPTY] * 5


@pytest.mark.parametrize("change", [{"presence": 0.3}, {"warmth": 0.3}])
def test_who_turns_into_furniture_is_gone(change: dict[str, float]) -> None:
    furniture = replace(HERE, score=0.6, **change)
    script = {frame: [HERE if frame < 5 else furniture] for frame in range(10)}

    glimpses, _ = _follow(script, range(10))

    assert _seen(glimpses) == [Seen.FOUND] * 5 + [Seen.EMPTY] * 5


@pytest.mark.parametrize("change", [{"presence": 0.7}, {"visibility": 0.2}])
def test_who_is_hardly_seen_is_guessed(change: dict[str, float]) -> None:
    glimpses, _ = _follow({frame: [replace(HERE, **change)] for frame in range(3)}, range(3))

    assert _seen(glimpses) == [Seen.GUESSED] * 3


@pytest.mark.parametrize("change", [{"presence": 0.3}, {"warmth": 0.4}])
def test_who_is_doubtful_but_surely_detected_is_guessed(change: dict[str, float]) -> None:
    """Half a person: no heat map of the other half is warm."""
    glimpses, _ = _follow({frame: [replace(HERE, **change)] for frame in range(3)}, range(3))

    assert _seen(glimpses) == [Seen.GUESSED] * 3


def test_who_is_mostly_outside_of_the_picture_is_guessed() -> None:
    script = {frame: [replace(HERE, x=120.0, y=285.0)] for frame in range(3)}

    glimpses, _ = _follow(script, range(3))

    assert _seen(glimpses) == [Seen.GUESSED] * 3


def test_a_jump_is_looked_into() -> None:
    """What the landmarks slid onto is left for whom the detector sees."""
    there = replace(HERE, x=60.0)
    slid = replace(HERE, x=160.0, presence=0.9)
    script = {0: [HERE], 1: [HERE], 2: [slid, there]}
    seen_by_detector = {0: [HERE], 1: [HERE], 2: [there]}

    glimpses, _ = _follow(script, range(3), seen_by_detector)

    assert glimpses[2].sighting is not None
    assert glimpses[2].sighting.following.centre_px[0] == pytest.approx(60.0, abs=1.0)


def test_who_all_but_vanishes_is_gone() -> None:
    sizes = [60.0 * 0.7**frame for frame in range(14)]
    script = {frame: [replace(HERE, tall=size)] for frame, size in enumerate(sizes)}

    glimpses, _ = _follow(script, range(14), {0: [HERE]})

    assert glimpses[0].seen == Seen.FOUND
    assert glimpses[-1].seen == Seen.EMPTY


def test_without_the_detector_s_agreement_it_is_a_guess() -> None:
    script = {frame: [HERE] for frame in range(40)}
    only_first = {0: [HERE], 35: [HERE]}

    glimpses, _ = _follow(script, range(40), only_first)

    seen = _seen(glimpses)
    assert seen[: AGREEMENT_FRAMES + 1] == [Seen.FOUND] * (AGREEMENT_FRAMES + 1)
    assert seen[AGREEMENT_FRAMES + 1 : 35] == [Seen.GUESSED] * (34 - AGREEMENT_FRAMES)
    assert seen[35:] == [Seen.FOUND] * 5


def test_a_missing_picture_is_empty_and_forgotten() -> None:
    script = {frame: [HERE] for frame in range(5)}
    model = ScriptedDetector(script)
    follower = Follower(PersonDetector(model), LandmarkFinder(ScriptedLandmarks(script)))

    seen = [
        follower.step(None if frame in (0, 2) else picture_of(frame)).seen for frame in range(5)
    ]

    assert seen == [Seen.EMPTY, Seen.FOUND, Seen.EMPTY, Seen.FOUND, Seen.FOUND]
    assert model.runs == 2


def test_the_largest_is_followed() -> None:
    small, large = replace(HERE, x=60.0, tall=35.0, score=0.99), replace(HERE, x=170.0, tall=60.0)

    (glimpse,), _ = _follow({0: [small, large]}, [0])

    assert glimpse.sighting is not None
    assert glimpse.sighting.crop.centre_px[0] == pytest.approx(170.0, abs=1.0)


def test_who_was_overlooked_is_seen_in_hindsight() -> None:
    """The detector needs a whole person; the landmarks know half of one when told where."""
    script = {frame: [replace(HERE, x=100.0 + frame)] for frame in range(4, 12)}
    whole = {frame: script[frame] for frame in range(8, 12)}

    glimpses, _ = _follow(script, range(12), whole)

    assert _seen(glimpses) == [Seen.EMPTY] * 8 + [Seen.FOUND] * 4
    known = settled(glimpses)
    assert _seen(known) == [Seen.EMPTY] * 4 + [Seen.FOUND] * 8
    for frame in range(4, 12):
        sighting = known[frame].sighting
        assert sighting is not None
        assert np.abs(sighting.points_px - script[frame][0].at(BODY[:33])).max() < 1.2
