"""Armatures are read as skeletons, and refused with a reason."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.core.errors import SkeletonError
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from tests.shared.blender.builders import make_rig
from tests.shared.blender.test_pose import OBJECTS, RIGS

pytestmark = [pytest.mark.blender, pytest.mark.smoke]


def read(rig_object):
    return read_skeleton(bpy.context, rig_object)


@pytest.mark.parametrize("transform", OBJECTS)
@pytest.mark.parametrize("kind", ["plain", "built Y-up", "facing +X"])
def test_the_rest_pose_does_not_depend_on_how_the_armature_was_built(scene, kind, transform):
    rig_object = make_rig(**RIGS[kind])
    rig_object.matrix_world = OBJECTS[transform]
    rig = read(rig_object)
    scale = OBJECTS[transform].to_scale()[0]
    names = [rig.joint_map[name] for name in rig.skeleton.names]
    desired = COMMON_SKELETON.rest_positions()[COMMON_SKELETON.indices(names)]
    desired = desired + np.array([0, HIPS_REST_HEIGHT_M, 0])
    assert np.abs(rig.skeleton.rest_positions() - scale * desired).max() < 1e-5
    assert rig.floor_m == 0.0


def test_a_character_that_does_not_stand_on_the_ground_has_its_floor_under_its_feet(scene):
    rig_object = make_rig(space=None)
    bpy.context.view_layer.objects.active = rig_object
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in rig_object.data.edit_bones:
        bone.use_connect = False
    for bone in rig_object.data.edit_bones:
        bone.head.z -= 1.0
        bone.tail.z -= 1.0
    bpy.ops.object.mode_set(mode="OBJECT")
    assert read(rig_object).floor_m == pytest.approx(-1.0, abs=0.05)


def test_bones_between_and_above_are_known(scene):
    rig = read(make_rig(root_bone=True, twist_bones=True))
    assert rig.root_bone == "Root"
    assert "LeftHipHelper" in rig.skeleton.names
    assert "LeftHipHelper" not in rig.joint_map
    assert rig.skeleton.names[0] == "Hips"


def test_prefixed_names_are_found(scene):
    rig = read(make_rig(prefix="mixamorig:"))
    assert rig.joint_map["mixamorig:LeftUpLeg"] == "LeftUpLeg"


def test_nothing_chosen():
    with pytest.raises(SkeletonError, match="no character is chosen"):
        read(None)


def test_not_an_armature(scene):
    empty = bpy.data.objects.new("Empty", None)
    with pytest.raises(SkeletonError, match="not an armature"):
        read(empty)


def test_a_missing_leg_is_named(scene):
    rig_object = make_rig(leave_out=("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe"))
    with pytest.raises(SkeletonError, match="Left Thigh, Left Shin, Left Foot"):
        read(rig_object)


@pytest.mark.parametrize("a_pose", [False, True])
@pytest.mark.parametrize("root_bone", [False, True])
def test_strange_names_are_found_by_structure(scene, a_pose, root_bone):
    rig_object = make_rig(a_pose=a_pose, root_bone=root_bone, twist_bones=True)
    desired = read(rig_object).joint_map
    names = {bone.name: f"Bone.{n:03}" for n, bone in enumerate(rig_object.data.bones)}
    for old, new in names.items():
        rig_object.data.bones[old].name = new
    assert read(rig_object).joint_map == {names[old]: joint for old, joint in desired.items()}


def test_strange_names_of_no_character_list_what_was_not_found(scene):
    rig_object = make_rig(leave_out=("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe"))
    for n, bone in enumerate(rig_object.data.bones):
        bone.name = f"Bone.{n:03}"
    with pytest.raises(SkeletonError, match="lacks bones for: Hips, Spine, Head"):
        read(rig_object)


def test_edit_mode(scene):
    rig_object = make_rig()
    bpy.context.view_layer.objects.active = rig_object
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(SkeletonError, match="Edit Mode"):
        read(rig_object)
    bpy.ops.object.mode_set(mode="OBJECT")


def test_pose_mode_is_fine(scene):
    rig_object = make_rig()
    bpy.context.view_layer.objects.active = rig_object
    bpy.ops.object.mode_set(mode="POSE")
    assert len(read(rig_object).skeleton.names) == 22
    bpy.ops.object.mode_set(mode="OBJECT")


@pytest.mark.parametrize("scale", [(1, 1, 2), (-1, -1, -1), (1, -1, 1), (0, 0, 0)])
def test_scales_that_cannot_be_used(scene, scale):
    rig_object = make_rig()
    rig_object.scale = scale
    with pytest.raises(SkeletonError, match=r"Apply it|scale of zero"):
        read(rig_object)


@pytest.mark.parametrize("scale", [(-1, 1, 1), (-2, -2, -2)])
def test_a_mirrored_object_is_told_so(scene, scale):
    rig_object = make_rig()
    rig_object.scale = scale
    with pytest.raises(SkeletonError, match=r"'Rig' is mirrored.* negative"):
        read(rig_object)


def test_a_sheared_object(scene):
    parent = bpy.data.objects.new("Parent", None)
    scene.collection.objects.link(parent)
    parent.scale = (1, 1, 3)
    rig_object = make_rig()
    rig_object.parent = parent
    rig_object.rotation_euler = (0.7, 0.3, 0.2)
    with pytest.raises(SkeletonError, match="one positive scale"):
        read(rig_object)


def test_a_linked_armature_says_how_to_make_it_editable(scene, tmp_path):
    rig_object = make_rig()
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {rig_object})
    with bpy.data.libraries.load(path, link=True) as (_, desired):
        desired.objects = ["Rig"]
    linked = next(item for item in bpy.data.objects if item.library)
    scene.collection.objects.link(linked)
    with pytest.raises(SkeletonError, match="Library Override"):
        read(linked)


def test_a_library_override_can_be_read(scene, tmp_path):
    rig_object = make_rig()
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {rig_object})
    bpy.data.objects.remove(rig_object)
    with bpy.data.libraries.load(path, link=True) as (_, desired):
        desired.objects = ["Rig"]
    linked = next(item for item in bpy.data.objects if item.library)
    scene.collection.objects.link(linked)
    override = linked.override_create(remap_local_usages=True)
    override.override_library.is_system_override = False
    assert len(read(override).skeleton.names) == 22


def test_hips_connected_to_their_parent_cannot_move(scene):
    rig_object = make_rig(root_bone=True)
    bpy.context.view_layer.objects.active = rig_object
    bpy.ops.object.mode_set(mode="EDIT")
    hips, root = (rig_object.data.edit_bones[n] for n in ("Hips", "Root"))
    root.tail = hips.head
    hips.use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(SkeletonError, match="Disconnect"):
        read(rig_object)


def test_a_leg_that_does_not_hang_on_the_hips_is_moved_along(scene):
    rig_object = make_rig()
    bpy.context.view_layer.objects.active = rig_object
    bpy.ops.object.mode_set(mode="EDIT")
    rig_object.data.edit_bones["LeftUpLeg"].parent = None
    bpy.ops.object.mode_set(mode="OBJECT")
    rig = read(rig_object)
    assert rig.apart == {"LeftUpLeg"}
    assert rig.skeleton.names[rig.skeleton.parents[rig.skeleton.index("LeftUpLeg")]] == "Hips"
    held = rig_object.pose.bones["LeftUpLeg"].constraints.new("COPY_ROTATION")
    held.target = bpy.data.objects.new("Target", None)
    with pytest.raises(SkeletonError, match="does not hang below the hips"):
        read(rig_object)


def test_what_may_hide_the_keys_is_warned_of(scene):
    rig_object = make_rig(root_bone=True)
    assert read(rig_object).warnings == ()
    target = bpy.data.objects.new("Target", None)
    rig_object.pose.bones["Root"].constraints.new("CHILD_OF").target = target
    rig_object.animation_data_create().action_influence = 0.5
    still = bpy.data.actions.new("Still")
    rig_object.animation_data.nla_tracks.new().strips.new("Still", 1, still)
    rig_object.pose.bones["LeftFoot"].constraints.new("COPY_ROTATION").target = target
    rig_object.data.pose_position = "REST"
    rig_object.pose.bones["Head"].driver_add("location", 0)
    warnings = " ".join(read(rig_object).warnings)
    assert "LeftFoot" in warnings
    assert "Root" in warnings
    assert "Influence" in warnings
    assert "Head" in warnings
    assert "Rest Position" in warnings


def test_reading_changes_nothing(scene):
    rig_object = make_rig(rolls=True)
    rig_object.matrix_world = Matrix.LocRotScale((1, 2, 3), Euler((0.1, 0.2, 0.3)), (2, 2, 2))
    before = [tuple(rig_object.location), rig_object.mode, len(bpy.data.objects)]
    read(rig_object)
    assert [tuple(rig_object.location), rig_object.mode, len(bpy.data.objects)] == before
