"""Arms that swing clear of hips and thighs, however wide these are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.arms import AS_SHOWN, MOST_OUT_RAD
from blender_addon.core.retarget.clip import retarget_clip

HAND_M = 0.02
FRAMES = 60


def capsule(length: float, radius: float) -> np.ndarray:
    """Points of a cylinder that hangs from a joint."""
    angles = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    heights = np.linspace(0.0, -length, 24)
    ring = np.stack((radius * np.cos(angles), 0.0 * angles, radius * np.sin(angles)), axis=1)
    return np.concatenate([ring + np.array([0.0, height, 0.0]) for height in heights]).astype(
        np.float32
    )


def hand(side: float) -> np.ndarray:
    """Corners of a hand in T-pose."""
    across = np.array([-HAND_M, HAND_M])
    return np.array(
        [(side * x, y, z) for x in (0.0, 0.17) for y in across for z in across], np.float32
    )


def with_thighs(radius: float, skeleton: Skeleton = COMMON_SKELETON) -> Skeleton:
    body = {
        "Hips": capsule(0.1, radius + 0.09),
        "LeftUpLeg": capsule(0.35, radius), "RightUpLeg": capsule(0.35, radius),
        "LeftHand": hand(1.0), "RightHand": hand(-1.0),
    }  # fmt: skip
    return replace(skeleton, body=body)


def swinging(drop_deg: float = 88.0, swing_rad: float = 0.3) -> MotionClip:
    """A person that stands and swings its arms, which hang."""
    rotations = np.zeros((FRAMES, COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    swing = swing_rad * np.sin(np.linspace(0.0, 4.0 * np.pi, FRAMES)).astype(np.float32)
    for name, side in (("LeftArm", 1.0), ("RightArm", -1.0)):
        down = np.full(FRAMES, -side * np.deg2rad(drop_deg), np.float32)
        hanging = axis_angle_to_quaternion(np.array([0.0, 0.0, 1.0], np.float32), down)
        ahead = axis_angle_to_quaternion(np.array([1.0, 0.0, 0.0], np.float32), side * swing)
        rotations[:, COMMON_SKELETON.index(name)] = quaternion_multiply(ahead, hanging)
    root = np.tile(np.array([0.0, 0.975, 0.0], np.float32), (FRAMES, 1))
    contacts = np.ones((FRAMES, 4), np.bool_)
    return MotionClip(COMMON_SKELETON, 30.0, root, rotations, contacts)


def clearance(clip: MotionClip, radius: float) -> float:
    """Least way (metres) from a corner of a hand to its thigh, a cylinder."""
    positions, rotations = forward_kinematics(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz
    )
    least = np.inf
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        wrist = clip.skeleton.index(side + "Hand")
        corners = positions[:, wrist, None] + quaternion_rotate(
            rotations[:, wrist, None], hand(sign)
        )
        off = corners - positions[:, clip.skeleton.index(side + "UpLeg"), None]
        low = off[off[..., 1] < 0.0]
        least = min(least, float(np.hypot(low[:, 0], low[:, 2]).min()) - radius)
    return least


def outward_deg(clip: MotionClip, before: MotionClip) -> np.ndarray:
    """(T, 2) turn of the upper arms against another clip."""
    arms = clip.skeleton.indices(["LeftArm", "RightArm"])
    inner = abs(np.sum(clip.rotations_wxyz[:, arms] * before.rotations_wxyz[:, arms], axis=-1))
    return np.rad2deg(2.0 * np.arccos(np.clip(inner, 0.0, 1.0)))


@pytest.mark.parametrize("radius", [0.12, 0.15])
def test_hands_clear_wide_thighs(radius):
    plain = retarget_clip(swinging(), COMMON_SKELETON)
    assert clearance(plain, radius) < -0.01
    clear = retarget_clip(swinging(), with_thighs(radius))
    assert 0.0 < clearance(clear, radius) < 0.04
    turns = outward_deg(clear, plain)
    np.testing.assert_allclose(turns[:, 0], turns[:, 1], atol=0.1)
    assert abs(np.diff(turns[:, 0])).max() < 0.5  # no jerk
    legs = clear.skeleton.indices(["Hips", "Spine2", "LeftUpLeg", "RightFoot"])
    np.testing.assert_array_equal(clear.rotations_wxyz[:, legs], plain.rotations_wxyz[:, legs])


@pytest.mark.parametrize("radius", [0.12, 0.15])
def test_hands_that_are_shown_move_only_where_they_are_inside(radius):
    """No further than where they swing by, and no longer: ahead and behind they are clear."""
    clip = swinging(swing_rad=0.9)
    plain = retarget_clip(clip, COMMON_SKELETON)
    assert clearance(plain, radius) < -0.01
    shown = retarget_clip(clip, with_thighs(radius), arms=AS_SHOWN)
    walked = outward_deg(retarget_clip(clip, with_thighs(radius)), plain)
    turns = outward_deg(shown, plain)
    assert clearance(shown, radius) > -0.012
    assert turns.mean() < 0.75 * walked.mean()
    assert turns.min() < 0.25 * walked.min()
    assert abs(np.diff(turns, n=2, axis=0)).max() < 1.5  # it comes and goes without a kink


def test_hands_far_inside_are_not_beside_the_body():
    clip = swinging(swing_rad=0.0)
    plain = retarget_clip(clip, COMMON_SKELETON)
    shown = retarget_clip(clip, with_thighs(0.6), arms=AS_SHOWN)
    np.testing.assert_array_equal(shown.rotations_wxyz, plain.rotations_wxyz)


def test_slim_thighs_and_unknown_ones_change_nothing():
    plain = retarget_clip(swinging(), COMMON_SKELETON)
    slim = retarget_clip(swinging(), with_thighs(0.05))
    np.testing.assert_array_equal(slim.rotations_wxyz, plain.rotations_wxyz)


def test_arms_that_are_held_out_stay():
    plain = retarget_clip(swinging(60.0), COMMON_SKELETON)
    clear = retarget_clip(swinging(60.0), with_thighs(0.12))
    np.testing.assert_array_equal(clear.rotations_wxyz, plain.rotations_wxyz)


def test_arms_go_out_no_further_than_a_bound():
    plain = retarget_clip(swinging(), COMMON_SKELETON)
    turns = outward_deg(retarget_clip(swinging(), with_thighs(0.6)), plain)
    np.testing.assert_allclose(turns, np.rad2deg(MOST_OUT_RAD), atol=0.1)


def test_one_frame_is_turned_like_many():
    clip = swinging()
    one = replace(
        clip, root_positions=clip.root_positions[:1], rotations_wxyz=clip.rotations_wxyz[:1],
        contacts=clip.contacts[:1],
    )  # fmt: skip
    assert clearance(retarget_clip(one, with_thighs(0.12)), 0.12) > 0.0


def test_a_smaller_skeleton_has_a_smaller_body():
    half = with_thighs(0.12).scaled(0.5)
    assert half.body["LeftUpLeg"][:, 0].max() == pytest.approx(0.06)
