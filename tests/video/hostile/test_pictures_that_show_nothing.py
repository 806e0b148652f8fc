"""Pictures that are broken or of another size are left out, and that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.film.image_files import open_images  # noqa: E402
from blender_addon.core.video.request import TrackRequest  # noqa: E402
from blender_addon.core.video.tracking.tracker import BodyTracker  # noqa: E402
from tests.video.film.made_films import number_in, picture, write_bmp, write_images  # noqa: E402
from tests.video.tracking.scripted import (  # noqa: E402
    ScriptedDetector,
    ScriptedFilm,
    ScriptedLandmarks,
    Somebody,
)

pytestmark = pytest.mark.blender


@pytest.fixture
def shots(tmp_path):
    first = write_images(tmp_path / "shots", range(8), (64, 48))
    for number, size in ((2, (32, 24)), (5, (48, 48))):
        write_bmp(first.parent / f"shot_{number + 10:04d}.bmp", picture(number, *size))
    (first.parent / "shot_0014.bmp").write_bytes(b"")
    (first.parent / "shot_0016.bmp").unlink()
    return first


def test_only_pictures_of_the_firsts_size_are_read(scene, shots):
    reader, _ = open_images(shots, 24.0)
    shown = [number_in(each) for each in reader.pictures(0, 7)]
    assert shown == [0, 1, None, 3, None, None, None, 7]
    assert [number_in(each) for each in reader.pictures(4, 7)] == [None, None, None, 7]


def test_it_is_told_how_many():
    script = {number: [Somebody(120.0)] for number in range(30)}
    tracker = BodyTracker(ScriptedDetector(script), ScriptedLandmarks(script))
    film = ScriptedFilm(30, missing=frozenset({4, 5, 20}))
    told = tracker.track(film, TrackRequest(first=0, last=29)).notes
    assert not [note for note in told if "show nothing" in note]  # told when it was opened
    tracked = tracker.track(_Surprising(30, missing=film.missing), TrackRequest(first=0, last=29))
    assert "3 of 30 pictures show nothing: they cannot be read" in tracked.notes[0]


class _Surprising(ScriptedFilm):
    """A film of which nobody knows beforehand what is missing."""

    @property
    def facts(self):
        return replace(super().facts, missing=frozenset())
