"""Rigs of four-legged animals are found by their build, whatever their names and axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import SkeletonError
from blender_addon.core.quadruped.body import Family, FootKind
from blender_addon.core.quadruped.rig.find import find_quadruped
from blender_addon.core.quadruped.skeleton import JOINTS
from blender_addon.core.retarget.joint_tree import JointTree
from tests.quadruped.rigs.trees import (
    BIPED,
    DOG,
    HORSE,
    PACK,
    PLAIN,
    UNREAL,
    animal,
    snake,
    turned,
    unnamed,
    with_middle_legs,
    without,
)
from tests.quadruped.rigs.variants import (
    sorted_tree,
    trembling,
    with_controls,
    with_copies,
    with_twists,
    with_wings_and_saddle,
)

_UP = np.array([0.0, 0.0, 1.0])
_QUARTER = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_SIDE = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
_OVER = np.diag([-1.0, 1.0, -1.0])


@pytest.mark.parametrize("names", [PLAIN, UNREAL, BIPED, PACK], ids=["plain", "ue", "bip", "pack"])
@pytest.mark.parametrize(("kind", "right"), [("dog", DOG), ("horse", HORSE)])
def test_each_joint_is_found_where_it_is(
    kind: str, right: Mapping[str, str], names: Mapping[str, str]
) -> None:
    tree, called = animal(kind, names)
    found = find_quadruped(tree, up=_UP)
    for joint, bone in right.items():
        assert found.bones[joint] == called[bone], joint
    assert found.foot is (FootKind.PAW if kind == "dog" else FootKind.HOOF)
    assert found.family is (Family.CANINE if kind == "dog" else Family.HOOFED)
    assert found.hip_height == pytest.approx(0.9 if kind == "dog" else 0.92)
    assert set(found.places) == set(JOINTS)
    assert not found.warnings


def test_hips_that_begin_below_the_legs_tops_are_taken_as_high_as_others_are() -> None:
    tree, called = animal("dog")
    heads = tree.heads.copy()
    heads[tree.names.index(called["hips"]), 2] = 0.75
    found = find_quadruped(replace(tree, heads=heads), up=_UP)
    assert found.bones["hips"] == called["hips"]
    assert found.places["hips"][1] == pytest.approx(1.04 * found.hip_height)
    assert found.begins[called["hips"]][1] == pytest.approx(0.75)


@pytest.mark.parametrize(("kind", "right"), [("dog", DOG), ("horse", HORSE)])
@pytest.mark.parametrize(
    "axes", [np.eye(3), _QUARTER, _QUARTER @ _QUARTER, _Y_UP], ids=["-Y", "+X", "+Y", "Y up"]
)
def test_neither_names_nor_axes_nor_size_matter(
    kind: str, right: Mapping[str, str], axes: np.ndarray
) -> None:
    tree, _ = animal(kind)
    blank, new = unnamed(tree)
    found = find_quadruped(turned(blank, 40.0 * axes))
    for joint, bone in right.items():
        assert found.bones[joint] == new[bone], joint
    assert found.foot is (FootKind.PAW if kind == "dog" else FootKind.HOOF)
    assert len(found.ears) == 2 and len(found.tail) == 3
    assert found.axes @ (axes @ np.array([0.0, -1.0, 0.0])) == pytest.approx([0.0, 0.0, 1.0])
    assert np.linalg.det(found.axes) == pytest.approx(1.0)


def test_feet_that_hang_elsewhere_go_on_from_their_legs() -> None:
    tree, _ = animal("horse")
    parents = list(tree.parents)
    for name in ("forefetlock", "hindfetlock"):
        for side in ("L", "R"):
            parents[tree.names.index(f"{name}.{side}")] = -1
    loose = JointTree(tree.names, parents, tree.heads, tree.heads + np.array([0.0, 1e-3, 0.0]))
    for seen in (loose, unnamed(loose)[0]):
        found = find_quadruped(sorted_tree(seen), up=_UP)
        assert [len(leg.apart) for leg in found.legs] == [1, 1, 1, 1]
        assert found.foot is FootKind.HOOF
        assert found.places["left_fore_paw"][1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("kind", "right"), [("dog", DOG), ("horse", HORSE)])
@pytest.mark.parametrize(
    "change",
    [
        with_controls,
        with_wings_and_saddle,
        with_twists,
        lambda tree: with_copies(tree, "MCH-"),
        lambda tree: with_copies(tree, "ctrl_fk_"),
        lambda tree: trembling(tree, 0.01),
    ],
    ids=["controls", "wings", "twists", "copies", "FK copies", "trembling"],
)
def test_what_else_hangs_on_a_rig_does_not_mislead(
    kind: str, right: Mapping[str, str], change: Callable[[JointTree], JointTree]
) -> None:
    tree = change(animal(kind)[0])
    found = find_quadruped(tree, up=_UP)
    allowed = {"thigh.R": "thigh_twist.R", "humerus.L": "humerus_twist.L"}
    for joint, bone in right.items():
        assert found.bones[joint] in (bone, allowed.get(bone)), joint
    assert found.foot is (FootKind.PAW if kind == "dog" else FootKind.HOOF)
    blank, new = unnamed(tree)
    found = find_quadruped(blank, up=_UP)
    for joint in ("hips", "right_hind_hock", "left_fore_paw", "right_hind_paw"):
        names = {new[right[joint]]} | {new.get(f"{p}{right[joint]}") for p in _COPIES}
        assert found.bones[joint] in names, joint


_COPIES = ("MCH-", "ctrl_fk_")


def test_what_is_set_by_hand_wins() -> None:
    tree, _ = animal("horse")
    found = find_quadruped(
        tree, {"chest": "spine2", "left_fore_upper": "humerus.L", "spine": "spine1"}, _UP
    )
    assert found.column[-1] == "spine2" and found.neck[0] == "chest"
    assert found.bones["left_fore_upper"] == "humerus.L"
    assert found.bones["right_fore_upper"] == "forearm.R"
    found = find_quadruped(tree, up=_UP, foot=FootKind.PAW)
    assert (found.foot, found.family) == (FootKind.PAW, Family.CANINE)
    assert find_quadruped(tree, up=_UP, family=Family.CANINE).foot is FootKind.HOOF


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"hips": "nothing"}, "does not exist"),
        ({"wing": "hips"}, "is no joint"),
        ({"left_hind_hock": "hock.R"}, "none of that leg's bones"),
        ({"left_hind_hock": "thigh.L"}, "in another order"),
        ({"head": "tail1"}, "from hips to head"),
        ({"chest": "head"}, "in another order"),
    ],
)
def test_what_cannot_be_meant_is_refused(chosen: Mapping[str, str], said: str) -> None:
    with pytest.raises(SkeletonError, match=said):
        find_quadruped(animal()[0], chosen, _UP)


def _three(tree: JointTree) -> JointTree:
    return without(tree, lambda name: name == "scapula.R")


def _two(tree: JointTree) -> JointTree:
    return without(tree, lambda name: name.startswith("scapula"))


def _stumps(tree: JointTree) -> JointTree:
    return without(tree, lambda name: name in ("shin.L", "shin.R"))


def _flat(tree: JointTree) -> JointTree:
    low = np.array([1.0, 1.0, 0.05])
    heads, tails = tree.heads * low, tree.tails * low
    return JointTree(tree.names, tree.parents, heads, tails)


def _dog() -> JointTree:
    return animal()[0]


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (JointTree([], [], np.empty((0, 3)), np.empty((0, 3))), "no bones"),
        (snake(), "found no legs"),
        (_two(_dog()), "two-legged rig"),
        (_three(_dog()), "found three legs"),
        (with_middle_legs(_dog()), "found six legs"),
        (turned(_dog(), _SIDE), "lies on its side"),
        (turned(_dog(), _OVER), "upside down"),
        (_flat(_dog()), "far too short"),
    ],
    ids=["empty", "snake", "two", "three", "six", "side", "over", "short"],
)
def test_what_is_no_standing_animal_is_refused_with_words(tree: JointTree, said: str) -> None:
    with pytest.raises(SkeletonError, match=said):
        find_quadruped(tree, up=_UP)


def test_a_leg_without_its_lower_half_is_no_leg() -> None:
    with pytest.raises(SkeletonError):
        find_quadruped(_stumps(_dog()), up=_UP)
    assert find_quadruped(_dog(), up=_UP).legs and find_quadruped(_dog()).legs


def test_legs_of_different_length_are_told_with_the_numbers() -> None:
    tree, _ = animal("horse")
    heads, tails = tree.heads.copy(), tree.tails.copy()
    for name in ("carpus.R", "forefetlock.R", "forehoof.R"):
        heads[tree.names.index(name), 2] += 0.06
    tails[tree.names.index("forehoof.R"), 2] += 0.06
    found = find_quadruped(JointTree(tree.names, tree.parents, heads, tails), up=_UP)
    assert len(found.warnings) == 1
    assert "right front leg is" in found.warnings[0] and "%" in found.warnings[0]


def test_a_hoofed_animal_with_paw_bones_is_granted_and_doubted() -> None:
    tree, _ = animal("horse", {"forehoof": "claw_{S}", "hindhoof": "toes_{S}"})
    found = find_quadruped(tree, up=_UP, hints=("Horse",))
    assert found.foot is FootKind.HOOF
    assert any("bones of paws" in doubt for doubt in found.doubts)
    assert not find_quadruped(animal("horse")[0], up=_UP, hints=("Horse",)).doubts


def test_its_name_tells_what_it_stands_on() -> None:
    tree, _ = animal("dog")
    bear = find_quadruped(tree, up=_UP, hints=("Bear Rig",))
    assert (bear.foot, bear.family) == (FootKind.SOLE, Family.CANINE)
    odd = find_quadruped(tree, up=_UP, hints=("Goat",))
    assert odd.foot is FootKind.HOOF and odd.doubts


def test_the_body_is_square_and_even() -> None:
    tree, _ = animal("dog")
    body = find_quadruped(tree, up=_UP).body(0.01)
    rest = body.rest_m
    assert body.hip_height_m == pytest.approx(0.009, rel=1e-5)
    left = rest[[n for n, joint in enumerate(JOINTS) if joint.startswith("left")]]
    right = rest[[n for n, joint in enumerate(JOINTS) if joint.startswith("right")]]
    assert left * [-1, 1, 1] == pytest.approx(right, abs=1e-7)
    assert not body.bends_forward.any()
    assert find_quadruped(animal("horse")[0], up=_UP).body().bends_forward.tolist() == [
        False, True, False, True,
    ]  # fmt: skip
