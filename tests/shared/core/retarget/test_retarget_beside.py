"""Skeletons whose pelvis and spine, or thighs, lie side by side move as any other."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import normalise, quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.clip import retarget_clip

NAMES = COMMON_SKELETON.names
FRAMES = 40


def centred(*beside: str) -> tuple[Skeleton, dict[str, str]]:
    """The common skeleton below a centre at the hips, on which some joints hang, and its map."""
    parents = [-1, *(int(parent) + 1 for parent in COMMON_SKELETON.parents)]
    rest = COMMON_SKELETON.rest_positions()
    offsets = np.concatenate((rest[:1], COMMON_SKELETON.offsets))
    for joint in ("Hips", *beside):
        number = NAMES.index(joint)
        parents[number + 1] = 0
        offsets[number + 1] = rest[number] - rest[0]
    ends = dict(COMMON_SKELETON.ends)
    names = ("centre", *NAMES)
    return Skeleton(names, np.array(parents), offsets, ends), {name: name for name in NAMES}


def swaying(seed: int) -> MotionClip:
    """Hips and spine turn every way, legs swing."""
    rng = np.random.default_rng(seed)
    turns = np.zeros((FRAMES, len(NAMES), 4))
    turns[..., 0] = 1.0
    wave = np.sin(np.linspace(0.0, 9.0, FRAMES))[:, None]
    for joint in ("Hips", "Spine", "Spine1", "LeftUpLeg", "RightUpLeg", "Head"):
        turns[:, NAMES.index(joint), 1:] = 0.2 * wave * rng.normal(size=3)
    root = np.array([0.0, 0.95, 0.0]) + 0.1 * wave * rng.normal(size=3)
    return MotionClip(COMMON_SKELETON, 30.0, root, normalise(turns))


def world(clip: MotionClip) -> tuple[Floats, Floats]:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "beside", [("Spine",), ("LeftUpLeg", "RightUpLeg"), ("Spine", "LeftUpLeg", "RightUpLeg")]
)
def test_what_lies_side_by_side_stays_where_it_is_in_the_source(beside, seed: int) -> None:
    clip = swaying(seed)
    target, joint_map = centred(*beside)
    places, turns = world(retarget_clip(clip, target, joint_map, keep_feet=False))
    desired, desired_turns = world(clip)
    assert np.abs(turns[:, 1:] - desired_turns).max() < 1e-4
    legs = [NAMES.index(name) for name in ("LeftUpLeg", "RightUpLeg", "LeftFoot", "RightFoot")]
    shift = places[:, 1:] - desired
    shift = shift - shift[:, legs].mean(axis=1, keepdims=True)
    assert np.abs(shift[:, legs]).max() < 1e-4
    assert np.abs(shift).max() < 0.02  # the spine's lower end


def test_pelvis_and_spine_each_turn_below_the_centre() -> None:
    target, joint_map = centred("Spine")
    moved = retarget_clip(swaying(0), target, joint_map, keep_feet=False)
    local = moved.rotations_wxyz
    for joint in ("Hips", "Spine"):
        assert np.abs(local[:, target.index(joint), 1:]).max() > 0.02
    _, turns = world(moved)
    away = quaternion_multiply(quaternion_conjugate(turns[:, 0]), turns[:, target.index("Hips")])
    assert np.abs(away[:, 1:]).max() > 0.005


def test_a_bone_above_plain_hips_stays_at_rest() -> None:
    target, joint_map = centred()
    moved = retarget_clip(swaying(1), target, joint_map, keep_feet=False)
    assert np.abs(moved.rotations_wxyz[:, 0, 1:]).max() < 1e-6
