"""The joint map of a rig: found, corrected by hand, kept on the armature and as presets."""

from __future__ import annotations

import json

import bpy
import numpy as np
import pytest

from blender_addon.blender import presets
from blender_addon.blender.rig.joint_map import judge_joints, kept_joints
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.joints import operators, panel
from blender_addon.capabilities.joints.properties import (
    found_joints,
    joint_rows,
    set_joints,
    state_of,
)
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import NeuralMotionError, SkeletonError
from blender_addon.core.retarget.joint_map import doubt_lines
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES, swap_side
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender


@pytest.fixture
def rig(addon, tmp_path, monkeypatch):
    """A character with extra bones, chosen in the panel; presets go to a folder of the test's."""
    armature = make_rig(twist_bones=True, root_bone=True)
    addon.neural_motion.character = armature
    monkeypatch.setattr(operators, "user_presets", lambda: tmp_path)
    return armature


def press(operator, **options):
    return getattr(bpy.ops.neural_motion, operator)(**options)


def read(armature, chosen=None):
    return read_skeleton(bpy.context, armature, chosen)


def joints(armature, chosen=None):
    return {joint: bone for bone, joint in read(armature, chosen).joint_map.items()}


def pose_bone(armature, name):
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="POSE")
    armature.data.bones.active = armature.data.bones[name]


def test_a_chosen_rig_has_a_row_for_every_joint_left_to_be_found(rig):
    rows = rig.neural_motion.joints.rows
    assert tuple(row.name for row in rows) == COMMON_JOINT_NAMES
    assert kept_joints(rig) == {}
    assert joints(rig) == {name: name for name in COMMON_JOINT_NAMES}


def test_detect_fills_the_list_with_what_is_found(rig):
    assert press("detect_joints") == {"FINISHED"}
    assert kept_joints(rig) == {name: name for name in COMMON_JOINT_NAMES}
    assert press("clear_joints") == {"FINISHED"}
    assert kept_joints(rig) == {}


def test_what_is_set_by_hand_wins_in_the_walk(rig):
    set_joints(rig, {"LeftUpLeg": "LeftHipHelper"})
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve()))
    assert job.rig.joint_map["LeftHipHelper"] == "LeftUpLeg"
    assert "LeftUpLeg" not in job.rig.joint_map
    assert joints(rig, {}) == {name: name for name in COMMON_JOINT_NAMES}


def test_a_rig_whose_names_mislead_walks_like_any_other_once_its_joints_are_set(addon):
    curve = make_curve()

    def clip_of(armature):
        job = walk_scene.read(bpy.context, WalkSettings(armature, curve))
        return job.run(pipeline=SwingingWalker()).result.clip

    desired = clip_of(make_rig(name="Plain"))
    armature = make_rig(name="Swapped")
    for bone in armature.data.bones:
        bone.name = f"{bone.name} old"
    for bone in armature.data.bones:
        name = bone.name.removesuffix(" old")
        bone.name = next(iter(swap_side(name)), name)
    misled = clip_of(armature)
    set_joints(armature, {name: next(iter(swap_side(name)), name) for name in COMMON_JOINT_NAMES})
    clip = clip_of(armature)
    assert np.abs(clip.rotations_wxyz - desired.rotations_wxyz).max() < 1e-5
    assert np.abs(clip.root_positions - desired.root_positions).max() < 1e-5
    assert np.abs(misled.rotations_wxyz - desired.rotations_wxyz).max() > 0.1


def test_a_bone_set_for_one_joint_is_not_found_for_another(rig):
    set_joints(rig, {"LeftArm": "LeftShoulder"})
    found = joints(rig)
    assert found["LeftArm"] == "LeftShoulder"
    assert "LeftShoulder" not in found


