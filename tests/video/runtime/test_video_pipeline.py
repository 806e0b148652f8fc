"""A pipeline of tracker, lifter and fit: in turn, with one progress, and again without the film."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled
from blender_addon.core.film.facts import FilmFacts
from blender_addon.core.video.pipeline import VideoPipeline
from blender_addon.core.video.request import FitRequest, TrackRequest
from tests.shared.core.motion_samples import stepping_clip
from tests.video.fitting.stand_in import camera_at, film

COUNT = 30


class Reader:
    """Black pictures; counts how many were asked for."""

    facts = FilmFacts("black", (64, 48), 60.0, COUNT)

    def __init__(self):
        self.read = 0

    def pictures(self, first, last):
        for _ in range(first, last + 1):
            self.read += 1
            yield np.zeros((48, 64, 3), np.uint8)


class Sees:
    """A tracker and a lifter that know what happens."""

    def __init__(self):
        self._seen = film(stepping_clip(frames=COUNT), camera_at(COUNT, size_px=(64, 48)))

    def track(self, reader, request, on_progress=None):
        for number, _ in enumerate(reader.pictures(request.first, request.last)):
            on_progress((number + 1) / COUNT)
        return self._seen.tracked

    def lift(self, tracked, camera, on_progress=None):
        assert camera.frame_count == tracked.frame_count
        on_progress(1.0)
        return self._seen.lifted


def test_a_film_becomes_motion_and_progress_only_grows():
    told, reader = [], Reader()

    def tell(share):
        told.append(share)
        return True

    result = VideoPipeline(Sees(), Sees()).generate(
        reader, TrackRequest(first=0, last=COUNT - 1), FitRequest(), tell
    )
    assert result.fitted.clip.frame_count == COUNT
    assert reader.read == COUNT
    assert told == sorted(told) and told[-1] == pytest.approx(1.0)


def test_solving_again_looks_at_no_picture():
    reader, pipeline = Reader(), VideoPipeline(Sees(), Sees())
    tracked = pipeline.track(reader, TrackRequest(first=0, last=COUNT - 1), lambda _share: True)
    for _ in range(2):
        assert pipeline.solve(tracked, FitRequest()).tracked is tracked
    assert reader.read == COUNT


def test_it_is_cancelled_while_pictures_are_looked_at():
    reader, pipeline = Reader(), VideoPipeline(Sees(), Sees())
    with pytest.raises(Cancelled):
        pipeline.generate(
            reader, TrackRequest(first=0, last=COUNT - 1), FitRequest(), lambda share: share < 0.4
        )
    assert reader.read < COUNT
