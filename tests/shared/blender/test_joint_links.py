"""Bodies whose bones lie side by side move as if they hung together, by name and by structure."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest

from backend.rigs.built import Build, build_rig
from backend.rigs.hierarchies import build_hierarchy, hierarchies
from backend.rigs.variants import ALL_JOINTS, VARIANTS
from blender_addon.blender import compat
from blender_addon.blender.rig.joint_map import automatic_joints
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import SkeletonError
from tests.shared.blender.builders import make_curve
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

TREES = dict(hierarchies())
PATH = ((1, 1, 0), (1, -3, 0), (4, -3, 0))
THIGHS = ("LeftUpLeg", "RightUpLeg")
APART = {
    "thighs": ("Root", THIGHS),
    "spine": ("Root", ("Spine",)),
    "thighs and spine": ("Root", ("Spine", *THIGHS)),
    "feet": ("Root", ("LeftFoot", "RightFoot")),
    "hands": ("Root", ("LeftHand", "RightHand")),
    "knees and elbows": ("Root", ("LeftLeg", "RightLeg", "LeftForeArm", "RightForeArm")),
    "arms": ("Root", ("LeftShoulder", "RightShoulder")),
    "spine, no root": ("", ("Spine",)),
    "everything": ("Root", tuple(ALL_JOINTS)),
}


def walk(armature, **settings):
    """Walk a bent path, and give the written result."""
    job = walk_scene.read(bpy.context, WalkSettings(armature, make_curve(PATH), **settings))
    done = job.run(pipeline=SwingingWalker()).result
    return walk_scene.write(bpy.context, job, done)


def seen(armature, names, written) -> np.ndarray:
    """(T, N, 3) where bones begin in the world, on some frames."""
    frames = np.linspace(written.first_frame, written.last_frame, 7).astype(int)
    places = []
    for frame in frames.tolist():
        bpy.context.scene.frame_set(frame)
        shown = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        places.append([shown.matrix_world @ shown.pose.bones[name].head for name in names])
    return np.array(places)


def unnamed(armature) -> dict[str, str]:
    """Name the bones by number; the number by former name."""
    numbers = {bone.name: f"b{n:02}" for n, bone in enumerate(armature.data.bones)}
    for old, new in numbers.items():
        armature.data.bones[old].name = new
    return numbers


def pelvis_and_spine_under_a_centre(*, centre_m: float = 0.0) -> bpy.types.Object:
    """The common skeleton whose pelvis and spine hang on a bone at the hips."""
    armature = build_rig(Build(ALL_JOINTS, root="Root"))
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    centre = bones.new("Centre")
    centre.head = bones["Hips"].head
    centre.head.z += centre_m
    centre.tail = centre.head
    centre.tail.z += 0.1
    centre.parent = bones["Root"]
    bones["Hips"].parent = bones["Spine"].parent = centre
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *((kind, RootMotion.BONE) for kind in APART),
        *(("everything", mode) for mode in (RootMotion.OBJECT, RootMotion.IN_PLACE)),
    ],
)
def test_what_hangs_apart_walks_as_if_it_hung_together(scene, kind, mode):
    root, apart = APART[kind]
    whole = build_rig(Build(ALL_JOINTS, root=root, roll=0.7), "Whole")
    desired = seen(whole, list(ALL_JOINTS), walk(whole, root_motion=mode))
    torn = build_rig(Build(ALL_JOINTS, root=root, apart=apart, roll=0.7), "Torn")
    torn.data.bones["LeftHand"].use_inherit_rotation = False
    assert np.abs(seen(torn, list(ALL_JOINTS), walk(torn, root_motion=mode)) - desired).max() < 2e-3


@pytest.mark.parametrize("kind", ["thighs", "spine", "thighs and spine", "spine, no root", "feet"])
def test_what_hangs_apart_is_found_without_names(scene, kind):
    root, apart = APART[kind]
    armature = build_rig(Build(ALL_JOINTS, root=root, apart=apart))
    numbers = unnamed(armature)
    assert automatic_joints(armature).bones == {joint: numbers[joint] for joint in ALL_JOINTS}
    read_skeleton(bpy.context, armature)


@pytest.mark.parametrize("centre_m", [-0.2, 0.0, 0.1])
@pytest.mark.parametrize("named", [True, False])
def test_a_centre_at_the_hips_carries_pelvis_and_spine(scene, centre_m, named):
    armature = pelvis_and_spine_under_a_centre(centre_m=centre_m)
    numbers = {bone.name: bone.name for bone in armature.data.bones}
    if not named:
        numbers = unnamed(armature)
    rig = read_skeleton(bpy.context, armature)
    assert rig.skeleton.names[0] == numbers["Centre"]
    assert rig.joint_map[numbers["Hips"]] == "Hips"
    assert rig.ancestors == (numbers["Root"],)
    assert not rig.apart
    written = walk(armature)
    places = seen(armature, [numbers[name] for name in ("Root", *ALL_JOINTS)], written)
    assert np.abs(places[:, 0, 2]).max() < 1e-4
    whole = build_rig(Build(ALL_JOINTS, root="Root"), "Whole")
    assert np.abs(seen(whole, list(ALL_JOINTS), walk(whole)) - places[:, 1:]).max() < 2e-3
    paths = {curve.data_path for curve in compat.action_fcurves(armature.animation_data.action)}
    keyed = {name: f'pose.bones["{numbers[name]}"].' for name in ("Centre", "Hips", "Spine")}
    assert all(f"{prefix}rotation_quaternion" in paths for prefix in keyed.values())
    moved = {name for name, prefix in keyed.items() if f"{prefix}location" in paths}
    assert moved == {"Centre"}


def test_a_centre_set_by_hand_as_the_hips_carries_them_too(scene):
    armature = pelvis_and_spine_under_a_centre()
    rig = read_skeleton(bpy.context, armature, {"Hips": "Centre"})
    assert rig.skeleton.names[0] == "Centre"
    assert rig.joint_map["Centre"] == "Hips"


@pytest.mark.parametrize("apart", [(), THIGHS, ("Spine", *THIGHS)])
def test_a_root_on_the_ground_set_as_the_hips_is_refused_and_the_hips_named(scene, apart):
    armature = build_rig(Build(ALL_JOINTS, root="Root", apart=apart))
    with pytest.raises(SkeletonError, match=r"below the knees.*Choose 'Hips' for Hips"):
        read_skeleton(bpy.context, armature, {"Hips": "Root"})


@pytest.mark.parametrize("chosen", [{}, {"Hips": "Root"}])
def test_a_character_without_a_pelvis_stands_upright(scene, chosen):
    """Up is from feet to head, not to a hips bone that may lie anywhere."""
    armature = build_rig(Build(ALL_JOINTS, root="Root", apart=("Spine", *THIGHS), turn_rad=2.0))
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones.remove(armature.data.edit_bones["Hips"])
    bpy.ops.object.mode_set(mode="OBJECT")
    rig = read_skeleton(bpy.context, armature, chosen)
    assert rig.armature_to_character[1] == pytest.approx((0, 0, 1))
    written = walk(armature)
    places = seen(armature, ["Head", "LeftFoot", "RightFoot"], written)
    assert np.all(places[:, 0, 2] > 1.3)
    assert np.all(places[:, 1:, 2] < 0.5)


@pytest.mark.parametrize("name", sorted(TREES))
def test_a_program_s_rig_is_found_by_its_names(scene, name):
    tree = TREES[name]
    armature = build_hierarchy(tree)
    found = automatic_joints(armature)
    assert found.missing == ()
    assert dict(found.bones) == {joint: tree.build.names[joint] for joint in found.bones}
    assert set(found.bones) == set(tree.build.names)
    assert found.doubts == {}
    rig = read_skeleton(bpy.context, armature)
    assert not [warning for warning in rig.warnings if "doubtful" in warning]


@pytest.mark.parametrize(
    "name", sorted(set(TREES) - {"second_life", "sims4", "oblivion", "koikatsu", "honey_select"})
)
def test_a_program_s_rig_is_found_without_its_names(scene, name):
    tree = TREES[name]
    armature = build_hierarchy(tree)
    numbers = unnamed(armature)
    found = automatic_joints(armature)
    assert found.missing == ()
    limbs = ("Arm", "ForeArm", "UpLeg", "Leg", "Foot")
    for joint in ("Hips", "Head", *(s + part for s in ("Left", "Right") for part in limbs)):
        assert found.bones[joint] == numbers[tree.build.names[joint]], joint


_ENDS = ("Hand", "Head", "Toe")


@pytest.mark.parametrize("leaves", [("Hand",), ("Head",), ("Toe",), _ENDS])
@pytest.mark.parametrize("arms_down_rad", [0.0, 1.2])
@pytest.mark.parametrize("without", [(), ("Shoulder",)])
def test_end_bones_are_no_joints(scene, leaves, arms_down_rad, without):
    names = {
        joint: name for joint, name in ALL_JOINTS.items() if not joint.endswith(without or "?")
    }
    build = Build(names, leaves=leaves, arms_down_rad=arms_down_rad, connected=True)
    armature = build_rig(build)
    numbers = unnamed(armature)
    found = automatic_joints(armature)
    assert dict(found.bones) == {joint: numbers[joint] for joint in names}
    assert found.doubts == {}


@pytest.mark.parametrize("kind", ["no toes, end bones at the feet", "no hands", "no toes"])
def test_what_a_body_lacks_is_not_made_up_of_end_bones(scene, kind):
    build = VARIANTS[kind]
    armature = build_rig(replace(build, roll=0.4))
    numbers = unnamed(armature)
    assert dict(automatic_joints(armature).bones) == {j: numbers[j] for j in build.names}
