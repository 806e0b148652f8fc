"""What is told of a walk is what Blender shows of it."""

from __future__ import annotations

import bpy
import pytest
from mathutils import Euler, Matrix

from backend.rigs.generated import make_rigify
from blender_addon.blender.keys.options import ResultOptions
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.retarget.control_map import LimbMode, LimbModes
from tests.shared.blender.builders import make_curve, make_rig

pytestmark = pytest.mark.blender

ODD = Matrix.LocRotScale((3, -2, 1), Euler((0.0, 0.0, 2.0)), (0.6,) * 3)
BEND = ((1, 1, 0), (1, -2, 0), (3, -3, 0))


def residual_of(rig, frames=32, change=lambda: None, **settings):
    chosen = WalkSettings(rig, make_curve(BEND, "BEZIER"), **settings)
    job = walk_scene.read(bpy.context, chosen)
    walk = job.run().result
    written = walk_scene.write(bpy.context, job, walk)
    change()
    return measure_residual(bpy.context, job, walk, written.first_frame, frames)


@pytest.mark.parametrize("mode", list(RootMotion))
def test_a_rig_like_the_source_has_next_to_no_residual(scene, model, mode):
    rig = make_rig(root_bone=True, rolls=True)
    found = residual_of(rig, root_motion=mode)
    assert found.residual_cm < 0.1
    assert found.write_error_cm < 0.05
    assert 0.0 <= found.foot_error_mean_cm <= found.foot_error_cm < 0.3
    assert found.warnings() == []


def test_other_sizes_rests_and_places_are_measured_at_their_own_size(scene, model):
    rig = make_rig(a_pose=True, root_bone=True, twist_bones=True)
    rig.matrix_world = ODD
    found = residual_of(rig)
    assert found.residual_cm < 1.0
    assert found.foot_error_cm < 1.0


def test_a_generated_rig_stands_on_the_source_s_feet(scene, model):
    found = residual_of(make_rigify(), limbs=LimbModes(LimbMode.IK, LimbMode.FK))
    assert found.foot_error_cm < 1.0
    assert found.write_error_cm < 0.5  # the knees alone


def test_a_constraint_that_holds_a_bone_shows_and_is_told(scene, model):
    rig = make_rig()

    def hold():
        limit = rig.pose.bones["LeftUpLeg"].constraints.new("LIMIT_ROTATION")
        limit.use_limit_x = True
        limit.owner_space = "LOCAL"
        arm = rig.pose.bones["Spine"].constraints.new("LIMIT_ROTATION")
        arm.use_limit_x = arm.use_limit_y = arm.use_limit_z = True
        arm.min_x = arm.max_x = 1.0

    found = residual_of(rig, change=hold)
    assert found.write_error_cm > 1.0
    assert found.write_error_max_cm > 10.0
    (warning,) = found.warnings()
    assert "'Limit Rotation' of the bone 'LeftUpLeg'" in warning
    assert "'Limit Rotation' of the bone 'Spine'" in warning


def test_the_playhead_stays(scene, model):
    scene.frame_set(7, subframe=0.25)
    residual_of(make_rig(), start_frame=20)
    assert scene.frame_current_final == pytest.approx(7.25)


def test_what_blends_with_another_pose_is_not_measured(scene, model):
    rig = make_rig(root_bone=True)
    rig.pose.bones["LeftUpLeg"].rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve(BEND, "BEZIER")))
    walk = job.run().result
    written = walk_scene.write(bpy.context, job, walk, ResultOptions(blend_in_s=0.5))
    whole = measure_residual(bpy.context, job, walk, written.first_frame)
    found = measure_residual(
        bpy.context, job, walk, written.first_frame, blended_s=written.blended_s
    )
    assert whole.foot_error_cm > 5.0
    assert found.foot_error_cm < 0.3
