"""The contact sheets show different people, and every shape."""

from __future__ import annotations

import json

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.demos import __main__ as demo  # noqa: E402
from backend.demos import film, people, people_faces, people_sheets  # noqa: E402
from backend.demos.pixels import render_pixels, render_smooth, take_pixels  # noqa: E402
from blender_addon.core.errors import ModelError  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402

pytestmark = pytest.mark.blender


def _cells(pixels, columns, size):
    """The cells of a sheet in reading order, without their gaps and the room of the labels."""
    rows = []
    for top in range(pixels.shape[0], size[1] - 1, -(size[1] + 4)):
        row = pixels[top - size[1] : top, :, :3]
        rows += [row[4:-24, n * size[0] + 4 : (n + 1) * size[0] - 4] for n in range(columns)]
    return rows


@pytest.mark.slow
def test_the_sheets_show_different_people_and_every_shape(scene, tmp_path, monkeypatch):
    try:
        find_model("locomotion", ModelChoice())
    except ModelError as error:
        pytest.skip(str(error))
    for module, name, value in (
        (people, "PEOPLE", 2),
        (people_faces, "ARKIT_52", ("jawOpen", "eyeBlinkLeft")),
        (people_faces, "_SHAPE_COLUMNS", 4),
        (people_sheets, "_POSES", 3),
        (people_sheets, "_APART_FRAMES", 4.0),
    ):
        monkeypatch.setattr(module, name, value)
    assert demo.main(["people", "--out", str(tmp_path), "--seed", "3"]) == 0
    assert {file.name for file in tmp_path.iterdir()} == set(people.FILES)
    report = json.loads((tmp_path / "people.json").read_text(encoding="utf-8"))
    assert list(report["people"]) == ["3", "4"]
    for name, columns, size, count in (
        ("bodies", 2, people_sheets._BODY_SIZE, 4),
        ("shapes", 4, people_faces._SHAPE_SIZE, 8),
        ("hands", 5, people_sheets._HAND_SIZE, 5),
        ("walking", 3, people_sheets._WALKER_SIZE, 6),
        ("vowels", 8, people_faces._MOUTH_SIZE, 16),
    ):
        cells = _cells(take_pixels(tmp_path / f"people_{name}.png"), columns, size)
        assert len(cells) == count, name
        for number, cell in enumerate(cells):
            assert cell.std() > 0.03, f"{name} {number} is empty"
            for other in cells[:number]:
                assert np.abs(cell - other).max() > 0.1, f"{name} {number} is there twice"


def test_a_wrong_seed_is_told_and_nothing_is_made(tmp_path, caplog):
    assert demo.main(["people", "--out", str(tmp_path), "--seed", "-1"]) == 1
    assert "seed" in caplog.text and "-1" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_smooth_stills_have_the_size_asked_for_and_soft_edges(scene, tmp_path):
    film.use_workbench(scene, 60, 40, close_up=True)
    scene.world = bpy.data.worlds.new("World")
    bpy.ops.mesh.primitive_circle_add(fill_type="NGON", radius=0.7)
    with people_sheets.own_camera(scene, (60, 40)) as camera:
        camera.location, camera.data.ortho_scale = (0, 0, 5), 3.0
        plain = render_pixels(scene, tmp_path / "plain.png")[..., 0]
        smooth = render_smooth(scene, tmp_path)[..., 0]
    assert smooth.shape == plain.shape == (40, 60) and scene.render.resolution_percentage == 100
    assert scene.camera is None and list(tmp_path.iterdir()) == []
    assert len(np.unique(smooth.round(3))) > len(np.unique(plain.round(3)))
    assert np.abs(smooth - plain).mean() < 0.02