def test_a_nameless_bone_among_known_ones_can_be_set(rig):
    rig.data.bones["RightLeg"].name = "Knie"
    rig.data.bones["RightFoot"].name = "Knöchel"
    set_joints(rig, {"RightLeg": "Knie", "RightFoot": "Knöchel"})
    assert joints(rig)["RightFoot"] == "Knöchel"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"Hips": "Pelvis"}, "Hips is set to the bone 'Pelvis', which does not exist.*Choose"),
        (
            {"LeftHand": "LeftForeArm", "LeftForeArm": "LeftForeArm"},
            "'LeftForeArm' is set for two joints, Left Hand and Left Forearm",
        ),
        (
            {"LeftUpLeg": "Root"},
            r"'Root' \(Left Thigh, set by hand\) does not hang below 'Hips' \(Hips, found by name",
        ),
        ({"LeftFoot": "RightFoot"}, "does not hang below 'LeftLeg'.*Correct one of them"),
        ({"Tail": "Hips"}, "'Tail' is no joint.*Expected one of: Hips"),
    ],
)
def test_maps_that_cannot_be_meant(rig, chosen, message):
    with pytest.raises(SkeletonError, match=message):
        read(rig, chosen)


def test_taking_a_bone_away_from_a_needed_joint_is_told(rig):
    with pytest.raises(SkeletonError, match=r"lacks bones for: Left Shin .*Set them under Joints"):
        read(rig, {"LeftFoot": "LeftLeg", "LeftToe": "LeftFoot"})


def test_the_state_of_each_joint(rig):
    found = found_joints(rig)
    chosen = {"LeftUpLeg": "LeftHipHelper", "Hips": "Hips", "LeftArm": "LeftShoulder"}
    states = {name: state_of(name, chosen, found) for name in COMMON_JOINT_NAMES}
    assert states["LeftUpLeg"] == "set by hand"
    assert states["Hips"] == states["Head"] == "found by name"
    assert states["LeftShoulder"] == "not needed"
    for n, bone in enumerate(rig.data.bones):
        bone.name = f"Bone.{n:03}"
    assert state_of("Head", {}, found_joints(rig)) == "found by structure"
    rig.data.bones["Bone.000"].name = "Other"
    rig.data.bones[found_joints(rig).bones["LeftUpLeg"]].name = "Thigh"
    assert found_joints(rig).bones["LeftUpLeg"] == "Thigh"


def test_the_state_of_what_is_missing(addon):
    armature = make_rig(leave_out=("LeftFoot", "LeftToe"))
    addon.neural_motion.character = armature
    assert state_of("LeftFoot", {}, found_joints(armature)) == "missing"
    assert state_of("LeftToe", {}, found_joints(armature)) == "not needed"
    press("detect_joints")
    assert "LeftFoot" not in kept_joints(armature)
    assert kept_joints(armature)["LeftLeg"] == "LeftLeg"


def test_the_active_bone_of_pose_mode(rig):
    with pytest.raises(RuntimeError, match="Pose Mode"):
        press("use_active_bone")
    press("detect_joints")
    pose_bone(rig, "LeftHipHelper")
    rig.neural_motion.joints.active = COMMON_JOINT_NAMES.index("LeftUpLeg")
    assert press("use_active_bone") == {"FINISHED"}
    assert kept_joints(rig)["LeftUpLeg"] == "LeftHipHelper"
    rig.neural_motion.joints.active = COMMON_JOINT_NAMES.index("LeftLeg")
    press("use_active_bone")
    assert kept_joints(rig)["LeftLeg"] == "LeftHipHelper"
    assert "LeftUpLeg" not in kept_joints(rig)
    press("clear_joints", only_active=True)
    assert "LeftLeg" not in kept_joints(rig)
    assert kept_joints(rig)["Hips"] == "Hips"
    bpy.ops.object.mode_set(mode="OBJECT")


@pytest.mark.parametrize("source", ["Left", "Right"])
def test_mirror_by_name(rig, source):
    target = "Right" if source == "Left" else "Left"
    set_joints(rig, {f"{source}UpLeg": f"{source}HipHelper", "Hips": "Hips"})
    assert press("mirror_joints", source=source) == {"FINISHED"}
    assert kept_joints(rig) == {
        "Hips": "Hips",
        f"{source}UpLeg": f"{source}HipHelper",
        f"{target}UpLeg": f"{target}HipHelper",
    }


