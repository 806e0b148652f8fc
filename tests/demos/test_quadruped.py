"""The quadruped demo's meadow, animals and camera; its files, where its model is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from backend.demos import quadruped as demo  # noqa: E402
from backend.demos.quadruped.camera import follow  # noqa: E402
from backend.demos.quadruped.going import add_animals  # noqa: E402
from backend.demos.quadruped.meadow import build_meadow, ground_heights  # noqa: E402
from blender_addon.capabilities.quadruped.herd.scene import HerdJob, read_herd  # noqa: E402
from blender_addon.core.quadruped.body import Family, FootKind  # noqa: E402

pytestmark = pytest.mark.blender

MODEL = Path(__file__).resolve().parents[2] / "onnx_models" / "quadruped_controller.onnx"


@pytest.fixture
def herd(scene: bpy.types.Scene) -> HerdJob:
    """Both animals on the meadow, read."""
    choices = add_animals(bpy.context, build_meadow(bpy.context))
    bpy.context.view_layer.update()
    return read_herd(bpy.context, choices)


def test_both_are_found_and_go_over_the_hills(herd: HerdJob) -> None:
    horse, dog = herd.jobs
    assert (horse.body.family, horse.body.foot) == (Family.HOOFED, FootKind.HOOF)
    assert (dog.body.family, dog.body.foot) == (Family.CANINE, FootKind.PAW)
    assert horse.body.hip_height_m > 2 * dog.body.hip_height_m
    for job in herd.jobs:
        places = job.path.positions(np.linspace(0.0, job.path.length_m, 200))
        heights = job.terrain.heights(places.astype(np.float32))
        assert np.ptp(heights) > 0.5
        slopes = np.abs(np.gradient(heights)) / (job.path.length_m / 199)
        assert slopes.max() < np.tan(np.radians(15.0))
        np.testing.assert_allclose(heights, ground_heights(places[:, 0], -places[:, 1]), atol=0.04)


def test_both_walk_then_gallop_and_end_with_something_to_do(herd: HerdJob) -> None:
    for job in herd.jobs:
        speeds = job.path.speeds_m_s
        froude = speeds**2 / (9.81 * job.body.hip_height_m)
        assert froude[0] < 0.4 and froude[-1] < 0.4
        assert froude.max() > 3.0
        assert job.path.length_m - 0.5 < job.marks[0].at_m < job.path.length_m


def test_the_camera_keeps_both_in_its_picture(scene: bpy.types.Scene) -> None:
    count = 60
    ahead = np.linspace(-10.0, 10.0, count)
    tracks = [
        np.stack((ahead, np.full(count, 1.0), np.zeros(count)), axis=-1),
        np.stack((0.8 * ahead + 2.0, np.full(count, -2.0), np.zeros(count)), axis=-1)[:50],
    ]
    scene.render.resolution_x, scene.render.resolution_y = demo.FILM_SIZE
    camera = follow(scene, tracks, 1, 24.0)
    for frame in (1, 15, 30, 45, 60):
        scene.frame_set(frame)
        for track, height in zip(tracks, (1.7, 0.6), strict=True):
            place = track[min(frame, len(track)) - 1]
            for z in (0.0, height):
                x, y, depth = world_to_camera_view(scene, camera, Vector((*place[:2], z)))
                assert 0.02 < x < 0.98 and 0.02 < y < 0.98 and depth > 2.0


@pytest.mark.slow
def test_the_demo_makes_its_four_files(scene: bpy.types.Scene, tmp_path: Path) -> None:
    if not MODEL.is_file():
        pytest.skip(f"no trained model at {MODEL}")
    report = demo.run(tmp_path, step=24)
    assert all((tmp_path / name).stat().st_size > 1000 for name in demo.FILES[1:])
    for animal in report["animals"].values():
        assert animal["path_completed"]
        assert {"walk", "trot"} < set(animal["does"])
        assert any(each.startswith("gallop") for each in animal["does"])
        assert animal["slip_cm_s"] < 5.0
