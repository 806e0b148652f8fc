"""Joints set by hand override what is found, and maps that cannot be meant are refused."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import SkeletonError
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.retarget.joint_map import (
    Origin,
    check_chosen,
    find_joints,
    map_from_json,
    map_to_json,
    mirror_chosen,
)
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES
from blender_addon.core.retarget.joint_tree import JointTree


def character(names: tuple[str, ...] = COMMON_JOINT_NAMES, turn: np.ndarray | None = None):
    """The common skeleton with these names, its axes turned."""
    heads = COMMON_SKELETON.rest_positions().astype(np.float64)
    parents = COMMON_SKELETON.parents.tolist()
    tails = heads + np.array([0.0, 0.02, 0.0])
    for joint, parent in enumerate(parents):
        if parent > 0:
            tails[parent] = heads[joint]
    for side in ("Left", "Right"):
        toe = COMMON_SKELETON.index(side + "Toe")
        tails[toe] = heads[toe] + np.array([0.0, 0.0, 0.05])
    turn = np.eye(3) if turn is None else turn
    return JointTree(names, parents, heads @ turn.T, tails @ turn.T)


NAMELESS = tuple(f"bone {n}" for n in range(len(COMMON_JOINT_NAMES)))
TURNS = [np.eye(3), np.eye(3)[[1, 2, 0]], np.diag([-1.0, 1.0, -1.0])]


def test_what_is_set_wins_and_the_rest_is_found() -> None:
    found = find_joints(character(), {"LeftArm": "LeftShoulder", "Spine": ""})
    assert found.bones["LeftArm"] == "LeftShoulder"
    assert "LeftShoulder" not in found.bones
    assert found.origins["LeftArm"] is Origin.HAND
    assert found.origins["Spine"] is Origin.NAME
    assert found.missing == ()


@pytest.mark.parametrize("turn", TURNS)
def test_structure_completes_what_names_and_hand_leave_open(turn: np.ndarray) -> None:
    found = find_joints(character(NAMELESS, turn), {"Head": NAMELESS[5]})
    assert dict(found.bones) == dict(zip(COMMON_JOINT_NAMES, NAMELESS, strict=True))
    assert found.origins["Head"] is Origin.HAND
    assert found.origins["Hips"] is Origin.STRUCTURE
    assert found.family == ""


def test_every_joint_may_be_set() -> None:
    chosen = dict(zip(COMMON_JOINT_NAMES, NAMELESS, strict=True))
    tree = character(NAMELESS)
    found = find_joints(tree, chosen)
    check_chosen(tree, chosen, found)
    assert set(found.origins.values()) == {Origin.HAND}


@pytest.mark.parametrize(
    ("joint", "bone"),
    [("LeftUpLeg", "Spine"), ("LeftFoot", "RightFoot"), ("Head", "LeftHand"), ("Spine", "LeftLeg")],
)
def test_a_joint_has_to_hang_below_the_one_before_it(joint: str, bone: str) -> None:
    tree, chosen = character(), {joint: bone}
    with pytest.raises(SkeletonError, match="does not hang below"):
        check_chosen(tree, chosen, find_joints(tree, chosen))


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize(("source", "target"), [("Left", "Right"), ("Right", "Left")])
def test_sides_are_mirrored_by_place(turn: np.ndarray, source: str, target: str) -> None:
    given = dict(zip(COMMON_JOINT_NAMES, NAMELESS, strict=True))
    chosen = {name: bone for name, bone in given.items() if not name.startswith(target)}
    mirrored, without = mirror_chosen(character(NAMELESS, turn), chosen, source)
    assert mirrored == given
    assert without == ()


def test_what_lies_in_the_middle_has_no_partner() -> None:
    chosen = {"LeftHand": NAMELESS[5]}
    assert mirror_chosen(character(NAMELESS), chosen) == (chosen, ("LeftHand",))


def test_a_map_survives_its_file() -> None:
    chosen = {"Hips": "Becken", "LeftHand": 'a "hand" – ü', "Head": ""}
    desired = {name: bone for name, bone in chosen.items() if bone}
    assert map_from_json(map_to_json(chosen), "here") == desired


@pytest.mark.parametrize("text", ["", "3", "{}", "[" * 100_000, '{"format": 1, "joints": 3}'])
def test_texts_that_are_no_map(text: str) -> None:
    with pytest.raises(SkeletonError, match="here is no map of joints"):
        map_from_json(text, "here")
