"""Movie files: every picture, upright, in its colours, in order; and what is told of bad ones."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.film import movie_file  # noqa: E402
from blender_addon.blender.film.movie_file import open_movie  # noqa: E402
from blender_addon.blender.film.reader import LONGEST_SIDE_PX  # noqa: E402
from blender_addon.core.errors import FilmError  # noqa: E402
from tests.video.film.made_films import (  # noqa: E402
    BLUE,
    RED,
    cut_off,
    number_in,
    turned,
    uneven,
    write_film,
)

pytestmark = pytest.mark.blender


def read(path):
    reader, told = open_movie(path)
    return reader, list(reader.pictures(0, reader.facts.frame_count - 1)), told


@pytest.mark.parametrize(
    ("kind", "rate"), [("mp4", 25.0), ("mov", 29.97), ("mkv", 12.0), ("avi", 60.0)]
)
def test_all_pictures_come_in_order_at_the_films_own_rate(scene, films, kind, rate):
    scene.render.fps = 24
    reader, pictures, told = read(getattr(films, kind))
    assert [number_in(each) for each in pictures] == list(range(30))
    assert reader.facts.frame_rate_hz == pytest.approx(rate, abs=0.01)
    assert reader.facts.size_px == (160, 96)
    assert (reader.unread, told) == (0, ())


def test_colours_are_those_that_were_filmed(scene, films):
    scene.view_settings.exposure = 2.0  # the user's own view is no matter
    _, pictures, _ = read(films.mp4)
    assert np.abs(pictures[3][60, 80].astype(int) - RED).max() <= 3
    assert np.abs(pictures[3][88, 80].astype(int) - BLUE).max() <= 3


def test_a_part_begins_anywhere_and_may_be_read_again(scene, films):
    reader, _ = open_movie(films.mp4)
    for first, last in ((17, 29), (4, 4), (0, 2)):
        found = [number_in(each) for each in reader.pictures(first, last)]
        assert found == list(range(first, last + 1))
    with pytest.raises(FilmError, match=r"has pictures 0 to 29; asked for were 5 to 30"):
        next(reader.pictures(5, 30))


@pytest.mark.parametrize("by_deg", [90, 180, 270])
def test_a_film_that_says_how_it_is_turned_is_upright(scene, films, by_deg):
    _, plain, _ = read(films.mp4)
    reader, pictures, _ = read(turned(films.mp4, by_deg))
    expected = np.rot90(plain[5], -by_deg // 90)
    assert reader.facts.size_px == (expected.shape[1], expected.shape[0])
    # Turned before or after its colours were worked out: edges of bars may differ a little.
    off = np.abs(pictures[5].astype(int) - expected)
    assert off.mean() < 3.0
    assert np.median(off) <= 1.0


def test_what_is_left_of_a_cut_off_film_is_read_and_said(scene, films):
    reader, pictures, told = read(cut_off(films.mkv, 0.55))
    numbers = [number_in(each) for each in pictures]
    found = [each for each in numbers if each is not None]
    assert found == list(range(len(found)))
    assert 5 < len(found) < 28
    assert numbers[len(found) :] == [None] * (30 - len(found))
    assert reader.unread == 30 - len(found)
    assert "is cut off" in told[0]


def test_a_varying_rate_is_read_in_steady_time_and_said(scene, films):
    _, pictures, told = read(uneven(films.mp4, 1, 3))
    numbers = [number_in(each) for each in pictures]
    assert numbers[:15] == list(range(15))
    assert numbers[18:21] == [16, 16, 16]
    assert "varying rate" in told[0]
    assert "finds the first 1.2 s" in told[1]


def test_larger_films_are_made_smaller_and_odd_sizes_are_kept(scene, films):
    large = write_film(films.folder / "large.mp4", count=3, size=(2560, 144))
    reader, pictures, _ = read(large)
    assert reader.facts.size_px == (LONGEST_SIDE_PX, 72)
    assert [number_in(each) for each in pictures] == [0, 1, 2]
    small = write_film(films.folder / "small.avi", count=3, size=(34, 22))
    assert read(small)[0].facts.size_px == (34, 22)


def test_bad_files_say_what_was_found_and_what_to_do(scene, films, tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("a letter, not a film")
    bad = {
        tmp_path / "none.mp4": "there is no film .*none.mp4. Choose the file again",
        tmp_path: "is a folder. Choose a movie file in it",
        tmp_path / "empty.mp4": "empty.mp4 is empty: 0 bytes. Choose another film",
        tmp_path / "text.mp4": "is no film that Blender can decode. Convert it to an MP4 file",
        cut_off(films.mp4, 0.4): "breaks off before the table of its pictures",
    }
    for path, words in bad.items():
        with pytest.raises(FilmError, match=words):
            open_movie(path)
    assert [each.name for each in bpy.data.scenes] == ["Scene"]


def test_a_film_with_sound_alone_says_so(scene, films, monkeypatch):
    header = movie_file.FilmHeader("MP4", has_sound=True)
    monkeypatch.setattr(movie_file, "read_header", lambda _path: header)
    with pytest.raises(FilmError, match=r"holds sound, but no pictures. Choose a film"):
        open_movie(films.mp4)
