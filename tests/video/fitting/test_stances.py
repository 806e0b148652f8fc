"""Feet that must carry are brought to rest."""

from __future__ import annotations

import numpy as np

from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.fitting.stances import bring_to_rest

RATE_HZ = 60.0


def gliding(speed_m_s: float, frames: int = 60) -> MotionClip:
    """Somebody in the pose of rest who glides over the ground."""
    root = np.zeros((frames, 3), np.float32)
    root[:, 1] = 0.9
    root[:, 2] = np.arange(frames) * speed_m_s / RATE_HZ
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, turns)


def ankles(clip: MotionClip) -> np.ndarray:
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return places[:, clip.skeleton.indices(("LeftFoot", "RightFoot"))]


def test_a_carrying_foot_stays_and_the_other_goes_on():
    clip = gliding(0.3)
    contacts = np.zeros((60, 4), bool)
    contacts[20:40, 0] = True
    before, after = ankles(clip), ankles(bring_to_rest(clip, contacts))
    steps = np.linalg.norm(np.diff(after[20:40, 0][:, [0, 2]], axis=0), axis=-1) * RATE_HZ
    assert steps.max() < 0.05
    np.testing.assert_allclose(after[:, 1], before[:, 1], atol=1e-4)
    np.testing.assert_allclose(after[[0, -1], 0], before[[0, -1], 0], atol=1e-3)


def test_nothing_jumps_where_the_foot_is_let_go():
    clip = gliding(0.3)
    contacts = np.zeros((60, 4), bool)
    contacts[20:40, 2:] = True
    after = ankles(bring_to_rest(clip, contacts))[:, 1]
    speed = np.linalg.norm(np.diff(after, axis=0), axis=-1) * RATE_HZ
    assert speed.max() < 1.0


def test_a_foot_that_glides_far_is_left():
    clip = gliding(3.0)
    contacts = np.ones((60, 4), bool)
    np.testing.assert_allclose(ankles(bring_to_rest(clip, contacts)), ankles(clip), atol=1e-3)