def test_mirror_by_place(rig):
    names = {bone.name: f"Bone.{n:03}" for n, bone in enumerate(rig.data.bones)}
    for old, new in names.items():
        rig.data.bones[old].name = new
    sided = [name for name in COMMON_JOINT_NAMES if name.startswith("Left")]
    set_joints(rig, {name: names[name] for name in sided})
    press("mirror_joints", source="Left")
    desired = {name: names[name] for name in COMMON_JOINT_NAMES if name.startswith(("L", "R"))}
    assert kept_joints(rig) == desired


def test_mirror_says_what_has_no_partner(rig):
    set_joints(rig, {"LeftHand": "Head"})
    press("mirror_joints")
    assert kept_joints(rig) == {"LeftHand": "Head"}


def test_presets_come_back_as_they_were(rig, tmp_path):
    set_joints(rig, {"LeftUpLeg": "LeftHipHelper"})
    desired = joints(rig)
    rig.neural_motion.joints.preset = "My Rig"
    press("save_joint_preset")
    press("clear_joints")
    press("load_joint_preset", name="My Rig")
    assert kept_joints(rig) == desired
    with pytest.raises(RuntimeError, match="already a preset"):
        press("save_joint_preset")
    press("save_joint_preset", replace=True)
    assert presets.names_of_presets(tmp_path) == ["My Rig"]
    press("delete_joint_preset")
    assert presets.names_of_presets(tmp_path) == []


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/b", "a\\b", ".hidden", "", "x" * 200])
def test_preset_names_stay_in_their_folder(rig, tmp_path, name):
    with pytest.raises(NeuralMotionError, match="cannot be a preset's name"):
        presets.write_preset(tmp_path / "presets", name, "{}")
    with pytest.raises(RuntimeError, match="cannot be a preset's name"):
        press("load_joint_preset", name=name)
    assert list(tmp_path.rglob("*out*")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "no map of joints"),
        ("{", "no map of joints"),
        (json.dumps({"format": 9, "joints": {}}), "format 9, expected 1"),
        (json.dumps({"format": 1, "joints": {"Tail": "a"}}), "'Tail' is no joint"),
        (json.dumps({"format": 1, "joints": {"Hips": 3}}), "bone of 'Hips' is 3"),
        (json.dumps({"format": 1, "joints": {"Hips": "a", "Head": "a"}}), "'a' is there twice"),
        (json.dumps({"format": 1, "joints": {"Hips": "elsewhere"}}), "none of the bones"),
    ],
)
def test_broken_presets_change_nothing(rig, tmp_path, text, message):
    set_joints(rig, {"Hips": "Hips"})
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(RuntimeError, match=message):
        press("load_joint_preset", name="broken")
    assert kept_joints(rig) == {"Hips": "Hips"}


def test_a_map_that_cannot_be_meant_is_not_saved(rig, tmp_path):
    set_joints(rig, {"Hips": "gone"})
    rig.neural_motion.joints.preset = "bad"
    with pytest.raises(RuntimeError, match="does not exist"):
        press("save_joint_preset")
    assert presets.names_of_presets(tmp_path) == []


def test_the_map_travels_with_the_file(rig, tmp_path):
    set_joints(rig, {"LeftUpLeg": "LeftHipHelper"})
    path = str(tmp_path / "kept.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    set_joints(rig, {})
    bpy.ops.wm.open_mainfile(filepath=path)
    armature = bpy.context.scene.neural_motion.character
    assert kept_joints(armature) == {"LeftUpLeg": "LeftHipHelper"}
    assert joints(armature)["LeftUpLeg"] == "LeftHipHelper"


def test_the_map_travels_into_other_files_and_overrides(rig, tmp_path):
    set_joints(rig, {"LeftUpLeg": "LeftHipHelper"})
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {rig})
    bpy.data.objects.remove(rig)
    with bpy.data.libraries.load(path, link=True) as (_, desired):
        desired.objects = ["Rig"]
    linked = next(item for item in bpy.data.objects if item.library)
    bpy.context.scene.collection.objects.link(linked)
    bpy.context.scene.neural_motion.character = linked
    with pytest.raises(RuntimeError, match="Library Override"):
        press("detect_joints")
    override = linked.override_create(remap_local_usages=True)
    override.override_library.is_system_override = False
    bpy.context.scene.neural_motion.character = override
    assert joints(override)["LeftUpLeg"] == "LeftHipHelper"
    press("clear_joints")
    assert joints(override)["LeftUpLeg"] == "LeftUpLeg"


