"""Reading a film leaves nothing behind and changes nothing of the user's."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.compat import sequence_strips  # noqa: E402
from blender_addon.blender.film import reading_scene  # noqa: E402
from blender_addon.blender.film.movie_file import open_movie  # noqa: E402
from blender_addon.blender.film.strip import open_strip  # noqa: E402
from blender_addon.core.errors import FilmError  # noqa: E402

pytestmark = pytest.mark.blender
HANDLERS = (
    "render_init", "render_pre", "render_post", "render_write", "render_complete", "render_stats",
    "frame_change_pre", "frame_change_post", "depsgraph_update_post",
)  # fmt: skip


def names():
    kinds = ("scenes", "images", "movieclips", "actions", "worlds", "objects", "texts")
    return {kind: sorted(each.name for each in getattr(bpy.data, kind)) for kind in kinds}


def test_no_handler_runs_and_all_are_there_afterwards(scene, films):
    called = []

    def note(*_given):
        called.append(1)

    for name in HANDLERS:
        getattr(bpy.app.handlers, name).append(note)
    try:
        reader, _ = open_movie(films.mp4)
        assert len(list(reader.pictures(0, 20))) == 21
        assert not called
        assert all(getattr(bpy.app.handlers, name)[-1] is note for name in HANDLERS)
    finally:
        for name in HANDLERS:
            getattr(bpy.app.handlers, name).remove(note)


@pytest.mark.parametrize("ending", ["to its end", "half way", "by an error"])
def test_nothing_is_left_in_the_file_or_on_the_disk(scene, films, monkeypatch, ending):
    before, settings = names(), (scene.frame_current, scene.render.filepath, scene.render.fps)
    reader, _ = open_movie(films.mp4)
    pictures = reader.pictures(0, 29)
    next(pictures)
    assert len(bpy.data.scenes) == 2
    if ending == "by an error":

        def no_room(*_given):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(reading_scene, "_render", no_room)
        with pytest.raises(FilmError, match=r"No space left on device"):
            list(pictures)
    elif ending == "half way":
        pictures.close()
    else:
        list(pictures)
    assert names() == before
    assert bpy.context.scene == scene
    assert settings == (scene.frame_current, scene.render.filepath, scene.render.fps)
    folder = Path(bpy.app.tempdir or tempfile.gettempdir())
    assert not list(folder.glob("neural_motion_film_*"))


def test_a_scene_that_is_gone_already_is_no_error(scene, films):
    reader, _ = open_movie(films.mp4)
    pictures = reader.pictures(0, 29)
    next(pictures)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    pictures.close()
    assert len(bpy.data.scenes) == 1


def test_a_folder_that_cannot_be_written_is_said(scene, films, monkeypatch):
    def refused(*_given, **_named):
        raise PermissionError(13, "Permission denied", "/somewhere")

    monkeypatch.setattr(reading_scene.tempfile, "TemporaryDirectory", refused)
    reader, _ = open_movie(films.mp4)
    with pytest.raises(FilmError, match=r"folder of temporary files.*Permission denied"):
        next(reader.pictures(0, 1))


def test_too_few_pictures_on_the_disk_are_said(scene, films, monkeypatch):
    reader, _ = open_movie(films.mp4)
    renders = SimpleNamespace(render=lambda **_named: {"FINISHED"})
    without = SimpleNamespace(
        app=bpy.app, data=bpy.data, context=bpy.context, ops=SimpleNamespace(render=renders)
    )
    monkeypatch.setattr(reading_scene, "bpy", without)
    with pytest.raises(FilmError, match=r"decoded 0 of 2 pictures of plain.mp4"):
        next(reader.pictures(0, 1))


@pytest.mark.parametrize("source", ["file", "strip"])
def test_values_that_nobody_keyed_stay(scene, films, source):
    lamp = bpy.data.objects.new("Lamp", None)
    scene.collection.objects.link(lamp)
    lamp.keyframe_insert("location", frame=1)
    strip = sequence_strips(scene.sequence_editor_create()).new_movie("A", str(films.mp4), 1, 1)
    scene.frame_set(7)
    lamp.location = (1.0, 2.0, 3.0)
    if source == "file":
        reader, _ = open_movie(films.mp4)
    else:
        reader, _, _ = open_strip(scene, strip)
    assert len(list(reader.pictures(0, 20))) == 21
    assert tuple(lamp.location) == (1.0, 2.0, 3.0)
    assert scene.frame_current == 7
