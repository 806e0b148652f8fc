"""Windows see poses and not where or which way they go; jerk is that of the curve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.motion_quality.windows import INSTANTS, cut_windows, joint_jerk
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

RATE_HZ = 60.0


def swinging_clip(frames: int = 120, speed_m_s: float = 1.3) -> MotionClip:
    """Legs and arms swing while the hips go straight along +Z."""
    time = np.arange(frames) / RATE_HZ
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    for name, sign in (("LeftUpLeg", 1), ("RightUpLeg", -1), ("LeftArm", -1), ("RightArm", 1)):
        angle = sign * 0.4 * np.sin(2 * np.pi * time)
        turns[:, COMMON_SKELETON.index(name)] = axis_angle_to_quaternion(np.eye(3)[0], angle)
    root = np.stack((0 * time, 0 * time + HIPS_REST_HEIGHT_M, speed_m_s * time), axis=-1)
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, turns)


def turned(clip: MotionClip, heading_rad: float, moved: tuple[float, float, float]) -> MotionClip:
    turn = np.broadcast_to(heading_to_quaternion(heading_rad), (clip.frame_count, 4))
    turns = clip.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(turn, turns[:, 0])
    root = quaternion_rotate(turn, clip.root_positions) + np.array(moved, np.float32)
    return replace(clip, root_positions=root, rotations_wxyz=turns)


def test_windows_do_not_depend_on_place_direction_or_ground() -> None:
    clip = swinging_clip()
    here = cut_windows(clip)
    there = cut_windows(turned(clip, 2.1, (5.0, 0.7, -3.0)), 0.7)
    np.testing.assert_allclose(there.features, here.features, atol=2e-3)
    np.testing.assert_allclose(there.speeds_m_s, here.speeds_m_s, atol=1e-4)


def test_windows_hold_speed_and_one_set_of_features_per_instant() -> None:
    windows = cut_windows(swinging_clip(speed_m_s=1.3))
    assert windows.features.shape == (30, INSTANTS * COMMON_SKELETON.joint_count * 6)
    np.testing.assert_allclose(windows.speeds_m_s, 1.3, atol=1e-4)
    hips_ahead = windows.features.reshape(30, INSTANTS, 2, -1, 3)[:, :, 1, 0, 2]
    np.testing.assert_allclose(hips_ahead, 1.3, atol=1e-3)


def test_standing_is_left_out() -> None:
    assert len(cut_windows(swinging_clip(speed_m_s=0.4)).moving.features) == 0
    assert len(cut_windows(swinging_clip(speed_m_s=0.6)).moving.features) == 30


def test_a_clip_shorter_than_a_window_gives_none() -> None:
    assert len(cut_windows(swinging_clip(frames=20)).features) == 0


@pytest.mark.parametrize("cycles_hz", [0.5, 1.0, 2.0])
def test_jerk_of_a_sine_is_known(cycles_hz: float) -> None:
    """|d³/dt³ a sin ωt| is a ω³ |cos ωt|, in the mean 2/π of its peak."""
    amplitude, omega = 0.2, 2 * np.pi * cycles_hz
    time = np.arange(0, 4.0, 1 / RATE_HZ)
    joints = np.zeros((len(time), 1, 3))
    joints[:, 0, 1] = amplitude * np.sin(omega * time)
    found = joint_jerk(joints, RATE_HZ)
    assert found[10:-10].mean() == pytest.approx(amplitude * omega**3 * 2 / np.pi, rel=0.05)


def test_even_acceleration_has_no_jerk() -> None:
    time = np.arange(60) / RATE_HZ
    joints = (0.5 * 9.81 * time**2)[:, None, None] * np.ones((1, 2, 3))
    np.testing.assert_allclose(joint_jerk(joints, RATE_HZ), 0.0, atol=1e-6)
