"""A bone that is scaled in pose is part of the character's size, and keeps its scale."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from backend.rigs.generated import make_rigify
from blender_addon.blender import compat
from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.blender.keys.keyframes import Channel, write_action
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.job import size_of
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.shared.blender.builders import bone_heads, make_curve, make_rig
from tests.shared.blender.face_rigs import rig_with_eyes
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

SCALED = {
    "root": ({"Root": 0.5}, 0.5),
    "hips": ({"Hips": 0.5}, 0.5),
    "root and hips": ({"Root": 2.0, "Hips": 0.4}, 0.8),
    "legs": ({"LeftUpLeg": 1.2, "RightUpLeg": 1.2}, 1.2),
    "head": ({"Head": 1.5}, 1.0),
    "spine and feet": ({"Spine": 0.8, "LeftFoot": 1.3, "RightFoot": 1.3}, 1.0),
}


def walk(rig, options=None, **settings):
    curve = settings.pop("curve", None) or make_curve(((0, 0, 0), (0, -1, 0)))
    job = walk_scene.read(bpy.context, WalkSettings(rig, curve, **settings))
    done = job.run(pipeline=SwingingWalker()).result
    return job, done, walk_scene.write(bpy.context, job, done, options or ResultOptions())


def errors_m(rig, job, done, written):
    """(K, J) between the joints as shown and as they were made."""
    clip = done.clip
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    errors = []
    for n in range(0, clip.frame_count, 11):
        bpy.context.scene.frame_set(written.first_frame + n)
        heads = bone_heads(rig, clip.skeleton.names) * job.rig.unit_m
        errors.append(np.linalg.norm(heads - core_to_blender_points(positions[n]), axis=1))
    return np.array(errors)


def pose_scales(rig):
    return {bone.name: tuple(bone.scale) for bone in rig.pose.bones}


@pytest.mark.parametrize(
    ("scaled", "inherit", "mode"),
    [
        ("root", "FULL", RootMotion.BONE),
        ("root", "NONE", RootMotion.BONE),
        ("root", "AVERAGE", RootMotion.OBJECT),
        ("hips", "FULL", RootMotion.OBJECT),
        ("hips", "ALIGNED", RootMotion.BONE),
        ("root and hips", "FIX_SHEAR", RootMotion.BONE),
        ("legs", "FULL", RootMotion.BONE),
        ("legs", "NONE", RootMotion.BONE),
        ("head", "FULL", RootMotion.BONE),
        ("spine and feet", "FULL", RootMotion.OBJECT),
    ],
)
def test_the_scale_is_kept_and_counts_as_size(scene, scaled, inherit, mode):
    rig = make_rig(root_bone=True, rolls=True)
    rig.matrix_world = Matrix.Diagonal((0.7, 0.7, 0.7, 1.0))
    usual = size_of(read_skeleton(bpy.context, rig).skeleton)
    scales, size = SCALED[scaled]
    for bone in rig.data.bones:
        bone.inherit_scale = inherit
    for name, scale in scales.items():
        rig.pose.bones[name].scale = (scale,) * 3
    before = pose_scales(rig)
    job, done, written = walk(rig, speed_m_s=0.8, root_motion=mode)
    assert errors_m(rig, job, done, written).max() < 1e-3
    assert pose_scales(rig) == before
    assert not [c for c in compat.fcurves_of(rig) if c.data_path.endswith("scale")]
    if inherit != "NONE":
        assert size_of(job.rig.skeleton, job.rig.joint_map) == pytest.approx(size * usual, rel=0.01)
    assert job.rig.warnings == ()
    scene.frame_set(written.last_frame)
    soles = bone_heads(rig, ["LeftToe", "RightToe"])[:, 2]
    assert np.all((soles > -3e-3) & (soles < 0.08))  # on the ground, whatever was scaled
    assert abs(bone_heads(rig, ["Root"])[0][2]) < 1e-3


@pytest.mark.parametrize(("scale", "mode"), [(0.5, RootMotion.BONE), (2.0, RootMotion.OBJECT)])
def test_a_generated_rig_is_as_large_as_its_root(scene, scale, mode):
    rig = make_rigify()
    rig.pose.bones["root"].scale = (scale,) * 3
    bpy.context.view_layer.update()
    tall = bone_heads(rig, ["DEF-spine.006"])[0][2]
    curve = make_curve(((0, 0, 0), (0, -1.5 * scale, 0)))
    job, done, written = walk(rig, curve=curve, speed_m_s=1.2 * scale, root_motion=mode)
    knees = [joint in ("LeftLeg", "RightLeg") for joint in job.rig.joint_map.values()]
    errors = errors_m(rig, job, done, written) / scale
    assert errors[:, ~np.array(knees)].max() < 3e-3
    assert errors.max() < 0.03  # the rig's own legs give way a little
    scene.frame_set(written.first_frame + 20)
    assert 0.93 * tall < bone_heads(rig, ["DEF-spine.006"])[0][2] < 1.02 * tall
    assert rig.pose.bones["root"].scale[0] == scale


def keyed(rig, *keys, name="Root"):
    frames, values = np.array(keys, float).T
    path = f'pose.bones["{name}"].scale'
    write_action(rig, "Old", [Channel(path, n, frames, values) for n in range(3)])
    bpy.context.scene.frame_set(1)


@pytest.mark.parametrize("kind", [ResultKind.ACTION, ResultKind.STRIP])
def test_a_keyed_scale_stays(scene, kind):
    rig = make_rig(root_bone=True)
    keyed(rig, (1, 0.5))
    keyed_values = [c.evaluate(50) for c in compat.fcurves_of(rig)]
    job, done, written = walk(rig, ResultOptions(kind=kind), speed_m_s=0.8)
    assert errors_m(rig, job, done, written).max() < 1e-3
    for frame in (1, 30, 400):
        scene.frame_set(frame)
        assert tuple(rig.pose.bones["Root"].scale) == (0.5,) * 3
    old = bpy.data.actions["Old"]
    assert [c.evaluate(50) for c in compat.action_fcurves(old)] == keyed_values
    again = walk(rig, ResultOptions(kind=kind), speed_m_s=0.8)
    assert errors_m(rig, *again).max() < 1e-3


def test_a_scale_that_is_animated_stays_so_and_is_told(scene):
    rig = make_rig(root_bone=True)
    keyed(rig, (1, 0.5), (60, 0.8), name="Head")
    job, _, _ = walk(rig, speed_m_s=0.8)
    assert any("the scale of 'Head' is animated" in told for told in job.rig.warnings)
    for frame, scale in ((1, 0.5), (60, 0.8), (200, 0.8)):
        scene.frame_set(frame)
        assert rig.pose.bones["Head"].scale[0] == pytest.approx(scale)


def test_a_driven_scale_and_one_by_constraint_count(scene):
    rig = make_rig(root_bone=True)
    for n in range(3):
        rig.pose.bones["Root"].driver_add("scale", n).driver.expression = "0.5"
    sizer = bpy.data.objects.new("Sizer", None)
    sizer.scale = (1.5,) * 3
    scene.collection.objects.link(sizer)
    copied = rig.pose.bones["Hips"].constraints.new("COPY_SCALE")
    copied.target, copied.owner_space = sizer, "LOCAL"
    bpy.context.view_layer.update()
    job, done, written = walk(rig, speed_m_s=0.8)
    assert job.rig.bone_scales["Root"] == pytest.approx([0.5] * 3)
    assert job.rig.bone_scales["Hips"] == pytest.approx([1.5] * 3)
    assert errors_m(rig, job, done, written).max() < 1e-3


def test_an_uneven_scale_is_kept_and_told(scene):
    rig = make_rig(root_bone=True)
    rig.pose.bones["Hips"].scale = (0.5, 0.5, 0.8)
    job, _, _ = walk(rig, speed_m_s=0.8)
    assert any("'Hips' is scaled unevenly" in told for told in job.rig.warnings)
    assert tuple(rig.pose.bones["Hips"].scale) == pytest.approx((0.5, 0.5, 0.8))


def test_no_key_of_a_scale_is_written_for_fingers_and_props(scene):
    rig = make_rig(root_bone=True)
    for name in ("LeftHand", "Neck"):
        rig.pose.bones[name].scale = (1.3,) * 3
    walk(rig)
    assert not [c for c in compat.fcurves_of(rig) if "scale" in c.data_path]


def test_the_gaze_s_eyes_are_as_far_apart_as_they_are_seen(scene):
    rig = rig_with_eyes()
    usual = read_rig(bpy.context, rig).eye_distance_m
    rig.pose.bones["Head"].scale = (0.5,) * 3
    bpy.context.view_layer.update()
    small = read_rig(bpy.context, rig)
    assert small.eye_distance_m == pytest.approx(0.5 * usual)