def test_buttons_say_why_they_are_greyed_out(addon):
    with pytest.raises(RuntimeError, match="Choose a character, or"):
        press("detect_joints")
    armature = make_rig()
    addon.neural_motion.character = armature
    with pytest.raises(RuntimeError, match="Set some joints first"):
        press("mirror_joints")
    with pytest.raises(RuntimeError, match="Type a name"):
        press("save_joint_preset")
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        press("detect_joints")
    bpy.ops.object.mode_set(mode="OBJECT")


def test_rows_are_made_again_without_losing_any(rig):
    rig.neural_motion.joints.rows.clear()
    row = rig.neural_motion.joints.rows.add()
    row.name, row.bone = "Head", "Head"
    assert tuple(row.name for row in joint_rows(rig)) == COMMON_JOINT_NAMES
    assert kept_joints(rig) == {"Head": "Head"}


def test_the_panel_tells_what_is_missing(rig):
    assert panel._problem(rig) == ""
    set_joints(rig, {"LeftFoot": "gone"})
    assert "'gone', which does not exist" in panel._problem(rig)
    set_joints(rig, {"LeftFoot": "LeftLeg", "LeftToe": "LeftFoot"})
    assert panel._problem(rig) == "Choose a bone for: Left Shin"
    set_joints(rig, {"LeftFoot": "LeftHand", "RightFoot": "LeftHand"})
    assert "set for two joints" in panel._problem(rig)
    assert not panel._is_fine("LeftHand", rig)


def test_faces_use_what_is_set_by_hand(rig):
    from blender_addon.blender.rig.face_axes import legs_axes
    from blender_addon.capabilities.speech.bones import find_head_bone

    axes = legs_axes(rig)
    assert find_head_bone(rig) == "Head"
    rig.data.bones["Head"].name = "Skull"
    rig.data.bones["LeftUpLeg"].name = "Strange"
    assert find_head_bone(rig) is None and legs_axes(rig) is None
    set_joints(rig, {"Head": "Skull", "LeftUpLeg": "Strange"})
    assert find_head_bone(rig) == "Skull"
    assert np.allclose(legs_axes(rig), axes)


def test_faces_tell_of_a_joint_whose_bone_is_gone(rig):
    from blender_addon.blender.rig.joint_map import lost_joints

    assert lost_joints(rig) == ()
    set_joints(rig, {"Head": "Skull", "Hips": "Hips"})
    (told,) = lost_joints(rig)
    assert "Head is set to the bone 'Skull', which does not exist" in told
    assert lost_joints(None) == ()


def test_doubtful_joints_are_marked_told_and_warned_of(rig):
    assert judge_joints(rig)[0].doubts == {}
    assert panel._header_icon(rig) == "CHECKMARK"
    set_joints(rig, {"LeftArm": "LeftShoulder", "RightArm": "RightShoulder"})
    doubts = judge_joints(rig)[0].doubts
    assert "collar bone" in doubts["LeftArm"]
    assert panel._header_icon(rig) == "QUESTION"
    assert any(
        "Left Upper Arm 'LeftShoulder'" in line for line in doubt_lines(judge_joints(rig)[0])
    )
    told = [warning for warning in read(rig).warnings if warning.startswith("doubtful joints")]
    assert "Left Upper Arm 'LeftShoulder'" in told[0]
    assert told[0].endswith("Check Joints")


def test_hips_near_the_ground_are_a_problem_that_names_the_pelvis(rig):
    set_joints(rig, {"Hips": "Root"})
    assert "Choose 'Hips' for Hips" in panel._problem(rig)
    assert panel._header_icon(rig) == "ERROR"
