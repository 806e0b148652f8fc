"""The video demo: what is drawn into pictures, the figure on a generated rig, its files."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.demos import video as demo  # noqa: E402
from backend.demos.video.drawing import LEFT, draw_person  # noqa: E402
from backend.demos.video.mannequin import add_mannequin  # noqa: E402
from blender_addon.blender.rig.skeleton import read_skeleton  # noqa: E402
from blender_addon.core.video.points import LANDMARKS, joints_of  # noqa: E402
from blender_addon.core.video.tracked import Seen, TrackedPerson  # noqa: E402

pytestmark = pytest.mark.blender

MODELS = Path(__file__).resolve().parents[2] / "onnx_models"
NEEDED = ("dance_controller", "person_detector", "body_landmarks_full", "pose_lifter")


def tracked(points: np.ndarray) -> TrackedPerson:
    """One picture of 80 × 100 with these landmarks."""
    return TrackedPerson(
        0, 24.0, (80, 100), points[None], np.ones((1, 33)), np.ones(1), np.zeros((1, 33, 3)),
        np.array([Seen.FOUND], np.uint8), np.zeros((1, 4)),
    )  # fmt: skip


def standing() -> np.ndarray:
    """(33, 2) landmarks of somebody who is seen from the front, all apart."""
    points = np.full((33, 2), (40.0, 12.0))
    for name, y in (("shoulder", 25), ("elbow", 40), ("wrist", 52), ("hip", 55), ("knee", 75)):
        points[LANDMARKS.index(f"left_{name}")] = (55.0, y)
        points[LANDMARKS.index(f"right_{name}")] = (25.0, y)
    for n, name in enumerate(LANDMARKS):
        if points[n, 1] == 12.0 and name.startswith(("left_", "right_")) and n > 10:
            points[n] = (55.0 if name.startswith("left_") else 25.0, 92.0)
    return points


def test_joints_and_bones_are_drawn_where_they_were_seen() -> None:
    grey = np.full((100, 80, 3), 90, np.uint8)
    drawn = draw_person(grey, tracked(standing()), 0)
    assert (grey == 90).all(), "the film's own picture stays as it is"
    for x, y in joints_of(standing()):
        assert np.abs(drawn[int(y), int(x)].astype(int) - 90).max() > 60
    np.testing.assert_allclose(drawn[65, 55], LEFT, atol=30)
    assert (drawn[:, 62:] == 90).all() and (drawn[:, :18] == 90).all()


def test_what_lies_outside_the_picture_is_cut_off() -> None:
    grey = np.full((100, 80, 3), 90, np.uint8)
    drawn = draw_person(grey, tracked(standing() + np.array([0.0, 60.0])), 0)
    assert drawn.shape == grey.shape and (drawn != grey).any()
    assert (draw_person(grey, tracked(standing() + 500.0), 0) == grey).all()


def test_nobody_is_drawn_where_nobody_was_seen() -> None:
    grey = np.full((100, 80, 3), 90, np.uint8)
    assert (draw_person(grey, tracked(np.full((33, 2), np.nan)), 0) == grey).all()


def test_a_generated_rig_has_a_body_of_the_asked_size(scene: bpy.types.Scene) -> None:
    rig = add_mannequin(bpy.context, 0.75)
    bpy.context.view_layer.update()
    found = read_skeleton(bpy.context, rig)
    assert found.controls is not None, "the rig has Rigify's controls"
    rest = dict(zip(found.skeleton.names, found.skeleton.rest_positions(), strict=True))
    bones = {joint: bone for bone, joint in found.joint_map.items()}
    leg = [rest[bones[f"Left{name}"]] for name in ("UpLeg", "Leg", "Foot")]
    assert sum(np.linalg.norm(b - a) for a, b in pairwise(leg)) == pytest.approx(0.75, abs=0.01)
    solids = [each for each in rig.children if each.type == "MESH"]
    assert len(solids) > 20
    heights = [(each.matrix_world @ each.data.vertices[0].co).z for each in solids]
    assert min(heights) < 0.15 and 1.2 < max(heights) < 2.0


@pytest.mark.slow
@pytest.mark.skipif(
    not all((MODELS / f"{name}.onnx").is_file() for name in NEEDED), reason="a model is missing"
)
def test_a_rig_does_what_a_film_shows(tmp_path: Path) -> None:
    report = demo.run(tmp_path, seconds=1.0)
    assert {each.name for each in tmp_path.iterdir()} == set(demo.FILES)
    assert report == json.loads((tmp_path / "video.json").read_text("utf-8"))
    assert report["found"] == report["pictures"] == 24
    assert report["points_off_torso"] < 0.1
    assert report["joints_off_mm"] < 100.0
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "video.blend"))
    rig = bpy.data.objects["Rigify"]
    assert rig.animation_data is not None and rig.animation_data.action is not None
    bpy.ops.wm.read_factory_settings(use_empty=True)
