"""Driving shows the pose, keeps it as a walk, or leaves no trace."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from backend.rigs.generated import make_rigify
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.live.driven import drive_profile, parse_profile
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.live.drive import DriveSettings, LiveDrive
from blender_addon.core.errors import InputError, SkeletonError
from tests.shared.blender.builders import bone_heads, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender


def drive(rig, profile="0.5:0:0; 2:0:-1.3; 1:0:0", **settings):
    driven = LiveDrive(bpy.context, DriveSettings(rig, **settings))
    drive_profile(driven, profile)
    bpy.context.view_layer.update()
    return driven


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
def test_the_character_goes_where_it_is_driven_from_where_it_stands(scene, model, mode):
    rig = make_rig(root_bone=True, rolls=True)
    rig.matrix_world = Matrix.Translation((2, 1, 0))
    driven = drive(rig, root_motion=mode)
    hips = bone_heads(rig, ["Hips"])[0]
    assert hips[:2] == pytest.approx((2, 1 - 2.6), abs=0.5)
    assert driven.place[:2] == pytest.approx(hips[:2], abs=0.2)
    assert 0.7 < hips[2] < 1.1
    driven.revert()


def test_it_walks_over_the_ground(scene, model):
    ground = make_ground(height=lambda _x, y: -0.2 * y)
    rig = make_rig(root_bone=True)
    driven = drive(rig, "3:0:-1.3", ground=ground)
    toes = bone_heads(rig, ["LeftToe", "RightToe"])
    assert np.all(np.abs(toes[:, 2] + 0.2 * toes[:, 1]) < 0.15)
    driven.revert()


def test_it_stays_on_the_platform_where_it_stands(scene, model):
    rig = make_rig(root_bone=True)
    rig.matrix_world = Matrix.Translation((0, 0, 1.5))
    driven = drive(rig, "0.5:0:-1.3")
    toes = bone_heads(rig, ["LeftToe", "RightToe"])
    assert np.all(np.abs(toes[:, 2] - 1.5) < 0.2) and driven.place[2] == pytest.approx(1.5, abs=0.1)
    assert any("no ground is chosen" in told for told in driven.warnings)
    driven.revert()


@pytest.mark.parametrize("animated", [False, True])
def test_taken_back_nothing_is_left_of_it(scene, model, animated):
    rig = make_rig(root_bone=True)
    rig.pose.bones["LeftArm"].rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    if animated:
        for frame in (1, 20):
            rig.pose.bones["Spine"].keyframe_insert("rotation_quaternion", frame=frame)
        track = rig.animation_data.nla_tracks.new()
        track.strips.new("Below", 30, rig.animation_data.action)
        scene.frame_set(5)
    before = snapshot()
    driven = drive(rig, "0.3:1:0")
    assert snapshot() != before
    driven.revert()
    assert snapshot() == before


def test_kept_it_is_a_walk_like_any_other(scene, model):
    rig = make_rig(root_bone=True)
    rig.pose.bones["Spine"].keyframe_insert("rotation_quaternion", frame=1)
    old = rig.animation_data.action
    scene.frame_set(12)
    written, _, outcome = drive(rig).keep(bpy.context)
    walk = outcome.result
    assert written.first_frame == 12
    assert written.last_frame == 12 + walk.clip.frame_count - 1
    assert walk.clip.contacts is not None
    assert old.use_fake_user
    assert rig.animation_data.action.name == written.action_name != old.name
    scene.frame_set(written.last_frame)
    assert bone_heads(rig, ["Hips"])[0][1] == pytest.approx(-2.6, abs=0.6)


def test_a_generated_rig_is_driven_by_its_controls(scene, model):
    rig = make_rigify()
    bpy.context.view_layer.update()
    switches = dict(rig.pose.bones["thigh_parent.L"])
    driven = drive(rig, "1.5:0:-1.3")
    assert bone_heads(rig, ["DEF-spine"])[0][1] < -1.0
    driven.revert()
    assert dict(rig.pose.bones["thigh_parent.L"]) == switches


def test_what_cannot_be_driven_is_told(scene, model):
    rig = make_rig()
    before = snapshot()
    with pytest.raises(SkeletonError, match="in place"):
        LiveDrive(bpy.context, DriveSettings(rig, root_motion=RootMotion.IN_PLACE))
    with pytest.raises(InputError, match="no character"):
        LiveDrive(bpy.context, DriveSettings(None))
    far = make_ground(size=2.0)
    far.location = (50, 0, 0)
    bpy.context.view_layer.update()
    with pytest.raises(InputError, match="no ground under the character"):
        LiveDrive(bpy.context, DriveSettings(rig, ground=far))
    bpy.data.meshes.remove(bpy.data.meshes["Ground"])
    assert snapshot() == before
    for wrong in ("1:2", "a:b:c", "1:2:3:4"):
        with pytest.raises(SkeletonError, match="no stretch"):
            parse_profile(wrong)


def test_a_character_deleted_meanwhile(scene, model):
    rig = make_rig()
    driven = LiveDrive(bpy.context, DriveSettings(rig))
    driven.advance((0, 1))
    bpy.data.objects.remove(rig)
    with pytest.raises(SkeletonError, match="is gone"):
        driven.advance((0, 1))
    driven.revert()


def test_the_button_drives_a_course_without_a_window(addon, model):
    rig = make_rig(root_bone=True)
    assert not bpy.ops.neural_motion.live_drive.poll()
    addon.neural_motion.character = rig
    assert bpy.ops.neural_motion.live_drive(profile="1:0:-1; 0.5:0:0") == {"FINISHED"}
    assert "driven" in rig.neural_motion.walk.last_result
    rig.neural_motion.walk.root_motion = "IN_PLACE"
    assert not bpy.ops.neural_motion.live_drive.poll()


@pytest.mark.parametrize("kind", [ResultKind.ACTION, ResultKind.STRIP])
def test_what_was_driven_by_hand_makes_room_for_nothing(scene, model, kind):
    rig = make_rig(root_bone=True)
    options = ResultOptions(kind=kind)
    written, job, outcome = drive(rig, "0.5:0:-1").keep(bpy.context, options)
    drive(rig, "0.5:0:-1").keep(bpy.context, options)
    walk_scene.write(bpy.context, job, outcome.result, options)
    walk_scene.write(bpy.context, job, outcome.result, options)
    assert len(bpy.data.actions) == 3
    assert written.action_name in bpy.data.actions
