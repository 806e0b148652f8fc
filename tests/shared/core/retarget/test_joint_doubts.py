"""Maps of joints that no body can have are refused, odd ones are told."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import SkeletonError
from blender_addon.core.retarget.joint_doubts import check_plausible, doubtful_joints
from blender_addon.core.retarget.joint_map import check_chosen, doubt_lines, find_joints
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES
from tests.shared.core.retarget.test_joint_map import NAMELESS, TURNS, character

PLAIN = {name: name for name in COMMON_JOINT_NAMES}
GROUND = "ground"


def on_the_ground(*, apart: tuple[str, ...] = (), names: tuple[str, ...] = COMMON_JOINT_NAMES):
    """The common skeleton below a bone on the ground, some joints hung on that bone."""
    tree = character(names)
    parents = [0, *(parent + 1 for parent in tree.parents)]
    parents[0] = -1
    parents[1] = 0
    for joint in apart:
        parents[COMMON_JOINT_NAMES.index(joint) + 1] = 0
    foot = tree.heads[:, 1].min() - 0.02
    ground = np.array([[0.0, foot, 0.0]])
    return replace(
        tree,
        names=(GROUND, *names),
        parents=parents,
        heads=np.concatenate((ground, tree.heads)),
        tails=np.concatenate((ground + np.array([0.0, 0.1, 0.0]), tree.tails)),
    )


@pytest.mark.parametrize("turn", TURNS)
def test_a_body_raises_no_doubt(turn: np.ndarray) -> None:
    tree = character(turn=turn)
    check_plausible(tree, PLAIN)
    assert doubtful_joints(tree, PLAIN) == {}
    assert doubtful_joints(tree, PLAIN, sides_told=False) == {}


def test_hips_on_the_ground_are_refused_and_the_pelvis_is_named() -> None:
    tree = on_the_ground()
    with pytest.raises(
        SkeletonError, match=r"'ground' lie below the knees.*Choose 'Hips' for Hips"
    ):
        check_chosen(tree, {"Hips": GROUND}, find_joints(tree, {"Hips": GROUND}))


def test_hips_on_the_ground_do_where_there_is_no_pelvis() -> None:
    tree = on_the_ground(apart=("Spine", "LeftUpLeg", "RightUpLeg"))
    kept = [n for n, name in enumerate(tree.names) if name != "Hips"]
    number = {old: new for new, old in enumerate(kept)}
    tree = replace(
        tree,
        names=[tree.names[n] for n in kept],
        parents=[number.get(tree.parents[n], -1) for n in kept],
        heads=tree.heads[kept],
        tails=tree.tails[kept],
    )
    found = find_joints(tree, {"Hips": GROUND})
    check_chosen(tree, {"Hips": GROUND}, found)
    assert "nearer to the feet" in found.doubts["Hips"]


@pytest.mark.parametrize("name", ["Root", "Waist", "Hips"])
def test_a_root_on_the_ground_is_no_pelvis_whatever_its_name(name: str) -> None:
    names = ("pelvic bone", *COMMON_JOINT_NAMES[1:])
    tree = on_the_ground(apart=("LeftUpLeg", "RightUpLeg"), names=names)
    tree = replace(tree, names=(name, *tree.names[1:]))
    found = find_joints(tree)
    check_chosen(tree, {}, found)
    assert found.bones["Hips"] == "pelvic bone"


@pytest.mark.parametrize(
    ("swap", "message"),
    [
        ({"Head": "LeftToe"}, "do not lead down from the hips|does not lie above"),
        ({"LeftUpLeg": "LeftFoot", "LeftFoot": "LeftUpLeg", "RightUpLeg": "RightFoot",
          "RightFoot": "RightUpLeg"}, "do not lead down from the hips"),
        ({"Head": "RightLeg"}, "does not lie above the thighs"),
    ],
)  # fmt: skip
def test_joints_upside_down_are_refused(swap: dict[str, str], message: str) -> None:
    with pytest.raises(SkeletonError, match=f"({message}).*Choose"):
        check_plausible(character(), PLAIN | swap)


@pytest.mark.parametrize(
    ("changed", "joint", "reason"),
    [
        ({"LeftArm": "LeftShoulder", "RightArm": "RightShoulder"}, "LeftArm", "collar bone"),
        ({"LeftForeArm": "LeftHand"}, "LeftForeArm", "as long"),
        ({"LeftLeg": "LeftFoot", "LeftFoot": "LeftToe"}, "LeftLeg", "as long"),
        ({"LeftArm": "RightArm", "RightArm": "LeftArm"}, "LeftArm", "other way round"),
        ({s + p: o + p for s, o in (("Left", "Right"), ("Right", "Left"))
          for p in ("UpLeg", "Leg", "Foot", "Toe")}, "LeftUpLeg", "backwards"),
        ({"Head": "Spine1"}, "Head", "below the shoulders"),
        ({"LeftLeg": "LeftUpLeg", "LeftUpLeg": "LeftLeg"}, "LeftLeg", "between hip socket"),
    ],
)  # fmt: skip
def test_odd_maps_are_told_at_the_joint(changed: dict[str, str], joint: str, reason: str) -> None:
    assert re.search(reason, doubtful_joints(character(), PLAIN | changed)[joint])


def test_sides_that_differ_are_told() -> None:
    tree = character()
    heads = tree.heads.copy()
    heads[COMMON_JOINT_NAMES.index("LeftForeArm"), 0] += 0.055
    doubts = doubtful_joints(replace(tree, heads=heads), PLAIN)
    assert "on one side as on the other" in doubts["LeftForeArm"]
    assert "on one side as on the other" in doubts["RightForeArm"]
    lines = doubt_lines(find_joints(replace(tree, heads=heads)))
    assert any("Left Forearm 'LeftForeArm'" in line for line in lines)


def test_sides_read_from_hanging_feet_are_a_guess() -> None:
    tree = character(NAMELESS)
    heads, tails = tree.heads.copy(), tree.tails.copy()
    for side in ("Left", "Right"):
        foot, toe = (COMMON_JOINT_NAMES.index(side + part) for part in ("Foot", "Toe"))
        heads[toe] = heads[foot] - [0.0, 0.15, 0.0]
        tails[foot], tails[toe] = heads[toe], heads[toe] - [0.0, 0.06, 0.0]
    found = find_joints(replace(tree, heads=heads, tails=tails))
    assert "its side is a guess" in found.doubts["LeftUpLeg"]
