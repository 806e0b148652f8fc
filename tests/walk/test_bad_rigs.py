"""Rigs and scenes as they come: told clearly, or walked all the same; nothing of theirs lost."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender import compat
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.blender.rig.warnings import is_evaluated
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import InputError, SkeletonError
from tests.shared.blender.builders import bone_heads, make_curve, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

CORNER = ((1, 1, 0), (1, -3, 0), (4, -3, 0))


def walk(rig, **settings):
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve(CORNER), **settings))
    done = job.run(pipeline=SwingingWalker()).result
    return job, done, walk_scene.write(bpy.context, job, done)


def keys_of(action):
    return [
        (curve.data_path, curve.array_index, *point.co)
        for curve in compat.action_fcurves(action)
        for point in curve.keyframe_points
    ]


@pytest.mark.parametrize(
    "turn", [(0, 0, 0), (np.pi / 2, 0, 0), (0, np.pi / 2, 0), (0, 0, np.pi), (0, 0, 2.0)]
)
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_a_rig_lying_facing_anywhere_or_scaled_stands_up_and_walks(scene, turn, scale):
    rig = make_rig(size=1.0 / scale, root_bone=True)
    rig.matrix_world = Matrix.LocRotScale((3, 2, 1), Euler(turn), (scale,) * 3)
    _, _, written = walk(rig)
    scene.frame_set(written.last_frame)
    heads = bone_heads(rig, ["Hips", "Head", "LeftToe", "RightToe"])
    assert heads[0][:2] == pytest.approx((4, -3), abs=0.15)
    assert heads[1][2] > heads[0][2] > 0.6
    assert np.all(np.abs(heads[2:, 2]) < 0.1)


def test_legs_of_different_length_are_told(scene):
    rig = make_rig()
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for name in ("LeftFoot", "LeftToe"):
        bones[name].head.z += 0.2
        bones[name].tail.z += 0.2
    bones["LeftLeg"].tail.z += 0.2
    bpy.ops.object.mode_set(mode="OBJECT")
    read = read_skeleton(bpy.context, rig)
    assert any("shorter than the other" in warning for warning in read.warnings)
    walk(rig)


def test_locked_channels_do_not_stop_keys(scene):
    rig = make_rig()
    for bone in rig.pose.bones:
        bone.lock_location = bone.lock_rotation = (True,) * 3
    _, _, written = walk(rig)
    scene.frame_set(written.last_frame)
    assert bone_heads(rig, ["Hips"])[0][:2] == pytest.approx((4, -3), abs=0.15)


def test_an_action_that_another_object_uses_goes_on_there(scene):
    rig, other = make_rig(), make_rig(name="Other")
    rig.pose.bones["Spine"].keyframe_insert("rotation_quaternion", frame=1)
    shared = rig.animation_data.action
    other.animation_data_create()
    compat.assign_action(other, shared)
    before = keys_of(shared)
    walk(rig)
    assert other.animation_data.action == shared
    assert keys_of(shared) == before
    assert rig.animation_data.action != shared


def test_a_linked_action_is_left_alone(scene, tmp_path):
    rig = make_rig()
    rig.pose.bones["Spine"].keyframe_insert("rotation_quaternion", frame=1)
    name = rig.animation_data.action.name
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {rig.animation_data.action})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, desired):
        desired.actions = [name]
    rig = make_rig()
    linked = bpy.data.actions[name]
    rig.animation_data_create()
    compat.assign_action(rig, linked)
    before = keys_of(linked)
    walk(rig)
    assert bpy.data.actions[name, linked.library.filepath] == linked
    assert keys_of(linked) == before
    assert rig.animation_data.action.library is None


def test_two_objects_of_one_armature_walk_apart(scene):
    rig = make_rig()
    twin = rig.copy()
    bpy.context.scene.collection.objects.link(twin)
    _, _, written = walk(rig)
    scene.frame_set(written.last_frame)
    assert bone_heads(rig, ["Hips"])[0][:2] == pytest.approx((4, -3), abs=0.15)
    assert bone_heads(twin, ["Hips"])[0][:2] == pytest.approx((0, 0), abs=0.15)


@pytest.mark.parametrize("follows", ["nothing", "its place alone", "mesh", "empty"])
def test_a_hidden_rig_is_evaluated_where_something_shown_follows_it(scene, follows):
    """A pointer to it, such as that to the chosen character, has Blender say so in any case."""
    rig = make_rig()
    scene["pointer"] = rig
    skin = bpy.data.meshes.new("Skin")
    skin.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    other = bpy.data.objects.new("Other", skin if follows == "mesh" else None)
    scene.collection.objects.link(other)
    if follows == "mesh":
        other.modifiers.new("Armature", "ARMATURE").object = rig
        other.vertex_groups.new(name="Hips")
    elif follows != "nothing":
        copied = other.constraints.new("COPY_LOCATION")
        copied.target, copied.subtarget = rig, "Hips" if follows == "empty" else ""
    is_needed = follows in ("mesh", "empty")
    hips = rig.pose.bones["Hips"]
    for frame in (1, 10):
        hips.location.y = frame / 10
        hips.keyframe_insert("location", frame=frame)
    scene.frame_set(1)
    rig.hide_viewport = True
    assert is_evaluated(bpy.context, rig) == is_needed
    heights = []
    for frame in (1, 10):
        scene.frame_set(frame)
        shown = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heights.append(shown.pose.bones["Hips"].head.z)
    assert (heights[0] != heights[1]) == is_needed


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_hidden_rig_walks_and_is_not_measured(scene, seen_before):
    rig = make_rig()
    if seen_before:
        bpy.context.view_layer.update()
    rig.hide_viewport = True
    job, done, written = walk(rig)
    assert any("hidden from this view layer" in warning for warning in job.rig.warnings)
    assert written.last_frame > written.first_frame
    residual = measure_residual(bpy.context, job, done, written.first_frame)
    assert "not measured" in residual.describe()
    assert residual.warnings() == []


def test_a_rig_without_bones_and_one_whose_bones_lie_in_a_point(scene):
    empty = bpy.data.objects.new("Empty Rig", bpy.data.armatures.new("Empty Rig"))
    scene.collection.objects.link(empty)
    before = snapshot()
    with pytest.raises(SkeletonError, match="lacks bones for"):
        read_skeleton(bpy.context, empty)
    assert snapshot() == before


@pytest.mark.parametrize("what", ["rig", "curve"])
def test_a_transform_that_is_no_number_is_refused(scene, what):
    rig, curve = make_rig(), make_curve(CORNER)
    (rig if what == "rig" else curve).location.x = float("nan")
    bpy.context.view_layer.update()
    with pytest.raises(InputError, match="not a number"):
        walk_scene.read(bpy.context, WalkSettings(rig, curve))


def test_use_selected_takes_one_of_each_and_says_what_to_do_with_two(addon):
    chosen = addon.neural_motion
    rig, other, curve = make_rig(), make_rig(name="Other"), make_curve(CORNER)
    for each in bpy.context.selected_objects:
        each.select_set(False)
    assert not bpy.ops.neural_motion.use_selected.poll()
    for each in (rig, other, curve):
        each.select_set(True)
    with pytest.raises(RuntimeError, match=r"2 characters are selected .*Several Characters"):
        bpy.ops.neural_motion.use_selected()
    assert chosen.character is None
    other.select_set(False)
    assert bpy.ops.neural_motion.use_selected() == {"FINISHED"}
    assert (chosen.character, rig.neural_motion.walk.path) == (rig, curve)


def test_a_selected_skin_means_its_character(addon):
    rig = make_rig()
    skin = bpy.data.objects.new("Skin", bpy.data.meshes.new("Skin"))
    ground = bpy.data.objects.new("Floor", bpy.data.meshes.new("Floor"))
    for each in (skin, ground):
        addon.collection.objects.link(each)
    skin.modifiers.new("Armature", "ARMATURE").object = rig
    rig.select_set(False)
    skin.select_set(True)
    ground.select_set(True)
    bpy.ops.neural_motion.use_selected()
    assert addon.neural_motion.character == rig
    assert rig.neural_motion.walk.ground == ground
