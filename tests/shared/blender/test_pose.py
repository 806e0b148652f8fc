"""Keys written from a clip put every bone exactly where the core says it is."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender.axes import BLENDER_TO_CORE, core_to_blender_points
from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.pose import GroundTrack, RootMotion, clip_channels, object_matrices
from blender_addon.blender.rig.skeleton import read_skeleton, rest_frames_wxyz
from blender_addon.core.maths.rotations import quaternion_multiply, quaternion_to_matrix
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.shared.blender.builders import bone_heads, bone_matrices, make_rig, wild_clip

pytestmark = pytest.mark.blender

Y_UP = Euler((np.pi / 2, 0, 0)).to_matrix().to_4x4().inverted()
"""Armature space of files that are Y-up; their objects are turned by 90° about X."""


def a_track(clip):
    """Some root on the ground, not where the hips are: the result must not depend on it."""
    steps = np.arange(clip.frame_count)
    return GroundTrack(
        np.stack((0.02 * steps, 0.01 * np.sin(steps), 0.03 * steps), axis=1), 0.05 * steps - 1.0
    )


def write(rig_object, clip_maker=wild_clip, mode=RootMotion.BONE, start=7):
    rig = read_skeleton(bpy.context, rig_object)
    clip = clip_maker(rig.skeleton)
    frames = start + np.arange(clip.frame_count, dtype=float)
    track = a_track(clip)
    channels = clip_channels(rig_object, rig, clip, track, mode, frames)
    write_action(rig_object, "Test", channels)
    return rig, clip, track, frames


def largest_error_m(rig_object, rig, clip, frames, *, only=slice(None)):
    """Largest distance between evaluated bones and the clip's joints, metres."""
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    desired = core_to_blender_points(positions)
    errors = []
    for n, frame in list(enumerate(frames.astype(int)))[only]:
        bpy.context.scene.frame_set(int(frame))
        errors.append(bone_heads(rig_object, clip.skeleton.names) * rig.unit_m - desired[n])
    return np.abs(errors).max()


RIGS = {
    "plain": {},
    "A-pose, odd rolls": {"a_pose": True, "rolls": True},
    "root bone, bones between": {"root_bone": True, "twist_bones": True, "rolls": True},
    "built Y-up": {"space": Y_UP, "rolls": True, "root_bone": True},
    "facing +X": {"space": Matrix.Rotation(np.pi / 2, 4, "Z"), "rolls": True},
    "built askew": {"space": Matrix.Rotation(0.6, 4, "Z"), "rolls": True},
    "in centimetres": {"size": 100.0, "rolls": True},
}
OBJECTS = {
    "untouched": Matrix(),
    "turned, moved, scaled": Matrix.LocRotScale((3, -2, 1), Euler((0.4, -0.8, 2.0)), (0.37,) * 3),
    "on its side": Matrix.LocRotScale((0, 0, 0), Euler((np.pi / 2, 0, 0)), (0.01,) * 3),
}


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
@pytest.mark.parametrize("transform", OBJECTS)
@pytest.mark.parametrize("kind", RIGS)
def test_evaluated_bones_are_where_forward_kinematics_says(scene, kind, transform, mode):
    rig_object = make_rig(**RIGS[kind])
    rig_object.matrix_world = OBJECTS[transform]
    rig, clip, _, frames = write(rig_object, mode=mode)
    size = np.ptp(rig.skeleton.rest_positions()[:, 1])
    assert largest_error_m(rig_object, rig, clip, frames) < 1e-3 * max(size / 1.8, 0.01)


