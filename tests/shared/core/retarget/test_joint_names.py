"""Joints are found by the names other programs give them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from blender_addon.core.errors import SkeletonError
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.retarget.joint_names import (
    COMMON_JOINT_NAMES,
    FAMILIES_FOLDER,
    bundled_families,
    find_common_joints,
    load_joint_family,
    match_family,
    missing_joints,
    swap_side,
)

MIXAMO = "Hips Spine Spine1 Spine2 Neck Head"
MIXAMO_SIDE = "Shoulder Arm ForeArm Hand UpLeg Leg Foot ToeBase"
RIGS = {
    "Mixamo": [
        *(f"mixamorig:{n}" for n in MIXAMO.split()),
        *(f"mixamorig:{s}{n}" for s in ("Left", "Right") for n in MIXAMO_SIDE.split()),
        *(f"mixamorig:{s}HandThumb1" for s in ("Left", "Right")),
    ],
    "Rigify": [
        *("DEF-spine", "DEF-spine.001", "DEF-spine.002", "DEF-spine.003"),
        *("DEF-spine.004", "DEF-spine.005", "DEF-spine.006", "DEF-pelvis.L", "DEF-pelvis.R"),
        *(
            f"DEF-{n}.{s}"
            for s in "LR"
            for n in "shoulder upper_arm forearm hand thigh shin foot toe".split()
        ),
        *(f"DEF-{n}.{s}.001" for s in "LR" for n in ("upper_arm", "forearm", "thigh", "shin")),
    ],
    "Unreal": [
        *("root", "pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"),
        *(
            f"{n}_{s}"
            for s in "lr"
            for n in "clavicle upperarm lowerarm hand thigh calf foot ball ik_foot".split()
        ),
        *(f"{n}_twist_01_{s}" for s in "lr" for n in ("upperarm", "thigh")),
    ],
    "Auto-Rig Pro": [
        *(f"{n}.x" for n in "root spine_01 spine_02 spine_03 neck head jawbone".split()),
        *(
            f"{n}.{s}"
            for s in "lr"
            for n in (
                "shoulder arm_stretch arm_twist forearm_stretch forearm_twist hand thigh_twist "
                "thigh_stretch leg_stretch leg_twist foot toes_01 c_index1 breast"
            ).split()
        ),
    ],
    "Daz Genesis 3 and 8": [
        *"hip pelvis abdomenLower abdomenUpper chestLower chestUpper neckLower neckUpper".split(),
        *("head", "lowerJaw"),
        *(
            s + n
            for s in "lr"
            for n in (
                "Collar ShldrBend ShldrTwist ForearmBend ForearmTwist Hand Carpal1 Pectoral "
                "ThighBend ThighTwist Shin Foot Metatarsals Toe BigToe"
            ).split()
        ),
    ],
    "Daz Genesis 9": [
        *"hip pelvis spine1 spine2 spine3 spine4 neck1 neck2 head".split(),
        *(
            f"{s}_{n}"
            for s in "lr"
            for n in (
                "shoulder upperarm upperarmtwist1 forearm hand pectoral thigh thightwist1 shin "
                "foot metatarsal toes"
            ).split()
        ),
    ],
    "MakeHuman, MPFB": [
        *(f"spine0{n}" for n in range(1, 6)),
        *("root", "neck01", "neck02", "neck03", "head", "jaw"),
        *(
            f"{n}.{s}"
            for s in "LR"
            for n in (
                "clavicle shoulder01 upperarm01 upperarm02 lowerarm01 lowerarm02 wrist pelvis "
                "upperleg01 upperleg02 lowerleg01 lowerleg02 foot toe1-1 toe2-1 finger1-1"
            ).split()
        ),
    ],
    "VRoid": [
        *("Root", "J_Adj_L_FaceEye", "J_Sec_Hair1_01"),
        *(f"J_Bip_C_{n}" for n in "Hips Spine Chest UpperChest Neck Head".split()),
        *(
            f"J_Bip_{s}_{n}"
            for s in "LR"
            for n in (
                "Shoulder UpperArm LowerArm Hand Index1 UpperLeg LowerLeg Foot ToeBase"
            ).split()
        ),
    ],
}


def test_common_names_are_the_common_skeletons() -> None:
    assert COMMON_SKELETON.names == COMMON_JOINT_NAMES
    assert find_common_joints(COMMON_JOINT_NAMES) == {n: n for n in COMMON_JOINT_NAMES}


@pytest.mark.parametrize("rig", RIGS)
def test_rigs_are_found_whole(rig: str) -> None:
    found = find_common_joints(RIGS[rig])
    assert not missing_joints(found, COMMON_JOINT_NAMES)
    assert len(set(found.values())) == len(COMMON_JOINT_NAMES)
    assert list(found) == list(COMMON_JOINT_NAMES)


@pytest.mark.parametrize("family", bundled_families(), ids=lambda family: family.name)
def test_every_family_is_found_by_its_own_names(family) -> None:
    desired = {joint: spellings[0] for joint, spellings in family.spellings.items()}
    assert match_family([*desired.values(), "camera", "prop"]).joints == desired


@pytest.mark.parametrize("family", sorted(RIGS.keys() - {"Mixamo", "Rigify"}))
def test_the_family_is_known(family: str) -> None:
    assert match_family(RIGS[family]).family == family


@pytest.mark.parametrize(
    "side",
    ["{part}.{s}", "{part}_{s}", "{s}_{part}", "{side}{part}", "{side} {part}", "{part}_{side}"],
)
@pytest.mark.parametrize(
    ("arm", "leg"),
    [
        ("Shoulder UpperArm LowerArm Hand", "UpperLeg LowerLeg Foot Toes"),
        ("Clavicle UpperArm ForeArm Wrist", "Thigh Calf Foot Ball"),
        ("Collar UpperArm ForeArm Hand", "Thigh Shin Foot Toe"),
    ],
)
def test_plain_words_are_found_with_the_side_before_or_behind(side, arm, leg) -> None:
    parts = f"{arm} {leg}".split()
    sides = [("L", "Left"), ("R", "Right")]
    names = [side.format(part=p, s=s, side=word) for s, word in sides for p in parts]
    found = find_common_joints(["Hips", "Spine", "Chest", "UpperChest", "Neck", "Head", *names])
    assert not missing_joints(found, COMMON_JOINT_NAMES)
    assert found["RightLeg"] == side.format(part=parts[5], s="R", side="Right")


@pytest.mark.parametrize("prefix", ["mixamorig_", "Character1_", "rig|", "Armature."])
def test_beginnings_that_names_share_are_left_out(prefix: str) -> None:
    names = [prefix + name for name in COMMON_JOINT_NAMES]
    found = find_common_joints([*names, "Root", "IK_Hand", "prop"])
    assert found == dict(zip(COMMON_JOINT_NAMES, names, strict=True))


_WRITTEN = (
    "mixamorig1:{}", "Character1_{}", "{}_jnt", "jnt_{}", "rig_{}_bind", "{}.001", "{}_Mesh",
    "Armature|{}", "ns:sub:{}", "b_{}", "{}-bone",
)  # fmt: skip


@pytest.mark.parametrize("written", _WRITTEN)
@pytest.mark.parametrize(
    ("side", "case"),
    [
        ("{part}.{s}", str.lower), ("{part}_{s}", str.upper), ("{s}_{part}", str.lower),
        ("{side}{part}", str), ("{part}-{low}", str), ("{low}{part}", str), ("{part}{s}", str),
    ],
)  # fmt: skip
def test_names_are_read_whatever_stands_around_them(written: str, side: str, case) -> None:
    parts = "Clavicle UpperArm ForeArm Hand Thigh Shin Foot Toe".split()
    names = [
        side.format(part=case(p), s=s, side=word, low=s.lower())
        for s, word in (("L", "Left"), ("R", "Right"))
        for p in parts
    ]
    names += [case(name) for name in ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head")]
    others = ["Camera", "prop", *(f"hair_{n}" for n in range(40))]
    found = find_common_joints([*(written.format(name) for name in names), *others])
    assert not missing_joints(found, COMMON_JOINT_NAMES)
    assert found["LeftArm"] == written.format(names[1])


@pytest.mark.parametrize("numbered", ["{}_{:02}", "{}.{:03}", "{} {}"])
def test_numbers_that_all_names_end_in_are_left_out(numbered: str) -> None:
    names = [numbered.format(name, n) for n, name in enumerate(COMMON_JOINT_NAMES)]
    assert find_common_joints(names) == dict(zip(COMMON_JOINT_NAMES, names, strict=True))


@pytest.mark.parametrize("side", ["l_{}", "{}_l", "L {}", "Left{}", "{}.L", "jnt_l_{}"])
@pytest.mark.parametrize(
    "words",
    [
        "clavicle shoulder elbow hand hip knee ankle ball",
        "Collar Shoulder Elbow Wrist Hip Knee Ankle Toe",
        "Scapula Shoulder Elbow Hand Hip Knee Foot Toes",
    ],
)
def test_bones_named_for_joints_are_found(side: str, words: str) -> None:
    left = [side.format(word) for word in words.split()]
    right = [next(iter(swap_side(name))) for name in left]
    centre = ["pelvis", "spine", "chest", "upperchest", "neck", "head"]
    if side.startswith("jnt"):
        centre = [f"jnt_{name}" for name in centre]
    found = find_common_joints([*centre, *left, *right])
    assert not missing_joints(found, COMMON_JOINT_NAMES)
    assert (found["LeftArm"], found["LeftUpLeg"]) == (left[1], left[4])


def test_end_bones_are_no_joints() -> None:
    names = [name for name in COMMON_JOINT_NAMES if not name.endswith("Toe")]
    found = find_common_joints([*names, "LeftToe_end", "RightToe_End", "Head_end"])
    assert list(found.values()) == names


_MMD = "下半身 上半身 首 頭 左腕 左ひじ 左足 左ひざ 左足首 右腕 右ひじ 右足 右ひざ 右足首"
_MMD_ENGLISH = (
    "lower_body upper_body neck head arm_L elbow_L leg_L knee_L ankle_L arm_R elbow_R leg_R knee_R "
    "ankle_R"
)


@pytest.mark.parametrize(
    "names",
    [
        _MMD,
        re.sub(r"左(\S+)", r"\1.L", re.sub(r"右(\S+)", r"\1.R", _MMD)),
        re.sub(r"左(\S+)", r"\1_L", re.sub(r"右(\S+)", r"\1_R", _MMD)),
        _MMD_ENGLISH,
    ],
)
def test_names_of_mikumikudance_in_all_their_spellings(names: str) -> None:
    found = match_family(names.split())
    assert found.family == "MikuMikuDance"
    assert not missing_joints(found.joints)
    assert found.joints["LeftUpLeg"] == names.split()[6]


def test_no_bone_is_two_joints() -> None:
    for rig in RIGS.values():
        for used in range(len(rig)):
            found = find_common_joints(rig[used:])
            assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no family of joint names"),
        ("[]", "no family of joint names"),
        ('{"family": "a", "rank": 0}', "'joints'"),
        ('{"family": "a", "rank": 0, "joints": {"Tail": ["tail"]}}', "unknown joints"),
        ('{"family": "a", "rank": 0, "joints": {"Hips": "hips"}}', "'Hips' is no list"),
        ('{"family": "a", "rank": 0, "joints": {}, "more": 1}', "unknown fields"),
    ],
)
def test_files_that_are_no_family(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "joints_bad.json"
    path.write_text(text)
    with pytest.raises(SkeletonError, match=message):
        load_joint_family(path)
    with pytest.raises(SkeletonError, match="cannot be read"):
        load_joint_family(tmp_path / "nowhere.json")


def test_families_have_ranks_and_names_of_their_own() -> None:
    families = bundled_families()
    assert len(families) == len(list(FAMILIES_FOLDER.glob("joints_*.json")))
    assert len({family.rank for family in families}) == len(families)
    assert len({family.name for family in families}) == len(families)


def test_rigify_uses_the_main_bones() -> None:
    found = find_common_joints(RIGS["Rigify"])
    assert found["Hips"] == "DEF-spine"
    assert found["Head"] == "DEF-spine.006"
    assert found["LeftArm"] == "DEF-upper_arm.L"
    assert found["RightToe"] == "DEF-toe.R"


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda n: n.replace("_", ".")])
def test_spelling_does_not_matter(change) -> None:
    found = find_common_joints([change(n) for n in RIGS["Unreal"]])
    assert not missing_joints(found, COMMON_JOINT_NAMES)


def test_one_family_decides() -> None:
    """LeftShoulder is an upper arm beside LeftElbow, and a collar bone beside LeftArm."""
    by_part = "Hips Chest Neck Head LeftCollar LeftShoulder LeftElbow LeftWrist LeftHip LeftKnee"
    assert find_common_joints(by_part.split())["LeftArm"] == "LeftShoulder"
    assert find_common_joints(RIGS["Mixamo"])["LeftShoulder"] == "mixamorig:LeftShoulder"


def test_missing_joints_are_named() -> None:
    lame = [n for n in COMMON_JOINT_NAMES if not n.startswith("LeftLeg")]
    assert missing_joints(find_common_joints(lame)) == ("LeftLeg",)
    assert "Hips" in missing_joints(find_common_joints(["Cube", "Bone.001"]))
    spare = [n for n in COMMON_JOINT_NAMES if n not in ("Spine1", "Spine2", "Neck", "LeftToe")]
    assert missing_joints(find_common_joints(spare)) == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("LeftArm", "RightArm"),
        ("left_hand", "right_hand"),
        ("LEFT_HAND", "RIGHT_HAND"),
        ("upper_arm.L", "upper_arm.R"),
        ("thigh_l", "thigh_r"),
        ("DEF-thigh.L.001", "DEF-thigh.R.001"),
        ("CC_Base_L_Thigh", "CC_Base_R_Thigh"),
        ("Bip01 L Thigh", "Bip01 R Thigh"),
        ("lfemur", "rfemur"),
        ("lShldr", "rShldr"),
        ("LHipJoint", "RHipJoint"),
        ("mixamorig:LeftToeBase", "mixamorig:RightToeBase"),
    ],
)
def test_sides_swap_both_ways(left: str, right: str) -> None:
    assert right in swap_side(left)
    assert left in swap_side(right)


def _families(text: str) -> dict[str, tuple[dict[str, str], list[str]]]:
    """Desired map and joint names by family, from the tables of a SKELETONS.md."""
    table, *sections = text.split("## Common joints")[1].split("\n## ")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    families = {}
    for column, family in enumerate(rows[0][1:], start=1):
        desired = {row[0]: row[column] for row in rows[2:] if row[column] != "-"}
        section = next(s for s in sections if s.startswith(family + "\n"))
        joints = [line for line in section.splitlines() if line.startswith("| ")][1:]
        families[family] = (desired, [line.split("|")[1].strip() for line in joints])
    return families


@pytest.mark.data
@pytest.mark.parametrize(("folder", "count"), [("cmu", 8), ("quaternius", 2), ("kaykit", 1)])
def test_every_family_of_the_data_is_found_as_documented(
    data_dir: Path, folder: str, count: int
) -> None:
    families = _families((data_dir / "mocap" / folder / "SKELETONS.md").read_text())
    assert len(families) == count
    for desired, joints in families.values():
        assert find_common_joints(joints) == desired
