"""A film that changed is looked at anew; what was seen of another is never taken for it."""

from __future__ import annotations

import shutil

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.compat import sequence_strips, set_strip_end  # noqa: E402
from blender_addon.blender.film.choice import FilmChoice, FilmSource  # noqa: E402
from blender_addon.blender.film.opening import open_film  # noqa: E402
from tests.video.film.made_films import number_in, write_images  # noqa: E402

pytestmark = pytest.mark.blender
FIRST = 10  # the number in the name of the first picture


@pytest.fixture
def pictures(tmp_path):
    return write_images(tmp_path / "shots", range(12))


def key_of(scene, **choice):
    return open_film(scene, FilmChoice(**choice)).key


def image_strip(scene, pictures):
    strips = sequence_strips(scene.sequence_editor_create())
    strip = strips.new_image("Take", str(pictures), 1, 10)
    for number in range(1, 12):
        strip.elements.append(f"shot_{number + FIRST:04d}.bmp")
    set_strip_end(strip, 22)
    return strips, strip


def slip(strip):
    """Other pictures in the same place."""
    offset = "left_handle_offset" if hasattr(strip, "left_handle_offset") else "frame_offset_start"
    name = "content_start" if hasattr(strip, "content_start") else "frame_start"
    setattr(strip, name, getattr(strip, name) - 4)
    setattr(strip, offset, 4)


CHANGES = {
    "slipped": slip,
    "flipped": lambda strip: setattr(strip, "use_flip_x", True),
    "reversed": lambda strip: setattr(strip, "use_reverse_frames", True),
    "other pictures": lambda strip: setattr(strip.elements[3], "filename", "shot_0010.bmp"),
    "darker": lambda strip: setattr(strip, "color_multiply", 0.5),
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_strip_that_was_edited(scene, pictures, how):
    _, strip = image_strip(scene, pictures)
    before = key_of(scene, source=FilmSource.STRIP, strip="Take")
    assert key_of(scene, source=FilmSource.STRIP, strip="Take") == before
    strip.mute, strip.select = True, True  # of no matter
    assert key_of(scene, source=FilmSource.STRIP, strip="Take") == before
    CHANGES[how](strip)
    assert key_of(scene, source=FilmSource.STRIP, strip="Take") != before


def test_what_lies_in_a_meta_strip_counts(scene, pictures):
    strips, strip = image_strip(scene, pictures)
    meta = strips.new_meta("Meta", 3, 10)
    strip.move_to_meta(meta)
    set_strip_end(meta, 20)
    before = key_of(scene, source=FilmSource.STRIP, strip="Meta")
    assert key_of(scene, source=FilmSource.STRIP, strip="Meta") == before
    strip.use_flip_x = True
    assert key_of(scene, source=FilmSource.STRIP, strip="Meta") != before


def test_a_scene_may_show_anything_by_now(scene):
    strips = sequence_strips(scene.sequence_editor_create())
    strips.new_scene("Take", bpy.data.scenes.new("Other"), 1, 1)
    keys = [key_of(scene, source=FilmSource.STRIP, strip="Take") for _ in range(2)]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("chosen", ["one picture", "the folder"])
def test_pictures_that_were_rendered_again_or_arrived(scene, pictures, chosen):
    path = str(pictures if chosen == "one picture" else pictures.parent)
    before = key_of(scene, source=FilmSource.SEQUENCE, path=path)
    later = pictures.parent / "shot_0015.bmp"
    later.write_bytes(later.read_bytes() + b"\0")
    changed = key_of(scene, source=FilmSource.SEQUENCE, path=path)
    assert changed != before
    shutil.copy(later, pictures.parent / "shot_0023.bmp")
    assert key_of(scene, source=FilmSource.SEQUENCE, path=path) != changed


def test_a_clip_of_pictures_begins_with_the_one_it_names(scene, pictures):
    names = [f"shot_{number + FIRST:04d}.bmp" for number in range(4, 12)]
    folder = f"{pictures.parent}/"
    bpy.ops.clip.open(directory=folder, files=[{"name": name} for name in names])
    clip = bpy.data.movieclips[0]
    clip.frame_start = 20
    film = open_film(scene, FilmChoice(FilmSource.CLIP, clip=clip.name))
    assert film.frame_of(0) == 20
    count = film.reader.facts.frame_count
    assert [number_in(each) for each in film.reader.pictures(0, count - 1)] == list(range(4, 12))


@pytest.mark.parametrize("source", ["FILE", "SEQUENCE"])
def test_blanks_are_no_name(scene, source):
    from blender_addon.core.errors import FilmError

    with pytest.raises(FilmError, match=r"no (film is|pictures are) chosen"):
        open_film(scene, FilmChoice(FilmSource(source), path="  "))
