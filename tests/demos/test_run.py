"""The demo's four files, its film, and what it refuses to do."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.demos import __main__ as demo  # noqa: E402
from backend.demos import common as demo_common  # noqa: E402
from backend.demos import film, shadows  # noqa: E402
from backend.demos import walk as demo_walk  # noqa: E402
from backend.demos.cast import add_actor  # noqa: E402
from blender_addon.blender.compat import fcurves_of  # noqa: E402
from blender_addon.core.errors import InputError, ModelError, NeuralMotionError  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402

pytestmark = pytest.mark.blender


def _save_small_scene(path: Path, frames: int) -> None:
    """A ball that rolls to the right before a camera."""
    scene = bpy.context.scene
    bpy.ops.mesh.primitive_uv_sphere_add()
    ball = bpy.context.object
    for frame, x in ((1, -3.0), (frames, 3.0)):
        ball.location.x = x
        ball.keyframe_insert("location", index=0, frame=frame)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = (0, 0, 12)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.world = bpy.data.worlds.new("World")
    scene.render.fps, scene.frame_start, scene.frame_end = 24, 1, frames
    film.use_workbench(scene, 64, 32)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


def _brightest_columns(movie: Path, frames: list[int]) -> list[int]:
    """Where the ball is in some frames of a film."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    clip_scene = bpy.context.scene
    editor = clip_scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_movie("film", str(movie), channel=1, frame_start=1)
    clip_scene.render.resolution_x, clip_scene.render.resolution_y = 64, 32
    clip_scene.view_settings.view_transform = "Standard"
    columns = []
    for frame in frames:
        clip_scene.frame_set(frame)
        still = movie.with_suffix(f".{frame}.png")
        film.render_still(clip_scene, still)
        image = bpy.data.images.load(str(still))
        pixels = np.array(image.pixels[:]).reshape(32, 64, 4)[..., :3].sum(axis=(0, 2))
        columns.append(int(np.argmax(np.abs(pixels - np.median(pixels)))))
    return columns


def test_a_film_has_every_frame_in_order(scene, tmp_path):
    _save_small_scene(tmp_path / "ball.blend", 60)
    film.render_film(bpy.context.scene, tmp_path / "ball.mp4")
    assert bpy.data.movieclips.load(str(tmp_path / "ball.mp4")).frame_duration == 60
    columns = _brightest_columns(tmp_path / "ball.mp4", [5, 20, 30, 31, 45, 58])
    assert columns == sorted(columns) and columns[0] < 20 and columns[-1] > 44


def test_a_film_that_cannot_be_rendered_says_so(scene, tmp_path):
    film.use_workbench(scene, 64, 32)
    with pytest.raises(NeuralMotionError, match="camera"):
        film.render_film(scene, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_coarse_shadows_come_from_closed_hulls_inside_the_character(scene):
    character = add_actor(bpy.context, "Tom")
    shown = [thing for thing in character.children if not thing.name.endswith("Hair")]
    shadows.coarsen_shadows(scene)
    twin = next(thing for thing in character.children if thing.name.endswith("Shadow"))
    assert all(not thing.display.show_shadows for thing in shown)
    assert twin.display.show_shadows and twin.modifiers[0].object == character
    faces = Counter(key for face in twin.data.polygons for key in face.edge_keys)
    assert set(faces.values()) == {2}, "light finds no way through"
    assert len(twin.data.vertices) < 2000
    assert all(len(v.groups) == 1 and v.groups[0].weight == 1.0 for v in twin.data.vertices)
    outer = np.concatenate([[v.co for v in thing.data.vertices] for thing in shown])
    inner = np.array([v.co for v in twin.data.vertices])
    assert (inner.min(axis=0) > outer.min(axis=0)).all()
    assert (inner.max(axis=0) < outer.max(axis=0)).all()
    assert (np.ptp(inner, axis=0) > 0.8 * np.ptp(outer, axis=0)).all()
    held = {twin.vertex_groups[v.groups[0].group].name for v in twin.data.vertices}
    assert {"spine", "spine.006", "thigh.L", "shin.R", "forearm.L", "foot.R"} <= held


def test_a_still_carries_its_label(scene, tmp_path):
    _save_small_scene(tmp_path / "ball.blend", 10)
    scene = bpy.context.scene
    film.render_still(scene, tmp_path / "plain.png")
    film.render_still(scene, tmp_path / "label.png", "12  3.4 s")
    plain, label = (
        np.array(bpy.data.images.load(str(tmp_path / name)).pixels[:])
        for name in ("plain.png", "label.png")
    )
    assert not np.array_equal(plain, label)


@pytest.mark.parametrize("content", [None, "{}", "not json", '{"made_by": "me"}'])
def test_files_of_others_are_left_alone(tmp_path, content):
    (tmp_path / "walk.blend").write_text("precious")
    if content is not None:
        (tmp_path / "walk.json").write_text(content)
    with pytest.raises(InputError, match="--out"):
        demo_walk.run(tmp_path)
    assert (tmp_path / "walk.blend").read_text() == "precious"


def test_a_missing_model_leaves_no_files(scene, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(
        "blender_addon.core.inference.choice._PACKAGE", tmp_path / "nowhere" / "package"
    )
    assert demo.main(["walk", "--out", str(tmp_path / "out"), "--models", str(tmp_path)]) == 1
    assert "locomotion_biped.onnx" in caplog.text
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
def test_the_demo_makes_its_four_files_again_and_again(scene, tmp_path, monkeypatch):
    try:
        find_model("locomotion", ModelChoice())
    except ModelError as error:
        pytest.skip(str(error))
    whole_film = demo_walk.render_film

    def short_film(scene, out):
        scene.frame_end, scene.render.resolution_percentage = 6, 25
        whole_film(scene, out)
        scene.render.resolution_percentage = 100

    monkeypatch.setattr(demo_walk, "render_film", short_film)
    (tmp_path / "walk.json").write_text(json.dumps({"made_by": demo_common.MADE_BY}))
    (tmp_path / "notes.txt").write_text("mine")
    assert demo.main(["walk", "--out", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {*demo_walk.FILES, "notes.txt"}
    report = json.loads((tmp_path / "walk.json").read_text(encoding="utf-8"))
    assert report["path_completed"] and report["path_deviation_mean_m"] < 0.1
    assert 0 <= report["slip_cm_s"] < 30 and report["provider"] == "CPU"
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "walk.blend"))
    scene = bpy.context.scene
    assert scene.frame_end - scene.frame_start + 1 == report["frames"]
    for name, measured in report["walkers"].items():
        assert len(fcurves_of(scene.objects[name])) > 80
        assert measured["path_deviation_mean_m"] <= report["path_deviation_mean_m"] < 0.1
    assert len(report["walkers"]) == 2
    assert bpy.data.movieclips.load(str(tmp_path / "walk.mp4")).frame_duration == 6
    image = bpy.data.images.load(str(tmp_path / "walk.png"))
    assert image.size[0] == 1440 and np.std(image.pixels[:40000]) > 0.05
