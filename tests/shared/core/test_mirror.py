"""A mirrored clip is what a mirror shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.bvh import read_bvh
from blender_addon.core.errors import SkeletonError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.mirror import mirror_clip, mirror_joint_order
from blender_addon.core.motion.skeleton import Skeleton
from tests.shared.core.motion_samples import about, random_rotations, stepping_clip, turn_rest

FLIP = np.array([-1.0, 1.0, 1.0])


def assert_is_reflection(clip: MotionClip) -> None:
    mirrored = mirror_clip(clip)
    order = mirror_joint_order(clip.skeleton.names)
    here, there = (
        forward_kinematics(c.skeleton, c.root_positions, c.rotations_wxyz)[0]
        for c in (clip, mirrored)
    )
    np.testing.assert_allclose(there[:, order], here * FLIP, atol=2e-5)


def random_clip(skeleton: Skeleton) -> MotionClip:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(20, 3))
    return MotionClip(skeleton, 60.0, root, random_rotations(rng, 20, skeleton.joint_count))


def test_every_joint_is_reflected() -> None:
    assert_is_reflection(random_clip(COMMON_SKELETON))
    assert mirror_clip(stepping_clip()).skeleton is COMMON_SKELETON


def test_a_lopsided_skeleton_is_reflected_too() -> None:
    lopsided = turn_rest(COMMON_SKELETON, {"LeftArm": about("z", -40), "RightUpLeg": about("x", 5)})
    clip = random_clip(lopsided)
    assert_is_reflection(clip)
    assert mirror_clip(clip).skeleton is not lopsided
    assert mirror_clip(clip).skeleton.ends["RightHand"][1] == lopsided.ends["LeftHand"][1]


def test_twice_is_once_again() -> None:
    clip = stepping_clip()
    twice = mirror_clip(mirror_clip(clip))
    np.testing.assert_array_equal(twice.rotations_wxyz, clip.rotations_wxyz)
    np.testing.assert_array_equal(twice.root_positions, clip.root_positions)
    np.testing.assert_array_equal(twice.contacts, clip.contacts)


def test_contacts_change_sides() -> None:
    clip = stepping_clip()
    mirrored = mirror_clip(clip)
    assert clip.contacts is not None and mirrored.contacts is not None
    np.testing.assert_array_equal(mirrored.contacts[:, 0], clip.contacts[:, 2])
    np.testing.assert_array_equal(mirrored.contacts[:, 3], clip.contacts[:, 1])


@pytest.mark.parametrize(
    "names",
    [
        ["root", "lhipjoint", "lowerback", "rhipjoint", "head"],
        ["hip", "lButtock", "chest", "rButtock", "neck"],
        ["pelvis", "thigh_l", "spine_01", "thigh_r", "spine_02"],
        ["DEF-hips", "DEF-toe.L", "DEF-spine.001", "DEF-toe.R", "DEF-head"],
        ["Bip01", "Bip01 L Foot", "Bip01 Spine", "Bip01 R Foot", "Bip01 Head"],
        ["root", "left_leg", "lower_spine", "right_leg", "rib"],
    ],
)
def test_partners(names: list[str]) -> None:
    assert mirror_joint_order(names).tolist() == [0, 3, 2, 1, 4]


def test_a_missing_partner_is_named() -> None:
    with pytest.raises(SkeletonError, match=r"'LeftLeg' has no partner.*RightLeg"):
        mirror_joint_order(["Hips", "LeftLeg"])


def test_sides_built_differently() -> None:
    skeleton = Skeleton(
        ("Hips", "LeftLeg", "LeftFoot", "RightLeg", "RightFoot"),
        np.array([-1, 0, 1, 0, 0]),
        np.zeros((5, 3)),
    )
    with pytest.raises(SkeletonError, match="built alike"):
        mirror_clip(random_clip(skeleton))


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        *("cmu/amc_02_01", "cmu/expmap_train_walkx_13", "cmu/iclone_001_01", "cmu/amp_walk"),
        *("cmu/acrnn_salsa_01", "cmu/bvh11_131_01", "cmu/poselib_09_11", "cmu/jump_91_48"),
        *("kaykit/kaykit_walk_a", "quaternius/ual_walk", "quaternius/m2m_bow"),
    ],
)
def test_every_family_of_the_data_is_reflected(data_dir: Path, name: str) -> None:
    clip = read_bvh(data_dir / "mocap" / f"{name}.bvh")
    assert_is_reflection(clip)
    order = mirror_joint_order(clip.skeleton.names)
    assert np.count_nonzero(order != np.arange(len(order))) >= 12
