"""Clips, numbered pictures and strips, each at its place in the scene's time."""

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.compat import sequence_strips, set_strip_end  # noqa: E402
from blender_addon.blender.film.choice import FilmChoice, FilmSource  # noqa: E402
from blender_addon.blender.film.named import film_named  # noqa: E402
from blender_addon.blender.film.opening import open_film  # noqa: E402
from blender_addon.core.errors import FilmError, SettingsError  # noqa: E402
from tests.video.film.made_films import number_in, write_images  # noqa: E402

pytestmark = pytest.mark.blender


def numbers_of(film):
    reader = film.reader
    return [number_in(each) for each in reader.pictures(0, reader.facts.frame_count - 1)]


@pytest.fixture
def strips(scene):
    return sequence_strips(scene.sequence_editor_create())


def test_a_file_is_stretched_to_the_scenes_rate(scene, films):
    scene.render.fps = 50
    film = open_film(scene, FilmChoice(path=str(films.mp4), start_frame=11))
    assert (film.frame_of(0), film.frame_of(29)) == (11, 69)
    assert film.part(None) == (0, 29)
    assert film.part((15, 20)) == (2, 5)
    assert film.part((-100, 13)) == (0, 1)
    with pytest.raises(SettingsError, match=r"lies from frame 11 to 69"):
        film.part((200, 300))


def test_a_clip_is_read_a_picture_a_frame_from_where_it_begins(scene, films):
    clip = bpy.data.movieclips.load(str(films.mp4))
    clip.frame_start, clip.frame_offset = 20, 3
    film = open_film(scene, FilmChoice(FilmSource.CLIP, clip=clip.name))
    assert numbers_of(film) == list(range(30))
    assert (film.frame_of(3), film.frames_per_picture) == (20, 1.0)
    assert "filmed at 25.00 pictures/s and the scene plays 24.00" in film.notes[0]
    with pytest.raises(FilmError, match=r"no movie clip 'none'. Clips of this file: 'plain.mp4'"):
        open_film(scene, FilmChoice(FilmSource.CLIP, clip="none"))


def test_holes_between_numbered_pictures_are_missing(scene, tmp_path):
    first = write_images(tmp_path / "shots", (0, 1, 2, 4, 5, 8), (161, 97))
    (tmp_path / "shots" / "note_1.txt").touch()
    choice = FilmChoice(FilmSource.SEQUENCE, path=str(first), sequence_rate_hz=12.0)
    film = open_film(scene, choice)
    assert numbers_of(film) == [0, 1, 2, None, 4, 5, None, None, 8]
    assert film.reader.facts.missing == {3, 6, 7}
    assert film.reader.facts.size_px == (161, 97)
    assert film.frames_per_picture == 2.0
    assert "pictures 13, 16, 17 are missing" in film.notes[0]
    folder = open_film(scene, FilmChoice(FilmSource.SEQUENCE, path=str(tmp_path / "shots")))
    assert numbers_of(folder) == numbers_of(film)


@pytest.mark.parametrize("size", [(8, 8), (1, 1)])
def test_the_smallest_pictures_are_read_or_refused(scene, tmp_path, size):
    first = write_images(tmp_path, range(3), size)
    choice = FilmChoice(FilmSource.SEQUENCE, path=str(first))
    if min(size) >= 4:
        assert numbers_of(open_film(scene, choice)) == [0, 1, 2]
        return
    with pytest.raises(FilmError, match=r"shows nobody: 1 × 1 pixels. Choose other pictures"):
        open_film(scene, choice)


def test_many_pictures_are_read_block_by_block(scene, tmp_path):
    first = write_images(tmp_path, range(150), (32, 16))
    film = open_film(scene, FilmChoice(FilmSource.SEQUENCE, path=str(first)))
    assert numbers_of(film) == list(range(150))
    assert [number_in(each) for each in film.reader.pictures(120, 135)] == list(range(120, 136))


def test_a_trimmed_strip_is_read_where_it_lies(scene, strips, films):
    strip = strips.new_movie("Take", str(films.mp4), 1, 20)
    name = "left_handle_offset" if hasattr(strip, "left_handle_offset") else "frame_offset_start"
    setattr(strip, name, 5)
    set_strip_end(strip, 35)
    film = open_film(scene, FilmChoice(FilmSource.STRIP, strip="Take"))
    assert numbers_of(film) == list(range(5, 15))
    assert (film.frame_of(0), film.reader.facts.frame_rate_hz) == (25, 24.0)


def test_reversed_and_covered_strips_are_read_alone(scene, strips, films):
    strip = strips.new_movie("Take", str(films.mp4), 1, 5)
    strip.use_reverse_frames = True
    strip.transform.scale_x = 0.3  # how it lies in the picture of the scene is no matter
    film = open_film(scene, FilmChoice(FilmSource.STRIP, strip="Take"))
    assert numbers_of(film)[:3] == [29, 28, 27]
    other = strips.new_movie("Over it", str(films.mkv), 5, 5)
    film = open_film(scene, FilmChoice(FilmSource.STRIP, strip="Take"))
    assert numbers_of(film)[:3] == [29, 28, 27]
    assert not other.mute


def test_a_strip_before_frame_0_is_read_from_there(scene, strips, films):
    strips.new_movie("Take", str(films.mp4), 1, -10)
    film = open_film(scene, FilmChoice(FilmSource.STRIP, strip="Take"))
    assert numbers_of(film) == list(range(10, 30))
    assert "before frame 0" in film.notes[0]


def test_a_strip_that_is_not_there_is_told_with_those_that_are(scene, strips, films):
    strips.new_movie("Take", str(films.mp4), 1, 1)
    for name, words in (("None", "no strip 'None'.*: 'Take'."), ("", "no strip is chosen")):
        with pytest.raises(FilmError, match=words):
            open_film(scene, FilmChoice(FilmSource.STRIP, strip=name))


@pytest.mark.parametrize("source", [FilmSource.FILE, FilmSource.SEQUENCE])
def test_nothing_chosen_is_said(scene, source):
    with pytest.raises(FilmError, match=r"no (film is|pictures are) chosen"):
        open_film(scene, FilmChoice(source))


def test_the_command_line_names_strips_clips_pictures_and_files(scene, strips, films, tmp_path):
    strips.new_movie("Take", str(films.mp4), 1, 1)
    clip = bpy.data.movieclips.load(str(films.mkv))
    first = write_images(tmp_path, range(3))
    found = {
        text: film_named(scene, text).source
        for text in ("Take", "strip:x.mp4", clip.name, "clip:y", str(first), str(films.mp4))
    }
    assert list(found.values()) == [
        FilmSource.STRIP, FilmSource.STRIP, FilmSource.CLIP, FilmSource.CLIP, FilmSource.SEQUENCE,
        FilmSource.FILE,
    ]  # fmt: skip
