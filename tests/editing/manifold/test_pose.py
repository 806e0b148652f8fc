"""Rotations from places."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.editing.manifold.pose import pose_places
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.editing.gaits import walk


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_what_does_not_move_keeps_its_turn() -> None:
    clip = walk(metres=2.0)
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    found = pose_places(clip.rotations_wxyz, positions)
    agree = np.abs(np.sum(found * clip.rotations_wxyz, axis=-1))
    assert agree.min() > 1 - 1e-5


def test_places_of_another_pose_are_reached(rng: np.random.Generator) -> None:
    clip = walk(metres=2.0)
    axes = rng.normal(size=(22, 3))
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    turns = axis_angle_to_quaternion(axes.astype(np.float32), np.full(22, 0.3))
    other = quaternion_multiply(clip.rotations_wxyz, turns[None])
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, other)
    found = pose_places(clip.rotations_wxyz, positions)
    reached, _ = forward_kinematics(clip.skeleton, clip.root_positions, found)
    np.testing.assert_allclose(reached, positions, atol=2e-3)


def test_an_elbow_stays_a_hinge() -> None:
    """A raised arm bends in the plane of its places, not twisted about itself."""
    clip = walk(metres=1.0)
    arm, elbow = COMMON_SKELETON.indices(("LeftArm", "LeftForeArm"))
    bent, raised = clip.rotations_wxyz.copy(), clip.rotations_wxyz.copy()
    # The fore arm turns about its hinge, +Y of a T-pose, in both; the upper arm is raised in one.
    hinge = np.array([0.0, 1.0, 0.0], np.float32)
    for each in (bent, raised):
        each[:, elbow] = axis_angle_to_quaternion(hinge, np.full(len(each), -1.2))
    raised[:, arm] = quaternion_multiply(
        axis_angle_to_quaternion(np.array([0.0, 0.0, 1.0], np.float32), 0.9), bent[:, arm]
    )
    positions, world = forward_kinematics(clip.skeleton, clip.root_positions, raised)
    found = pose_places(bent, positions)
    _, turned = forward_kinematics(clip.skeleton, clip.root_positions, found)
    expected = quaternion_rotate(world[:, arm], hinge)
    np.testing.assert_allclose(quaternion_rotate(turned[:, arm], hinge), expected, atol=2e-2)