@pytest.mark.parametrize(
    "rotation_mode", ["QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]
)
def test_every_rotation_mode_gives_the_same_pose(scene, rotation_mode):
    rig_object = make_rig(rolls=True, root_bone=True, rotation_mode=rotation_mode)
    rig_object.rotation_mode = rotation_mode
    for mode in (RootMotion.BONE, RootMotion.OBJECT):
        rig, clip, _, frames = write(rig_object, mode=mode)
        assert largest_error_m(rig_object, rig, clip, frames) < 1e-3


def test_bones_also_point_where_the_core_says(scene):
    rig_object = make_rig(rolls=True, a_pose=True)
    rig_object.matrix_world = OBJECTS["turned, moved, scaled"]
    rig, clip, _, frames = write(rig_object)
    _, rotations = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    bpy.context.scene.frame_set(int(frames[11]))
    axes = bone_matrices(rig_object, clip.skeleton.names)[:, :3, :3]
    axes = BLENDER_TO_CORE @ axes / np.linalg.norm(axes, axis=1, keepdims=True)
    desired = quaternion_to_matrix(quaternion_multiply(rotations[11], rest_frames_wxyz(rig)))
    assert np.abs(axes - desired).max() < 1e-3


def test_bones_that_do_not_inherit_rotation(scene):
    rig_object = make_rig(rolls=True, root_bone=True)
    for name in ("Hips", "Head", "LeftLeg", "RightArm"):
        rig_object.data.bones[name].use_inherit_rotation = False
    for mode in RootMotion:
        rig, clip, _, frames = write(rig_object, mode=mode)
        if mode is not RootMotion.IN_PLACE:
            assert largest_error_m(rig_object, rig, clip, frames) < 1e-3


def test_in_place_only_takes_the_track_away(scene):
    rig_object = make_rig(rolls=True)
    rig_object.matrix_world = OBJECTS["turned, moved, scaled"]
    rig, clip, track, frames = write(rig_object, mode=RootMotion.IN_PLACE)
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    travelled = object_matrices(rig, track)
    before = np.array(rig_object.matrix_world)
    for n in (0, 20, 39):
        bpy.context.scene.frame_set(int(frames[n]))
        heads = bone_heads(rig_object, clip.skeleton.names)
        homogeneous = np.c_[heads, np.ones(len(heads))] @ (travelled[n] @ np.linalg.inv(before)).T
        desired = core_to_blender_points(positions[n])
        assert np.abs(homogeneous[:, :3] - desired).max() < 1e-3
    assert np.allclose(before, np.array(rig_object.matrix_world))


def test_the_root_bone_follows_the_track_and_the_object_stays(scene):
    rig_object = make_rig(root_bone=True)
    _, _, track, frames = write(rig_object)
    for n in (0, 25):
        bpy.context.scene.frame_set(int(frames[n]))
        head = bone_heads(rig_object, ["Root"])[0]
        assert np.abs(head - core_to_blender_points(track.positions[n])).max() < 1e-5
        assert np.allclose(np.array(rig_object.matrix_world), np.eye(4))


def test_units_other_than_metres(scene):
    scene.unit_settings.scale_length = 0.01
    rig_object = make_rig(size=100.0, rolls=True)
    rig_object.location = (50, 0, 0)
    bpy.context.view_layer.update()
    rig, clip, _, frames = write(rig_object)
    assert rig.unit_m == pytest.approx(0.01)
    assert np.ptp(rig.skeleton.rest_positions()[:, 1]) == pytest.approx(1.5, abs=0.2)
    assert largest_error_m(rig_object, rig, clip, frames) < 1e-3


def test_a_crooked_pose_before_does_not_show_through(scene):
    rig_object = make_rig(root_bone=True, twist_bones=True)
    for n, bone in enumerate(rig_object.pose.bones):
        bone.rotation_quaternion = (0.9, 0.1 * n % 1, 0.3, 0.2)
        bone.location = (0.1, 0.2, 0.3)
    for mode in (RootMotion.BONE, RootMotion.OBJECT):
        rig, clip, _, frames = write(rig_object, mode=mode)
        assert largest_error_m(rig_object, rig, clip, frames) < 1e-3


def test_bones_without_a_joint_are_left_alone(scene):
    rig_object = make_rig()
    bpy.context.view_layer.objects.active = rig_object
    bpy.ops.object.mode_set(mode="EDIT")
    finger = rig_object.data.edit_bones.new("LeftHandIndex1")
    hand = rig_object.data.edit_bones["LeftHand"]
    finger.head, finger.tail, finger.parent = hand.tail, hand.tail + hand.vector, hand
    bpy.ops.object.mode_set(mode="OBJECT")
    rig_object.pose.bones["LeftHandIndex1"].rotation_quaternion = (0.8, 0.6, 0, 0)
    write(rig_object)
    from blender_addon.blender.compat import fcurves_of

    assert not [c for c in fcurves_of(rig_object) if "Index1" in c.data_path]
    bpy.context.scene.frame_set(12)
    kept = rig_object.pose.bones["LeftHandIndex1"].rotation_quaternion
    assert np.allclose(kept, (0.8, 0.6, 0, 0))


def test_an_object_under_a_moved_parent_carries_the_walk(scene):
    parent = bpy.data.objects.new("Parent", None)
    scene.collection.objects.link(parent)
    parent.matrix_world = OBJECTS["turned, moved, scaled"]
    rig_object = make_rig(rolls=True)
    rig_object.parent = parent
    rig_object.matrix_parent_inverse = Matrix.Rotation(0.3, 4, "X")
    bpy.context.view_layer.update()
    rig, clip, _, frames = write(rig_object, mode=RootMotion.OBJECT)
    assert largest_error_m(rig_object, rig, clip, frames) < 1e-3
