"""The neck is found above the arms, however many bones the trunk has."""

from __future__ import annotations

import numpy as np

from blender_addon.core.retarget.joint_map import find_joints
from blender_addon.core.retarget.joint_neck import with_neck_above_arms
from blender_addon.core.retarget.joint_tree import JointTree


def trunk(spine: int, neck: int, arms_on: int, prefix: str = "") -> JointTree:
    """A hip, spine and neck bones in one column, a head, and both upper arms on one of them."""
    count = 1 + spine + neck + 1
    names = [f"{prefix}spine" if n == 0 else f"{prefix}spine.{n:03}" for n in range(count)]
    heads = [(0.0, 1.0 + 0.1 * n, 0.0) for n in range(count)]
    parents = [n - 1 for n in range(count)]
    for sign, letter in ((1.0, "L"), (-1.0, "R")):
        names += [f"{prefix}upper_arm.{letter}"]
        heads += [(0.2 * sign, 1.0 + 0.1 * arms_on, 0.0)]
        parents += [arms_on]
    places = np.array(heads)
    return JointTree(names, parents, places, places + np.array([0.0, 0.1, 0.0]))


def joints(neck: str, head: str, prefix: str = "") -> dict[str, str]:
    arms = {"LeftArm": f"{prefix}upper_arm.L", "RightArm": f"{prefix}upper_arm.R"}
    return {"Neck": f"{prefix}{neck}", "Head": f"{prefix}{head}", **arms}


def test_a_bone_that_carries_the_arms_is_no_neck():
    tree = trunk(spine=4, neck=1, arms_on=4)
    assert with_neck_above_arms(tree, joints("spine.004", "spine.006"))["Neck"] == "spine.005"


def test_a_neck_above_the_arms_stays():
    tree = trunk(spine=3, neck=2, arms_on=3)
    found = joints("spine.004", "spine.006")
    assert with_neck_above_arms(tree, found) == found


def test_collar_bones_on_the_only_neck_bone_leave_it():
    tree = trunk(spine=3, neck=1, arms_on=4)
    found = joints("spine.004", "spine.005")
    assert with_neck_above_arms(tree, found) == found


def test_a_copy_of_the_bone_carries_for_it():
    deform, control = trunk(4, 1, arms_on=4, prefix="DEF-"), trunk(4, 1, arms_on=4, prefix="ORG-")
    names = [*control.names, *deform.names]
    parents = [*control.parents, *(p + len(control.names) for p in deform.parents)]
    parents[len(control.names)] = -1
    for letter in "LR":  # the deforming arms hang on controls
        parents[names.index(f"DEF-upper_arm.{letter}")] = names.index("ORG-spine.004")
    tree = JointTree(names, parents, np.tile(control.heads, (2, 1)), np.tile(control.tails, (2, 1)))
    moved = with_neck_above_arms(tree, joints("spine.004", "spine.006", "DEF-"))
    assert moved["Neck"] == "DEF-spine.005"


def test_what_is_found_without_a_head_stays():
    tree = trunk(spine=4, neck=1, arms_on=4)
    found = {"Neck": "spine.004", "LeftArm": "upper_arm.L"}
    assert with_neck_above_arms(tree, found) == found


def test_a_neck_set_by_hand_is_kept():
    tree = trunk(spine=4, neck=1, arms_on=4)
    assert find_joints(tree, {"Neck": "spine.004"}).bones["Neck"] == "spine.004"
