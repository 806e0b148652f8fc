"""A walk moves the eyes of a rig that has them, and never those that somebody else moves."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Vector

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import Channel, rotation_channels
from blender_addon.blender.keys.layers import add_layer
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

EYES = ("LeftEye", "RightEye")
TO_THE_LEFT = ((0, 0, 0), (0, -3, 0), (4, -3, 0))


def make_seeing(shapes=()):
    """A character with eye bones, and a face whose shapes close the lids."""
    rig = make_rig()
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for name, sign in zip(EYES, (1.0, -1.0), strict=True):
        bone = bones.new(name)
        bone.head = bones["Head"].head + Vector((0.03 * sign, -0.08, 0.08))
        bone.tail = bone.head + Vector((0, -0.03, 0))
        bone.parent = bones["Head"]
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata([(0.03, -0.1, 1.6), (-0.03, -0.1, 1.6), (0, -0.1, 1.5)], [], [(0, 1, 2)])
    face = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(face)
    face.parent = rig
    face.modifiers.new("Armature", "ARMATURE").object = rig
    if shapes:
        face.shape_key_add(name="Basis")
    for shape in shapes:
        face.shape_key_add(name=shape).data[0].co.z -= 0.01
    return rig, face


def walk(rig, **settings):
    curve = make_curve(TO_THE_LEFT)
    job = walk_scene.read(bpy.context, WalkSettings(rig, curve, start_frame=1, **settings))
    return walk_scene.write(bpy.context, job, job.run(pipeline=SwingingWalker()).result)


def keyed_bones(rig):
    return {c.data_path.split('"')[1] for c in compat.fcurves_of(rig) if '"' in c.data_path}


def yaw_in_head(rig, name):
    """Degrees to the character's left by which an eye is turned against the head."""

    def turn(bone):
        rest = rig.data.bones[bone].matrix_local
        return (rig.pose.bones[bone].matrix @ rest.inverted()).to_3x3()

    ahead = turn("Head").inverted() @ turn(name) @ Vector((0, -1, 0))
    return float(np.rad2deg(np.arctan2(ahead.x, -ahead.y)))


def test_eyes_turn_to_the_left_before_a_way_that_turns_left(scene):
    rig, _ = make_seeing()
    done = walk(rig)
    assert set(EYES) <= keyed_bones(rig)
    found = []
    for frame in range(1, done.last_frame):
        scene.frame_set(frame)
        found.append([yaw_in_head(rig, name) for name in EYES])
    yaw = np.array(found)
    assert np.allclose(yaw[:, 0], yaw[:, 1], atol=0.1)
    assert yaw.max() > 10.0
    assert yaw.mean() > 1.0


def test_lids_blink_by_shapes_and_a_walk_made_again_blinks_no_more_often(scene):
    rig, face = make_seeing(("eyeBlinkLeft", "eyeBlinkRight"))
    for _ in range(2):
        done = walk(rig)
    tracks = face.data.shape_keys.animation_data.nla_tracks
    assert sum("Eyes" in track.name for track in tracks) == 1
    weights = []
    for frame in range(1, done.last_frame):
        scene.frame_set(frame)
        weights.append([face.data.shape_keys.key_blocks[n].value for n in ("eyeBlinkLeft",)])
    assert max(weights)[0] > 0.9
    assert np.mean(np.array(weights) > 0.5) < 0.15


def test_unticked_nothing_of_the_face_is_keyed(scene):
    rig, face = make_seeing(("eyeBlinkLeft", "eyeBlinkRight"))
    walk(rig, eyes=False)
    assert not set(EYES) & keyed_bones(rig)
    assert face.data.shape_keys.animation_data is None


def test_eyes_that_gaze_or_that_are_animated_are_left_alone(scene):
    rig, _ = make_seeing()
    frames = np.array([1.0, 50.0])
    still = np.tile((1.0, 0.0, 0.0, 0.0), (2, 1))
    gaze = rotation_channels('pose.bones["LeftEye"].', "QUATERNION", frames, still, "Eyes")
    add_layer(bpy.context, rig, "gaze", "Rig Gaze", gaze)
    walk(rig)
    assert not set(EYES) & keyed_bones(rig)
    other, _ = make_seeing()
    other.pose.bones["RightEye"].keyframe_insert("rotation_quaternion", frame=1)
    walk(other)
    assert not set(EYES) & keyed_bones(other)


def test_blinks_of_somebody_else_are_left_to_them(scene):
    rig, face = make_seeing(("eyeBlinkLeft", "eyeBlinkRight"))
    keys = face.data.shape_keys
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        keys.key_blocks[name].keyframe_insert("value", frame=1)
    action = keys.animation_data.action
    walk(rig)
    assert keys.animation_data.action == action
    assert not len(keys.animation_data.nla_tracks)


def test_a_face_that_cannot_be_layered_is_told_and_the_walk_is_there(scene):
    rig, face = make_seeing(("eyeBlinkLeft", "eyeBlinkRight"))
    keys = face.data.shape_keys
    one = Channel('key_blocks["eyeBlinkLeft"].value', 0, np.array([1.0]), np.array([0.0]))
    add_layer(bpy.context, keys, "other", "Solo", [one])
    keys.animation_data.nla_tracks[-1].is_solo = True
    keys.animation_data.nla_tracks[-1].mute = True
    done = walk(rig)
    assert any("does not blink on this walk" in note for note in done.notes)
    assert set(EYES) <= keyed_bones(rig)
