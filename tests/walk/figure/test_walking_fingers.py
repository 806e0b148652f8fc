"""A walk keys the fingers of a rig that has them, and never those that somebody else animates."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.options import DEFAULT_RESULT, ResultOptions
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.retarget.fingers import FINGERS
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

INDEX = ("IndexL1", "IndexL2", "IndexL3")


def make_fingered(rolls=False, rotation_mode="QUATERNION"):
    """A character in T-pose, hands palm down, with four fingers and a thumb on each."""
    rig = make_rig(rolls=rolls, rotation_mode=rotation_mode)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        wrist = bones[f"{side}Hand"].head.copy()
        for number, finger in enumerate(FINGERS):
            parent = bones[f"{side}Hand"]
            place = wrist + _vector(sign * (0.03 if number == 0 else 0.09), 0.02 * (number - 2), 0)
            step = _vector(sign * 0.7, -0.7, -0.1) if number == 0 else _vector(sign, 0, 0)
            for joint in (1, 2, 3):
                bone = bones.new(f"{finger.title()}{side[0]}{joint}")
                bone.head, bone.tail = place, place + 0.025 * step
                bone.parent, place = parent, place + 0.025 * step
                bone.roll = 0.7 * joint if rolls else 0.0
                parent = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in rig.pose.bones:
        bone.rotation_mode = rotation_mode
    return rig


def _vector(*place):
    from mathutils import Vector

    return Vector(place)


def walk(rig, options=DEFAULT_RESULT, **settings):
    curve = make_curve(((0, 0, 0), (0, -4, 0)))
    job = walk_scene.read(bpy.context, WalkSettings(rig, curve, start_frame=1, **settings))
    result = job.run(pipeline=SwingingWalker()).result
    return walk_scene.write(bpy.context, job, result, options)


def keyed_bones(rig):
    return {curve.data_path.split('"')[1] for curve in compat.fcurves_of(rig)
            if '"' in curve.data_path}  # fmt: skip


def is_finger(name):
    return name[:-2].lower() in FINGERS


@pytest.mark.parametrize("rolls", [False, True])
def test_fingers_curl_to_the_palm_in_the_same_action(scene, rolls):
    rig = make_fingered(rolls, "XYZ" if rolls else "QUATERNION")
    done = walk(rig)
    assert {name for name in keyed_bones(rig) if is_finger(name)} == {
        f"{finger.title()}{side}{joint}"
        for finger in FINGERS
        for side in "LR"
        for joint in (1, 2, 3)
    }
    scene.frame_set(done.last_frame // 2)
    for side, hand in (("L", "LeftHand"), ("R", "RightHand")):
        palm = rig.pose.bones[hand].matrix.to_3x3() @ (
            rig.data.bones[hand].matrix_local.to_3x3().inverted() @ _vector(0, 0, -1)
        )
        for finger in FINGERS[1:]:
            first, last = (rig.pose.bones[f"{finger.title()}{side}{n}"] for n in (1, 3))
            along = [(b.tail - b.head).normalized().dot(palm) for b in (first, last)]
            assert 0.15 < along[0] < along[1]


def test_hands_that_somebody_animates_are_left_alone(scene):
    rig = make_fingered()
    bone = rig.pose.bones[INDEX[1]]
    bone.rotation_quaternion = (0.9, 0.1, 0.3, 0.1)
    bone.keyframe_insert("rotation_quaternion", frame=1)
    before = [tuple(p.co) for c in compat.fcurves_of(rig) for p in c.keyframe_points]
    own = rig.animation_data.action
    walk(rig)
    fingers = {name for name in keyed_bones(rig) if is_finger(name)}
    assert {name[-2] for name in fingers} == {"R"}
    rig.animation_data.action = own
    assert before == [tuple(p.co) for c in compat.fcurves_of(rig) for p in c.keyframe_points]


def test_a_walk_made_again_keys_them_again(scene):
    rig = make_fingered()
    walk(rig)
    once = keyed_bones(rig)
    walk(rig)
    assert keyed_bones(rig) == once
    assert sum(map(is_finger, once)) == 30


def test_unticked_or_without_fingers_nothing_is_keyed(scene):
    rig = make_fingered()
    walk(rig, fingers=False)
    assert not any(map(is_finger, keyed_bones(rig)))
    bare = make_rig(name="Bare")
    told = walk_scene.read(bpy.context, WalkSettings(bare, make_curve(((0, 0, 0), (0, -4, 0)))))
    assert not told.rig.warnings


def test_fingers_that_a_constraint_moves_are_left_to_it(scene):
    rig = make_fingered()
    for name in INDEX:
        constraint = rig.pose.bones[name].constraints.new("COPY_ROTATION")
        constraint.target, constraint.subtarget = rig, "Head"
    walk(rig)
    fingers = {name for name in keyed_bones(rig) if is_finger(name)}
    assert not fingers & set(INDEX)
    assert len(fingers) == 27


def test_keys_are_as_few_as_the_rest_s(scene):
    rig = make_fingered()
    walk(rig, ResultOptions(density=KeyDensity.REDUCED))
    counts = [len(curve.keyframe_points) for curve in compat.fcurves_of(rig)
              if is_finger(curve.data_path.split('"')[1])]  # fmt: skip
    assert np.mean(counts) < 30
