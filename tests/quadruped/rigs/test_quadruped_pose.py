"""A rig's bones follow its body: planted tips stay, nothing stretches, feet do what feet do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.quadruped.rig.feet import held_place, held_while, swing_weight
from blender_addon.core.quadruped.rig.find import find_quadruped
from blender_addon.core.quadruped.rig.leg_solve import bent, brought_near, solve_hind
from blender_addon.core.quadruped.rig.posed import RigPose, pose_rig
from blender_addon.core.quadruped.rig.rig_map import LegMap, QuadrupedMap
from blender_addon.core.retarget.joint_tree import JointTree
from tests.quadruped.rigs.trees import animal, without
from tests.quadruped.rigs.ways import motion_of, short_way


def _found(kind: str) -> QuadrupedMap:
    return find_quadruped(animal(kind)[0])


def _bladeless() -> QuadrupedMap:
    """A horse whose front legs begin at the elbow and hang on the chest."""
    tree, _ = animal("horse")
    hung = {f"forearm.{s}": "chest" for s in "LR"}
    parents = [
        tree.names.index(hung[name]) if name in hung else parent
        for name, parent in zip(tree.names, tree.parents, strict=True)
    ]
    tree = JointTree(tree.names, parents, tree.heads, tree.tails)
    return find_quadruped(without(tree, lambda name: name.startswith(("scapula", "humerus"))))


def _uneven() -> QuadrupedMap:
    """A horse whose left cannon bones are a little longer than the right."""
    tree, _ = animal("horse")
    heads = tree.heads.copy()
    for name in ("hock.L", "carpus.L"):
        heads[tree.names.index(name), 2] += 0.012
    return find_quadruped(JointTree(tree.names, tree.parents, heads, tree.tails))


def _pose(found: QuadrupedMap, froude: float = 0.15, fixed: bool = False) -> tuple[RigPose, object]:
    body = found.body()
    clip, _ = short_way(body, froude)
    tops = frozenset(leg.bones[0] for leg in found.legs) if fixed else frozenset()
    return pose_rig(found, 1.0, motion_of(clip, body), tops), clip.contacts


def _point(pose: RigPose, leg: LegMap, place: int) -> np.ndarray:
    """(T, 3) where a point of a leg is, by the bone that carries it."""
    bone = min(place, len(leg.bones) - 1)
    number = pose.names.index(leg.bones[bone])
    off = leg.points[place] - leg.points[bone]
    return pose.heads[:, number] + quaternion_rotate(pose.turns_wxyz[:, number], off)


@pytest.mark.parametrize(
    "found",
    [_found("dog"), _found("horse"), _bladeless(), _uneven()],
    ids=["dog", "horse", "no blade", "uneven"],
)
@pytest.mark.parametrize("froude", [0.15, 3.0])
def test_planted_tips_do_not_move_and_nothing_stretches(found: QuadrupedMap, froude: float) -> None:
    pose, contacts = _pose(found, froude)
    for foot, leg in enumerate(found.legs):
        paw = _point(pose, leg, leg.joints[3])
        still = contacts[1:, foot] & contacts[:-1, foot]
        inner = still[1:-1] & still[2:] & still[:-2]
        steps = np.linalg.norm(np.diff(paw, axis=0), axis=1)[1:-1][inner]
        assert len(steps) and steps.max() < 0.002 * found.hip_height, leg.name
        first = leg.joints[0] if leg.joints[0] >= 0 else leg.joints[1]
        for bone in range(first, len(leg.bones) - 1):
            far = np.linalg.norm(_point(pose, leg, bone) - _point(pose, leg, bone + 1), axis=1)
            rest = np.linalg.norm(leg.points[bone] - leg.points[bone + 1])
            assert far == pytest.approx(rest, abs=1e-6), (leg.name, bone)


def test_a_shoulder_that_cannot_move_falls_short_rather_than_stretches() -> None:
    found = _bladeless()
    free, _ = _pose(found)
    tied, _ = _pose(found, fixed=True)
    assert free.lacking_m.max() < 0.01 * found.hip_height
    assert tied.lacking_m[:, [0, 2]].max() < 0.01 * found.hip_height
    assert tied.lacking_m[:, [1, 3]].max() > 0.01 * found.hip_height
    leg = found.legs[1]
    far = np.linalg.norm(_point(tied, leg, 0) - _point(tied, leg, 1), axis=1)
    assert far == pytest.approx(np.linalg.norm(leg.points[0] - leg.points[1]), abs=1e-6)


def _pitch_deg(pose: RigPose, bone: str) -> np.ndarray:
    """(T,) how far a bone is turned out of the level, positive with its front down."""
    turns = pose.turns_wxyz[:, pose.names.index(bone)]
    ahead = quaternion_rotate(turns, np.array([0.0, 0.0, 1.0]))
    return np.degrees(np.arcsin(np.clip(-ahead[:, 1], -1.0, 1.0)))


def test_hooves_stand_flat_and_fold_in_the_air() -> None:
    found = _found("horse")
    pose, contacts = _pose(found)
    for foot, leg in enumerate(found.legs):
        pitch, stands = _pitch_deg(pose, leg.bones[-1]), contacts[:, foot]
        assert np.median(pitch[stands]) < 5.0, leg.name
        assert pitch[stands].min() > -3.0, leg.name  # no heel goes into the ground
        assert pitch[~stands].max() > 30.0, leg.name
        cannon = _pitch_deg(pose, leg.bones[-3])
        assert np.abs(cannon[stands]).max() < 60.0, leg.name


def test_toes_lie_flat_while_a_paw_stands_and_hang_in_the_air() -> None:
    found = _found("dog")
    pose, contacts = _pose(found)
    for foot, leg in enumerate(found.legs):
        pitch, stands = _pitch_deg(pose, leg.bones[-1]), contacts[:, foot]
        assert np.abs(pitch[stands]).max() < 3.0, leg.name
        assert pitch[~stands].max() > 20.0, leg.name


def test_the_trunk_goes_along_the_bodys_line_bone_by_bone() -> None:
    tree, _ = animal("horse")
    found = find_quadruped(tree)
    body = found.body()
    clip, _ = short_way(body)
    motion = motion_of(clip, body)
    pose = pose_rig(found, 1.0, motion)
    for joint in ("hips", "chest", "neck", "head"):
        bone = pose.names.index(found.bones[joint])
        off = pose.heads[:, bone] - motion.positions[:, clip.skeleton.names.index(joint)]
        assert np.linalg.norm(off, axis=1).max() < 0.01 * body.hip_height_m, joint


def test_values_hold_while_a_foot_stands() -> None:
    contact = np.array([0, 1, 1, 1, 0, 0, 0, 1, 1], bool)
    held = held_while(contact, np.arange(9.0))
    assert held[1:4] == pytest.approx(2.0) and held[7:] == pytest.approx(7.5)
    assert np.all(np.diff(held) >= 0.0)
    assert held_while(np.zeros(3, bool), np.arange(3.0)) == pytest.approx([0, 1, 2])
    places = np.stack((np.arange(9.0) * 1e-3, np.zeros(9), np.zeros(9)), axis=1)
    still = held_place(contact, places, 1.0)
    assert still[1:4, 0] == pytest.approx(0.002) and still[7:, 0] == pytest.approx(0.0075)
    assert held_place(np.zeros(9, bool), places, 1.0) == pytest.approx(places)
    assert held_place(contact, places, 0.0) == pytest.approx(places)


def test_a_swing_folds_in_its_middle_and_a_short_one_less() -> None:
    contact = np.ones(60, bool)
    contact[10:30] = False
    contact[40:42] = False
    weight = swing_weight(contact, 60.0)
    assert weight[contact] == pytest.approx(0.0)
    assert weight[19:21] == pytest.approx(1.0, abs=0.01)
    assert 0.0 < weight[40:42].max() < 0.1


def test_a_leg_out_of_reach_points_at_its_target() -> None:
    top, target = np.zeros((1, 3)), np.array([[0.0, -2.0, 0.0]])
    wanted = [
        np.array([p], float) for p in ([0, 0, 0], [0, -0.3, 0.1], [0, -0.6, -0.1], [0, -1, 0])
    ]
    stifle, hock, paw, lacking = solve_hind(top, target, wanted, (0.35, 0.35, 0.3))
    assert lacking == pytest.approx([1.0])
    assert paw[0] == pytest.approx([0.0, -1.0, 0.0], abs=2e-2)
    assert np.linalg.norm(stifle - top) == pytest.approx(0.35)
    assert np.linalg.norm(hock - stifle) == pytest.approx(0.35)


def test_a_point_is_turned_only_as_far_as_needed() -> None:
    goal, centre = np.zeros((1, 3)), np.array([[0.0, -1.0, 0.0]])
    near, far = np.array([[0.0, -0.7, 0.0]]), np.array([[0.0, -1.0, 0.3]])
    assert brought_near(goal, centre, near, 0.3, 0.8) == pytest.approx(near)
    moved = brought_near(goal, centre, far, 0.3, 0.8)
    assert np.linalg.norm(moved) == pytest.approx(0.8)
    assert np.linalg.norm(moved - centre) == pytest.approx(0.3)
    joint = bent(goal, moved, (0.5, 0.5), np.array([[0.0, 0.0, 1.0]]))
    assert np.linalg.norm(joint) == pytest.approx(0.5) and joint[0, 2] > 0


def test_a_map_keeps_its_size_out_of_the_body() -> None:
    found = _found("dog")
    small = replace(found).body(0.1)
    assert small.vector == pytest.approx(found.body().vector, abs=1e-5)
