"""Forward kinematics places joints, inverse kinematics reaches targets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local, solve_two_bone
from tests.shared.core.motion_samples import clips, random_rotations, rotation_gap, stepping_clip

HIP, KNEE, ANKLE = (np.array([p], np.float32) for p in ([0, 0, 0], [0, -0.4, 0.02], [0, -0.8, 0]))


@given(clips())
@settings(deadline=None, max_examples=40)
def test_bones_keep_their_length(clip: MotionClip) -> None:
    skeleton = clip.skeleton
    positions, _ = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    bones = positions[:, 1:] - positions[:, skeleton.parents[1:]]
    desired = np.linalg.norm(skeleton.offsets[1:], axis=-1)
    assert np.abs(np.linalg.norm(bones, axis=-1) - desired).max(initial=0.0) < 1e-4
    np.testing.assert_array_equal(positions[:, 0], clip.root_positions)


@given(clips())
@settings(deadline=None, max_examples=40)
def test_world_and_local_rotations_round_trip(clip: MotionClip) -> None:
    _, world = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    assert rotation_gap(global_to_local(clip.skeleton, world), clip.rotations_wxyz) < 1e-5


def test_any_leading_shape() -> None:
    clip = stepping_clip(frames=12)
    flat, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    batch, _ = forward_kinematics(
        clip.skeleton,
        clip.root_positions.reshape(3, 4, 3),
        clip.rotations_wxyz.reshape(3, 4, -1, 4),
    )
    np.testing.assert_array_equal(batch.reshape(flat.shape), flat)


def _solve(target: np.ndarray, pole: np.ndarray, chain=(HIP, KNEE, ANKLE)):
    root, middle, end = chain
    upper, lower = solve_two_bone(root, middle, end, target, pole)
    knee = root + quaternion_rotate(upper, middle - root)
    return knee, knee + quaternion_rotate(lower, end - middle)


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=100)
def test_two_bones_reach_what_is_in_reach(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain = tuple(rng.normal(size=(3, 8, 3)).astype(np.float32))
    upper = np.linalg.norm(chain[1] - chain[0], axis=-1, keepdims=True)
    lower = np.linalg.norm(chain[2] - chain[1], axis=-1, keepdims=True)
    direction = quaternion_rotate(random_rotations(rng, 8), np.array([0, 0, 1], np.float32))
    shortest, longest = np.abs(upper - lower) + 1e-3, (upper + lower) * 0.999
    target = chain[0] + direction * (shortest + rng.random((8, 1)) * (longest - shortest))
    pole = rng.normal(size=(8, 3)).astype(np.float32)
    knee, ankle = _solve(target.astype(np.float32), pole, chain)
    assert np.abs(ankle - target).max() < 2e-3 * float((upper + lower).max())
    assert np.abs(np.linalg.norm(knee - chain[0], axis=-1, keepdims=True) - upper).max() < 1e-4


def test_knee_bends_toward_the_pole() -> None:
    target = np.array([[0.1, -0.5, 0.2]], np.float32)
    for pole in ([0, 0, 1], [1, 0, 0], [-1, 0, 0.2]):
        knee, _ = _solve(target, np.array([pole], np.float32))
        line = target[0] / np.linalg.norm(target)
        sideways = knee[0] - np.dot(knee[0], line) * line
        desired = np.array(pole) - np.dot(pole, line) * line
        cosine = np.dot(sideways, desired) / np.linalg.norm(sideways) / np.linalg.norm(desired)
        assert cosine > 0.999


def test_out_of_reach_points_straight_at_the_target() -> None:
    target = np.array([[1.0, -3.0, 0.5]], np.float32)
    knee, ankle = _solve(target, np.array([[0, 0, 1]], np.float32))
    length = np.linalg.norm(KNEE) + np.linalg.norm(ANKLE - KNEE)
    np.testing.assert_allclose(ankle, target / np.linalg.norm(target) * length, atol=2e-4)
    assert np.linalg.norm(knee) == pytest.approx(np.linalg.norm(KNEE), abs=1e-5)


@pytest.mark.parametrize("pole", [[0, 1, 0], [0, -1, 0], [0, 0, 0]])
def test_a_pole_that_says_nothing_keeps_the_bend(pole: list[float]) -> None:
    target = np.array([[0.0, -0.5, 0.0]], np.float32)
    knee, ankle = _solve(target, np.array([pole], np.float32))
    np.testing.assert_allclose(ankle, target, atol=1e-5)
    assert knee[0, 2] > 0.2


def test_a_straight_chain_along_its_pole_still_reaches() -> None:
    straight = (HIP, np.array([[0, -0.4, 0]], np.float32), np.array([[0, -0.8, 0]], np.float32))
    target = np.array([[0.0, -0.5, 0.0]], np.float32)
    _, ankle = _solve(target, np.array([[0, 1, 0]], np.float32), straight)
    np.testing.assert_allclose(ankle, target, atol=1e-5)


def test_target_on_the_hip_folds_the_leg_without_nonsense() -> None:
    upper, lower = solve_two_bone(HIP, KNEE, ANKLE, HIP, np.array([[0, 0, 1]], np.float32))
    assert np.linalg.norm(upper) == pytest.approx(1.0, abs=1e-5)
    assert np.linalg.norm(lower) == pytest.approx(1.0, abs=1e-5)
    _, ankle = _solve(HIP, np.array([[0, 0, 1]], np.float32))
    assert np.abs(ankle).max() < 2e-3
