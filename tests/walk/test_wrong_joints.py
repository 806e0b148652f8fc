"""Joints that are set to wrong bones never pass as success: refused before, or warned of after."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.capabilities.joints.properties import joint_rows
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import SkeletonError
from blender_addon.core.notes import warnings_in
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
LEG = ("UpLeg", "Leg", "Foot", "Toe")


def swapped(*parts):
    return {
        side + part: other + part
        for side, other in (("Left", "Right"), ("Right", "Left"))
        for part in parts
    }


def set_by_hand(rig, chosen):
    for row in joint_rows(rig):
        row.bone = chosen.get(row.name, row.bone)


def hang_legs_beside_hips(rig):
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for side in ("Left", "Right"):
        rig.data.edit_bones[f"{side}UpLeg"].parent = rig.data.edit_bones["Root"]
    bpy.ops.object.mode_set(mode="OBJECT")


def walk(rig, pipeline=SwingingWalker()):  # noqa: B008
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve(((0, 0, 0), (0, -4, 0)))))
    done = job.run(pipeline=pipeline).result
    written = walk_scene.write(bpy.context, job, done)
    found = measure_residual(bpy.context, job, done, written.first_frame)
    return found, warnings_in((*job.rig.warnings, *found.warnings()))


@pytest.mark.parametrize("space", [None, "lying"])
@pytest.mark.parametrize("beside", [True, False])
def test_hips_near_the_ground_are_refused_by_name(addon, beside, space):
    rig = make_rig(root_bone=True)
    if beside:
        hang_legs_beside_hips(rig)
    if space == "lying":
        rig.rotation_euler = (np.pi / 2, 0, 0)
    set_by_hand(rig, {"Hips": "Root"})
    before = snapshot()
    with pytest.raises(SkeletonError, match=r"'Root' lie below the knees.*Choose 'Hips'"):
        walk_scene.read(bpy.context, WalkSettings(rig, None))
    assert snapshot() == before


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (swapped(*ARM), "left and right are the other way round"),
        (swapped(*LEG), "left and right are the other way round"),
        (swapped(*ARM, *LEG), "the toes point backwards"),
    ],
    ids=["arms swapped", "legs swapped", "sides swapped"],
)
def test_swapped_sides_are_warned_of(addon, chosen, said):
    rig = make_rig()
    assert walk(rig)[1] == ()
    set_by_hand(rig, chosen)
    _, warnings = walk(rig)
    assert any(said in warning for warning in warnings)


def test_knees_set_to_the_ankles_are_warned_of(addon, model):
    rig = make_rig()
    low = {
        side + joint: side + bone
        for side in ("Left", "Right")
        for joint, bone in (("Leg", "Foot"), ("Foot", "Toe"))
    }
    set_by_hand(rig, low)
    _, warnings = walk(rig, pipeline=None)
    assert any("times as long as the shin" in warning for warning in warnings)


def test_a_character_that_lies_or_hangs_head_down_is_warned_of(scene):
    rig = make_rig()
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve(((0, 0, 0), (0, -4, 0)))))
    done = job.run(pipeline=SwingingWalker()).result
    written = walk_scene.write(bpy.context, job, done)
    rig.rotation_euler = (np.pi, 0, 0)
    found = measure_residual(bpy.context, job, done, written.first_frame)
    assert found.upright == 0.0
    assert "does not stand upright" in found.warnings()[0]


def test_heads_and_toes_are_measured_at_the_rig_s_own_size(scene, model):
    for size in (0.1, 1.0, 4.0):
        rig = make_rig(name=f"Size {size}", size=size)
        path = make_curve(((0, 0, 0), (0, -4 * size, 0)))
        job = walk_scene.read(bpy.context, WalkSettings(rig, path, speed_m_s=1.3 * size))
        done = job.run().result
        written = walk_scene.write(bpy.context, job, done)
        found = measure_residual(bpy.context, job, done, written.first_frame)
        assert found.warnings() == []
        assert found.size == pytest.approx(size, rel=1e-3)
        assert abs(found.head_height_cm) < 0.1 * size
        assert found.shoulder_line_deg < 0.1 and found.toe_tip_cm < 1.0 * size
        rig.location.z -= 0.2 * size
        assert measure_residual(
            bpy.context, job, done, written.first_frame
        ).head_height_cm == pytest.approx(-20.0 * size, rel=0.05)
