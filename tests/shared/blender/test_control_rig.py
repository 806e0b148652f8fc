"""Generated rigs walk by their controls, and their joints are where the motion wants them."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from backend.rigs.generated import make_rigify
from blender_addon.blender import compat
from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.retarget.control_map import LimbMode, LimbModes
from tests.shared.blender.builders import bone_heads, make_curve
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

ODD = Matrix.LocRotScale((3, -2, 1), Euler((0.4, -0.8, 2.0)), (0.6,) * 3)
CORNER = ((1, 1, 0), (1, -3, 0), (4, -3, 0))
MODES = [LimbModes(legs, arms) for legs in LimbMode for arms in LimbMode]
_SWINGING = SwingingWalker()
SQUASHED_M = 0.03
"""Blender's solver shortens Rigify's legs a little, since their bones may stretch: knees differ."""


def walk(rig, limbs=MODES[0], mode=RootMotion.BONE, pipeline=_SWINGING):
    chosen = WalkSettings(rig, make_curve(CORNER), limbs=limbs, root_motion=mode)
    job = walk_scene.read(bpy.context, chosen)
    done = job.run(pipeline=pipeline).result
    return job, done, walk_scene.write(bpy.context, job, done)


def joint_errors(scene, rig, job, done, written):
    """(K, J) metres between the joints as Blender shows them and as they should be."""
    clip = done.clip
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    errors = []
    for n in range(0, clip.frame_count, 11):
        scene.frame_set(written.first_frame + n)
        heads = bone_heads(rig, clip.skeleton.names)
        errors.append(np.linalg.norm(heads - core_to_blender_points(positions[n]), axis=1))
    return np.array(errors)


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
@pytest.mark.parametrize("limbs", MODES, ids=lambda m: f"legs {m.legs.value} arms {m.arms.value}")
def test_joints_are_where_the_motion_wants_them(scene, limbs, mode):
    rig = make_rigify()
    rig.matrix_world = ODD
    job, done, written = walk(rig, limbs, mode)
    errors = joint_errors(scene, rig, job, done, written)
    middle = [
        (limbs.legs is LimbMode.IK and joint.endswith("Leg") and not joint.endswith("UpLeg"))
        or (limbs.arms is LimbMode.IK and joint.endswith("ForeArm"))
        for joint in job.rig.joint_map.values()
    ]
    assert errors[:, ~np.array(middle)].max() <= 2e-3
    assert errors.max() <= SQUASHED_M


def test_a_face_rig_walks_as_well(scene, model):
    rig = make_rigify("human")
    job, done, written = walk(rig, pipeline=None)
    knees = [joint in ("LeftLeg", "RightLeg") for joint in job.rig.joint_map.values()]
    errors = joint_errors(scene, rig, job, done, written)
    assert errors[:, ~np.array(knees)].max() <= 2e-3
    assert errors.max() <= SQUASHED_M


def test_only_controls_get_keys_and_the_switches_are_set(scene):
    rig = make_rigify()
    walk(rig, LimbModes(LimbMode.IK, LimbMode.FK))
    paths = {curve.data_path for curve in compat.fcurves_of(rig)}
    bones = {path.split('"')[1] for path in paths}
    assert not [name for name in bones if name.startswith(("DEF-", "ORG-", "MCH-"))]
    assert {"root", "torso", "foot_ik.L", "thigh_ik_target.R", "upper_arm_fk.L"} <= bones
    assert not {"thigh_fk.L", "hand_ik.R"} & bones
    scene.frame_set(3)
    assert rig.pose.bones["thigh_parent.L"]["IK_FK"] == 0.0
    assert rig.pose.bones["upper_arm_parent.R"]["IK_FK"] == 1.0
    assert rig.pose.bones["torso"]["head_follow"] == 1.0


def test_a_posed_rig_walks_like_a_rested_one(scene):
    rig = make_rigify()
    for name in ("hips", "chest", "foot_heel_ik.L", "spine_fk.001", "thigh_fk.L"):
        rig.pose.bones[name].rotation_mode = "XYZ"
        rig.pose.bones[name].rotation_euler = (0.3, 0.2, 0.1)
    rig.pose.bones["torso"].location = (0.1, 0.2, 0.3)
    rig.pose.bones["thigh_parent.L"]["IK_FK"] = 1.0
    job, done, written = walk(rig, LimbModes(LimbMode.IK, LimbMode.FK))
    errors = joint_errors(scene, rig, job, done, written)
    assert errors.max() <= SQUASHED_M


def test_planted_feet_stay_as_one_ik_control(scene, model):
    rig = make_rigify()
    _, done, written = walk(rig, LimbModes(LimbMode.IK, LimbMode.FK), pipeline=None)
    frames = np.arange(done.clip.frame_count)
    flat = done.clip.contacts[:, 0] & done.clip.contacts[:, 1]
    flat[1:] &= flat[:-1].copy()
    steps = []
    for frame in frames[flat]:
        places = []
        for n in (frame - 1, frame):
            scene.frame_set(int(written.first_frame + n))
            places.append(bone_heads(rig, ["foot_ik.L", "DEF-foot.L"]))
        steps.append(np.linalg.norm(places[1] - places[0], axis=1))
    assert len(steps) > 20
    assert np.median(steps) < 1e-3
    assert np.allclose(*np.array(steps).T, atol=1e-3)  # the control is the foot


def pose_of(rig):
    bpy.context.view_layer.update()
    properties = [(b.name, *b.values()) for b in rig.pose.bones if b.name.endswith("parent.L")]
    bases = [tuple(map(tuple, bone.matrix_basis)) for bone in rig.pose.bones]
    return bases, properties, rig.animation_data.action, len(bpy.data.objects)


def test_reading_a_generated_rig_changes_nothing(scene):
    rig = make_rigify()
    before = pose_of(rig)
    read = read_skeleton(bpy.context, rig)
    assert pose_of(rig) == before
    assert read.root_bone == "root"
    assert read.skeleton.names[0] == "DEF-spine"
    assert len(read.joint_map) == 22
    assert read.warnings == ()


def test_a_constraint_on_a_control_is_told(scene):
    rig = make_rigify()
    rig.pose.bones["foot_ik.L"].constraints.new("LIMIT_LOCATION")
    assert any("foot_ik.L" in warning for warning in read_skeleton(bpy.context, rig).warnings)


def test_deform_bones_alone_are_no_control_rig(scene):
    """A game export keeps Rigify's deform names but has no controls."""
    rig = make_rigify()
    bpy.context.view_layer.objects.active = rig
    rig.hide_set(False)
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in [b for b in rig.data.edit_bones if b.name.startswith(("foot_ik", "hand_fk"))]:
        rig.data.edit_bones.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(Exception, match="does not hang below"):
        read_skeleton(bpy.context, rig)
