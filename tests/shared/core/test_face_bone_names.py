"""Eyes, lids, jaws and tongues under the names of many programs; what is something else is not."""

from __future__ import annotations

import pytest

from blender_addon.core.face.bone_names import find_pair, find_part

BODY = ["Hips", "Spine", "Neck", "Head", "LeftArm", "RightArm", "LeftEyebrow", "Bone.001"]
EYES = [
    ("b_l_eye", "b_r_eye"), ("jnt_l_eye", "jnt_r_eye"), ("LeftEye_jnt", "RightEye_jnt"),
    ("mEyeLeft", "mEyeRight"), ("Character1_LeftEye", "Character1_RightEye"),
    ("ValveBiped.Bip01_L_Eye", "ValveBiped.Bip01_R_Eye"), ("bip_eye_L", "bip_eye_R"),
    ("j_f_eye_l", "j_f_eye_r"), ("Eye.L.001", "Eye.R.001"), ("左目", "右目"), ("目.L", "目.R"),
    ("lEye", "rEye"), ("leye", "reye"), ("lefteye", "righteye"), ("EyeL", "EyeR"),
    ("EYE_L", "EYE_R"), ("lf_eye_jnt", "rt_eye_jnt"), ("Jnt_Eye_Lf", "Jnt_Eye_Rt"),
    ("rig:Eye_L_Bind", "rig:Eye_R_Bind"), ("eye.left", "eye.right"), ("eyeballl", "eyeballr"),
    ("HeadEyeL", "HeadEyeR"), ("Left Eye", "Right Eye"), ("LeftEye1", "RightEye1"),
    ("左眼", "右眼"), ("ORG-eye.L", "ORG-eye.R"), ("mixamorig_LeftEye", "mixamorig_RightEye"),
]  # fmt: skip
NO_EYES = [
    "LeftEyebrow", "eye_target.L", "LeftEyeLid", "Eyes", "LeftEye_end", "mEyeAltLeft", "eye_l_ik",
    "EyeSocket_L", "eye_lookat_L", "両目", "左目先", "L_eyelash", "EyeCorner_L", "eye", "Leye_aim",
]  # fmt: skip
PARTS = {
    "jaw": [
        "jaw_master", "c_jawbone.x", "CC_Base_JawRoot", "mJaw", "mixamorig:Jaw", "lowerjaw",
        "ValveBiped.Bip01_Jaw", "j_ago", "lowerJaw", "顎", "FACIAL_C_Jaw", "Jaw_jnt", "mFaceJaw",
    ],
    "tongue": ["Tongue", "tongue01", "mFaceTongueBase", "CC_Base_Tongue01", "j_f_bero_01", "舌"],
}  # fmt: skip
LIDS = [
    "mFaceEyeLidUpper{S}", "{l}EyelidUpper", "{s}eyelidupper", "eyelid_upper_{l}", "{S}Eyelid_jnt",
    "CC_Base_{L}_UpperLid", "j_f_umab_{l}", "b_{l}_eyelid_up", "ValveBiped.Bip01_{L}_UpperLid",
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), EYES)
def test_eyes(left, right):
    assert find_pair(find_part([*BODY, right, left], "eye")) == (left, right)


@pytest.mark.parametrize("name", NO_EYES)
def test_what_is_no_eye(name):
    assert not [each for each in find_part([*BODY, name], "eye") if each.side]


@pytest.mark.parametrize(("part", "name"), [(p, n) for p, names in PARTS.items() for n in names])
def test_jaws_and_tongues(part, name):
    others = ["jaw.L", "jaw_upper", "UpperJaw", "jaw_end", "tongue_target", "tongue_end"]
    found = [each for each in find_part([*BODY, *others, name], part) if not each.side]
    assert [each.name for each in found] == [name]


@pytest.mark.parametrize("pattern", LIDS)
def test_upper_lids(pattern):
    left, right = (
        pattern.format(S=s, s=s.lower(), L=s[0], l=s[0].lower()) for s in ("Left", "Right")
    )
    lower = "mFaceEyeLidLowerLeft"
    assert find_pair(find_part([*BODY, lower, left, right], "upper_lid")) == (left, right)


def test_what_most_bones_begin_with_says_nothing():
    names = ["Hero_Hips", "Hero_Spine", "Hero_Head", "Hero_LeftEye", "Hero_RightEye", "Hair"]
    assert find_pair(find_part(names, "eye")) == ("Hero_LeftEye", "Hero_RightEye")
    assert find_pair(find_part(["Hero_LeftEye", "Hero_RightEye", "Root", "A", "B"], "eye")) is None


def test_few_names_that_all_begin_with_the_eye():
    names = ["Eye.L", "Eye.R", "EyeWhite", "EyeShine", "Head"]
    assert find_pair(find_part(names, "eye")) == ("Eye.L", "Eye.R")


def test_plainer_names_come_first():
    names = ["DEF-eye.L", "Eye.L.001", "eye.L", "LeftEyeBall"]
    assert find_part(names, "eye")[0].name == "eye.L"
    assert find_part(names, "eye")[-1].name == "LeftEyeBall"


def test_makehuman_s_upper_lids_are_told_from_its_lower_ones_by_their_number():
    names = [f"orbicularis0{n}.{side}" for n in (4, 3) for side in "RL"]
    assert find_pair(find_part([*BODY, *names], "upper_lid")) == (
        "orbicularis03.L", "orbicularis03.R",
    )  # fmt: skip
