"""Files that are deleted between two clicks, cameras that see nothing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.film.image_files import open_images  # noqa: E402
from blender_addon.blender.film.movie_file import open_movie  # noqa: E402
from blender_addon.capabilities.video.scene_camera import read_camera  # noqa: E402
from blender_addon.core.errors import FilmError, SettingsError  # noqa: E402
from blender_addon.core.video.request import TrackRequest  # noqa: E402
from blender_addon.core.video.tracking.tracker import BodyTracker  # noqa: E402
from tests.video.film.made_films import write_film, write_images  # noqa: E402
from tests.video.tracking.scripted import ScriptedDetector, ScriptedLandmarks  # noqa: E402

pytestmark = pytest.mark.blender


def test_a_movie(scene, tmp_path):
    film = write_film(tmp_path / "film.mp4", count=4)
    reader, _ = open_movie(film)
    film.unlink()
    scenes = len(bpy.data.scenes)
    with pytest.raises(FilmError, match=r"film.mp4.*(still there|can decode)"):
        next(reader.pictures(0, 3))
    assert len(bpy.data.scenes) == scenes


def test_a_folder_of_pictures(scene, tmp_path):
    first = write_images(tmp_path / "shots", range(6), (64, 48))
    reader, _ = open_images(first, 24.0)
    shutil.rmtree(first.parent)
    tracker = BodyTracker(ScriptedDetector({}), ScriptedLandmarks({}))
    with pytest.raises(FilmError, match=r"none of 6 pictures of shot_0010.bmp can be read"):
        tracker.track(reader, TrackRequest(first=0, last=5))


def test_a_camera_of_no_size(scene):
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    camera.scale = (0.0, 0.0, 0.0)
    bpy.context.view_layer.update()
    with pytest.raises(SettingsError, match=r"'Camera' has a scale of 0"):
        read_camera(bpy.context, camera, np.arange(3.0), (64, 48))
