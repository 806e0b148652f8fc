"""A bone's name says the same however its words, side, prefix and number are written."""

from __future__ import annotations

import pytest

from blender_addon.core.retarget.bone_names import (
    is_end_name,
    plain_key,
    read_names,
    side_key,
    words_of,
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("LeftForeArm", "forearm|l"),
        ("forearm.L", "forearm|l"),
        ("fore_arm-l", "forearm|l"),
        ("l_forearm", "forearm|l"),
        ("lForeArm", "forearm|l"),
        ("LForeArm", "forearm|l"),
        ("leftForearm", "forearm|l"),
        ("ForeArm Left", "forearm|l"),
        ("forearm_left", "forearm|l"),
        ("leftforearm", "forearm|l"),
        ("mixamorig1:LeftForeArm", "forearm|l"),
        ("rig|Armature|ForeArm_R", "forearm|r"),
        ("左腕", "腕|l"),
        ("腕.L", "腕|l"),
        ("左足ＩＫ", "足ik|l"),
        ("人指１.R", "人指1|r"),
        ("spine_01", "spine1|"),
        ("Spine1", "spine1|"),
        ("NPC L Thigh [LThg]", "npcthighthg|l"),
        ("NPC Thigh [Thg].L", "npcthighthg|l"),
        ("upright", "upright|"),
        ("LR_mirror", "lrmirror|"),
        ("L_R", ""),
    ],
)
def test_words_and_side_make_one_key(name: str, key: str) -> None:
    assert side_key(words_of(name)) == key


def test_a_plain_key_keeps_letters_of_any_script() -> None:
    assert plain_key("a:Left_Arm.001") == "leftarm001"
    assert plain_key("下半身") == "下半身"


@pytest.mark.parametrize(
    "name",
    ["Head_end", "HeadTop_End", "Bip01 HeadNub", "ball_leaf_l", "LowerLeg.L_end", "hand_end.R"],
)
def test_names_of_end_bones(name: str) -> None:
    assert is_end_name(name)
    assert not read_names([name])


@pytest.mark.parametrize("name", ["lThighBend", "Tender", "LeftHand", "手首.L", "end_effector.001"])
def test_names_of_no_end_bones(name: str) -> None:
    assert not is_end_name(name)


def test_what_is_said_exactly_wins() -> None:
    names = ["spine", "spine.001", "Arm.L", "Arm.L.001"]
    keys = read_names(names)
    assert keys["spine"] == "spine"
    assert keys["spine001"] == "spine.001"
    assert keys["arm|l"] == "Arm.L"
    assert read_names(["Arm.L.001"])["arm|l"] == "Arm.L.001"
