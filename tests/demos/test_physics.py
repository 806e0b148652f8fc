"""The physics demo: arrows that touch when they push, a plank in the way, its files."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Vector  # noqa: E402

from backend.demos import physics as demo  # noqa: E402
from backend.demos.cast import NAMING, add_actor  # noqa: E402
from backend.demos.physics.shown import follow_with_camera, show_push  # noqa: E402
from backend.demos.physics.stage import PLANK_M, PLANK_X_M, build_stage  # noqa: E402
from backend.demos.physics.story import PUSHES, WALKER, push_frames  # noqa: E402
from blender_addon.core.physics.engine import why_no_engine  # noqa: E402

pytestmark = pytest.mark.blender

MODEL = Path(__file__).resolve().parents[2] / "onnx_models" / "locomotion_biped.onnx"


def test_the_plank_lies_on_the_floor_across_the_way(scene: bpy.types.Scene) -> None:
    stage = build_stage(bpy.context)
    (plank,) = stage.obstacles.objects
    corners = np.array([plank.matrix_world @ Vector(corner) for corner in plank.bound_box])
    np.testing.assert_allclose(corners.max(axis=0) - corners.min(axis=0), PLANK_M, atol=1e-6)
    assert corners[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert corners[:, 0].mean() == pytest.approx(PLANK_X_M)
    assert all(vertex.co.z == 0.0 for vertex in stage.floor.data.vertices)


def test_an_arrow_touches_the_chest_on_the_frame_of_its_push(scene: bpy.types.Scene) -> None:
    rig = add_actor(bpy.context, WALKER)
    follow_with_camera(scene, np.zeros((60, 3)), 1)
    frame, push = push_frames()[0], PUSHES[0]
    show_push(bpy.context, rig, push, frame)
    arrow = next(each for each in bpy.data.objects if each.name == "Push 32 N s")
    bone = rig.pose.bones[NAMING.names[push.bone]]
    way = np.array(push.impulse_n_s) / push.strength
    off, size = {}, {}
    for at in (frame - 8, frame - 4, frame, frame + 8):
        scene.frame_set(at)
        middle = np.array(rig.matrix_world @ (0.5 * (bone.head + bone.tail)))
        off[at] = float((middle - np.array(arrow.matrix_world.translation)) @ way)
        size[at] = arrow.matrix_world.to_scale().x
    assert off[frame] == pytest.approx(0.14, abs=1e-4)
    assert off[frame - 4] > off[frame] + 0.3
    assert size[frame] == pytest.approx(1.0, abs=1e-5) and size[frame - 8] == size[frame + 8] == 0.0


def test_pushes_leave_time_to_catch_oneself() -> None:
    assert all(b - a > 1.5 * 24 for a, b in pairwise(push_frames()))


@pytest.mark.slow
def test_who_is_pushed_goes_on_and_who_is_knocked_falls(tmp_path: Path) -> None:
    if not MODEL.is_file() or why_no_engine() is not None:
        pytest.skip("no trained model, or no physics engine")
    report = demo.run(tmp_path, step=48)
    assert all((tmp_path / name).stat().st_size > 1000 for name in demo.FILES[1:])
    assert report["honest"] and report["most_help_n"] == 0.0
    assert report["fell_s"] > PUSHES[-1].at_s
    assert report["deepest_cm"] < 3.0
    bpy.ops.wm.read_factory_settings(use_empty=True)
