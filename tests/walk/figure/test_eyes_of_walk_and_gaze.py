"""Eyes and blinks of a walk give way to a gaze over them, and go when their walk makes room."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Vector

from blender_addon.blender import compat
from blender_addon.blender.face.eye_channels import LID_BONE_RAD, shape_weights
from blender_addon.blender.keys.giving_way import layers_of
from blender_addon.blender.keys.takes import is_ours_alone
from blender_addon.capabilities.gaze.scene import shape_values
from blender_addon.core.notes import Note
from tests.gaze.checks import gaze
from tests.shared.blender.builders import make_rig
from tests.shared.blender.face_rigs import (
    EYES,
    add_bones,
    face_with_shapes,
    point,
    rig_with_aimed_eyes,
    rig_with_eyes,
)
from tests.walk.figure.test_walking_eyes import keyed_bones, make_seeing, walk
from tests.walk.figure.test_walking_fingers import make_fingered

pytestmark = pytest.mark.blender

BLINKS = ("eyeBlinkLeft", "eyeBlinkRight")


def looked_at(rig, last):
    """A gaze that looks to both sides; its job and what it does."""
    targets = [point("A", (0.6, -3, 1.7)), point("B", (-0.6, -6, 1.4))]
    job, gazed, _ = gaze(rig, targets, last=last)
    return job.characters[0].rig, gazed.characters[0].movement


def worst_weight(face, rig, movement):
    """How far a shape is from what the gaze asks for, on any frame."""
    asked = shape_values(rig, face, shape_weights(rig, movement))
    worst = 0.0
    for n, frame in enumerate(movement.frames.astype(int).tolist()):
        bpy.context.scene.frame_set(frame)
        blocks = face.data.shape_keys.key_blocks
        worst = max(
            worst, *(abs(blocks[name].value - np.clip(v[n], 0, 1)) for name, v in asked.items())
        )
    return worst


@pytest.mark.parametrize("how", ["covered", "in part", "touched"])
def test_eyes_that_are_shapes_are_the_gaze_s_alone_where_it_lies(scene, how):
    scene.render.fps = 24
    rig = make_rig()
    face = face_with_shapes(rig)
    done = walk(rig)
    keys = face.data.shape_keys
    (layer,) = layers_of(keys, "walk")
    if how == "touched":
        curve = compat.action_fcurves(layer.strips[0].action)[0]
        curve.keyframe_points[0].co.y += 0.1
    seen = looked_at(rig, 40 if how == "in part" else done.last_frame)
    (layer,) = layers_of(keys, "walk")
    assert layer.mute == (how == "covered")
    assert is_ours_alone(layer.strips[0], layer, "walk") == (how != "touched")
    assert worst_weight(face, *seen) < 0.01


def test_lids_that_are_bones_blink_as_the_gaze_does(scene):
    scene.render.fps = 24
    shut = []
    for eyes in (False, True):
        rig = rig_with_eyes()
        lids = {
            f"{side}UpperEyelid": (EYES[side], EYES[side] + Vector((0, -0.03, 0.01)), 0.0)
            for side in EYES
        }
        add_bones(rig, lids, "Head")
        done = walk(rig, eyes=eyes)
        assert eyes == ("LeftUpperEyelid" in keyed_bones(rig))
        looked_at(rig, done.last_frame)
        turns = []
        for frame in range(1, done.last_frame):
            scene.frame_set(frame)
            turns.append([rig.pose.bones[n].matrix_basis.to_quaternion().angle for n in lids])
        shut.append(turns)
    assert np.max(shut[0]) > 0.9 * LID_BONE_RAD
    assert np.abs(np.subtract(*shut)).max() < 0.01


def weights(face, frames):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found.append([face.data.shape_keys.key_blocks[name].value for name in BLINKS])
    return np.array(found)


def test_a_walk_made_again_without_eyes_does_not_blink(scene):
    rig, face = make_seeing(BLINKS)
    done = walk(rig)
    assert weights(face, range(1, done.last_frame)).max() > 0.9
    walk(rig, eyes=False)
    assert not layers_of(face.data.shape_keys, "walk")
    assert weights(face, range(1, done.last_frame)).max() == 0.0


def test_a_shorter_walk_leaves_no_blinks_of_the_longer_one(scene):
    rig, face = make_seeing(BLINKS)
    long = walk(rig)
    short = walk(rig, speed_m_s=2.5)
    assert short.last_frame < long.last_frame - 15
    (track,) = layers_of(face.data.shape_keys, "walk")
    assert track.strips[0].frame_end <= short.last_frame
    assert not weights(face, range(short.last_frame + 1, long.last_frame)).any()


@pytest.mark.parametrize("whose", ["layer", "walk", "copy"])
def test_blinks_stay_that_somebody_touched_or_whose_walk_stays(scene, whose):
    rig, face = make_seeing(BLINKS)
    walk(rig)
    (track,) = layers_of(face.data.shape_keys, "walk")
    action = track.strips[0].action if whose == "layer" else rig.animation_data.action
    if whose == "copy":
        action.copy()
    else:
        compat.action_fcurves(action)[0].keyframe_points[0].co.y += 0.1
    walk(rig, eyes=False)
    (still,) = layers_of(face.data.shape_keys, "walk")
    assert not still.mute


def test_blinks_under_a_gaze_made_over_them_stay_and_are_told(scene):
    scene.render.fps = 24
    rig, face = make_seeing(BLINKS)
    walk(rig)
    seen = looked_at(rig, 40)
    done = walk(rig)
    assert [isinstance(n, Note) and "still plays on 'Face'" in n for n in done.notes] == [True]
    assert len(layers_of(face.data.shape_keys, "walk")) == 1
    assert worst_weight(face, *seen) < 0.01


def test_eyes_whose_master_control_is_keyed_are_left_alone_and_told(scene):
    rig = rig_with_aimed_eyes()
    master = {"eyes": (Vector((0, -0.4, 1.66)), Vector((0, -0.4, 1.7)), 0.0)}
    add_bones(rig, master, None)
    bpy.ops.object.mode_set(mode="EDIT")
    for name in ("eye.L", "eye.R"):
        rig.data.edit_bones[name].parent = rig.data.edit_bones["eyes"]
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.pose.bones["eyes"].keyframe_insert("location", frame=1)
    name = rig.animation_data.action.name
    done = walk(rig)
    assert not {"eye.L", "eye.R"} & keyed_bones(rig)
    told = [note for note in done.notes if "the eyes get no keys" in note]
    assert [isinstance(n, Note) and name in n for n in told] == [True]
    free = rig_with_aimed_eyes()
    free.pose.bones["Head"].keyframe_insert("rotation_quaternion", frame=1)  # carries them
    assert not any("the eyes get" in note for note in walk(free).notes)
    assert "eye.L" in keyed_bones(free)


def test_a_hand_left_to_an_action_that_makes_way_is_told(scene):
    rig = make_fingered()
    rig.pose.bones["IndexL2"].keyframe_insert("rotation_quaternion", frame=1)
    rig.animation_data.action.name = "Wave"
    (told,) = walk(rig).notes
    assert isinstance(told, Note)
    assert "the left hand" in told
    assert "the action 'Wave'" in told


def test_a_linked_action_of_the_same_name_is_another_one(scene, tmp_path):
    rig = make_fingered()
    rig.pose.bones["IndexL2"].keyframe_insert("rotation_quaternion", frame=1)
    own = rig.animation_data.action
    own.name = "Rig Walk"
    path = str(tmp_path / "taken.blend")
    bpy.data.libraries.write(path, {own})
    rig.animation_data.action = None
    bpy.data.actions.remove(own)
    walk(rig)
    assert rig.animation_data.action.name == "Rig Walk"
    with bpy.data.libraries.load(path, link=True) as (_, linked):
        linked.actions = ["Rig Walk"]
    compat.assign_action(rig, linked.actions[0])
    walk(rig)
    assert not {"IndexL1", "IndexL2"} & keyed_bones(rig)
