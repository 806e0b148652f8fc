"""Joints are found by structure alone, whatever their names, axes and unit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.bvh import read_bvh
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.joint_names import find_common_joints, missing_joints
from blender_addon.core.retarget.joint_structure import find_joints_by_structure
from blender_addon.core.retarget.joint_tree import JointTree

FAMILIES = (
    "amc_01_02", "amp_hop", "bvh11_131_01", "expmap_test_basketball_1", "iclone_001_01",
    "jump_91_48", "poselib_09_11", "acrnn_indian_04",
)  # fmt: skip


def tree_of(skeleton: Skeleton, seed: int, *, scale: float = 1.0) -> JointTree:
    """The skeleton under names that say nothing, turned anyhow."""
    heads = skeleton.rest_positions().astype(np.float64)
    tails = heads.copy()
    for joint, name in enumerate(skeleton.names):
        children = np.flatnonzero(skeleton.parents == joint)
        if name in skeleton.ends:
            tails[joint] += skeleton.ends[name]
        elif len(children):
            tails[joint] = heads[children].mean(axis=0)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    turn *= scale * np.sign(np.linalg.det(turn))
    names = [f"Bone.{number:03}" for number in range(skeleton.joint_count)]
    return JointTree(names, skeleton.parents.tolist(), heads @ turn.T, tails @ turn.T)


def found_numbers(skeleton: Skeleton, tree: JointTree) -> dict[str, str]:
    found = find_joints_by_structure(tree)
    return {common: skeleton.names[int(bone[-3:])] for common, bone in found.items()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scale", [1.0, 0.01, 100.0])
def test_the_common_skeleton_is_found_in_any_axes_and_unit(seed: int, scale: float) -> None:
    found = found_numbers(COMMON_SKELETON, tree_of(COMMON_SKELETON, seed, scale=scale))
    assert found == {name: name for name in COMMON_SKELETON.names}


def test_twist_bones_and_a_ponytail_do_not_mislead() -> None:
    skeleton = COMMON_SKELETON
    names, parents = list(skeleton.names), skeleton.parents.tolist()
    offsets, ends = [tuple(row) for row in skeleton.offsets.tolist()], dict(skeleton.ends)
    for limb, below in (("LeftLeg", "LeftFoot"), ("RightLeg", "RightFoot")):
        half = tuple(0.5 * np.array(offsets[names.index(below)]))
        names.append(f"{limb} Twist")
        parents.append(names.index(limb))
        offsets.append(half)
    parents.append(names.index("Head"))
    names.append("Ponytail")
    offsets.append((0.0, 0.15, -0.1))
    ends["Ponytail"] = (0.0, -0.4, -0.05)
    more = Skeleton(tuple(names), np.array(parents), np.array(offsets), ends)
    found = found_numbers(more, tree_of(more, 1))
    assert found == {name: name for name in COMMON_SKELETON.names}


def test_eyes_and_a_jaw_are_not_taken_for_the_head() -> None:
    skeleton = COMMON_SKELETON
    head, count = skeleton.names.index("Head"), skeleton.joint_count
    more = Skeleton(
        (*skeleton.names, "Left Eye", "Right Eye", "Jaw"),
        np.array([*skeleton.parents.tolist(), head, head, head]),
        np.array([*skeleton.offsets.tolist(), (0.03, 0.06, 0.08), (-0.03, 0.06, 0.08), (0, 0, 0)]),
        {**skeleton.ends, "Jaw": (0.0, -0.02, 0.08), "Left Eye": (0.0, 0.0, 0.02),
         "Right Eye": (0.0, 0.0, 0.02)},
    )  # fmt: skip
    assert more.joint_count == count + 3
    found = found_numbers(more, tree_of(more, 2))
    assert found == {name: name for name in skeleton.names}


@pytest.mark.data
@pytest.mark.parametrize("name", FAMILIES)
def test_recorded_skeletons_are_found_as_by_their_names(data_dir: Path, name: str) -> None:
    skeleton = read_bvh(data_dir / "mocap/cmu" / f"{name}.bvh").skeleton
    found = found_numbers(skeleton, tree_of(skeleton, 3))
    desired = find_common_joints(skeleton.names)
    differing = {common for common, joint in desired.items() if found.get(common) != joint}
    assert differing <= {"Neck"}
    assert not missing_joints(found)


def test_a_chain_or_a_star_is_no_character() -> None:
    heads = np.array([[0, n, 0] for n in range(5)], np.float64)
    chain = JointTree(list("abcde"), [-1, 0, 1, 2, 3], heads, heads + np.eye(3)[1])
    assert find_joints_by_structure(chain) == {}
    star = JointTree(list("abc"), [-1, 0, 0], heads[:3], heads[:3] + np.eye(3)[0])
    assert find_joints_by_structure(star) == {}
    nothing = np.zeros((0, 3))
    assert find_joints_by_structure(JointTree([], [], nothing, nothing)) == {}
