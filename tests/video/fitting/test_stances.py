"""Feet that must carry are brought to rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, PLANTED_HEIGHTS_M
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.fitting.feet import carrying, foot_places, stand_on_ground
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


def on_ground(clip: MotionClip) -> MotionClip:
    """The clip as high as its feet stand on level ground."""
    over = (foot_places(clip)[..., 1] - PLANTED_HEIGHTS_M).min(axis=1)
    root = clip.root_positions.copy()
    root[:, 1] -= over
    return replace(clip, root_positions=root)


def walking_with_a_bump(bump_m: float) -> MotionClip:
    """The left foot stands, then the right; from the one to the other both seem to rise."""
    contacts = np.zeros((60, 4), bool)
    contacts[:27, :2], contacts[33:, 2:] = True, True
    clip = on_ground(bring_to_rest(gliding(1.5), contacts))
    root = clip.root_positions.copy()
    root[:, 1] += bump_m * np.exp(-(((np.arange(60) - 29.5) / 3.0) ** 2))
    return replace(clip, root_positions=root)


def test_who_walks_has_a_foot_on_the_ground_from_step_to_step():
    found = carrying(walking_with_a_bump(0.07), FlatTerrain(0.0), np.ones(60, bool))
    carries = found.reshape(60, 2, 2).any(axis=2)
    assert carries.any(axis=1).all()
    assert carries[15].tolist() == [True, False]
    assert carries[45].tolist() == [False, True]


def test_who_leaves_the_ground_far_below_flies():
    found = carrying(walking_with_a_bump(0.3), FlatTerrain(0.0), np.ones(60, bool))
    assert not found[29:31].any()


def test_a_film_begins_with_a_foot_on_the_ground():
    clip = gliding(0.0, 90)
    root = clip.root_positions.copy()
    root[:, 2] = np.maximum(14 - np.arange(90), 0) * 1.5 / RATE_HZ
    clip = on_ground(replace(clip, root_positions=root))
    assert carrying(clip, FlatTerrain(0.0), np.ones(90, bool)).any(axis=1).all()


def lifted_on_level(height_m: np.ndarray) -> np.ndarray:
    """(T,) how high feet are that were seen so high, put on the ground."""
    clip = on_ground(gliding(0.0, len(height_m)))
    root = clip.root_positions.copy()
    root[:, 1] += height_m
    every = np.ones(len(height_m))
    stood = stand_on_ground(replace(clip, root_positions=root), FlatTerrain(0.0), every, every)
    return (foot_places(stood)[..., 1] - PLANTED_HEIGHTS_M).min(axis=1)


def test_who_seems_to_rise_slowly_does_not_fly():
    since = np.arange(120) / RATE_HZ - 1.0
    over = lifted_on_level(0.35 * np.maximum(0.6 - np.abs(since), 0.0))
    assert over.max() < 0.09


def test_a_jump_stays_a_jump():
    since = np.arange(120) / RATE_HZ - 0.75
    over = lifted_on_level(np.maximum(2.4 * since - 4.9 * since**2, 0.0) * (since > 0.0))
    assert over.max() > 0.2
    assert np.abs(over[[0, -1]]).max() < 0.02


def test_a_foot_that_is_held_over_the_ground_does_not_carry():
    standing = gliding(0.0)
    turns = standing.rotations_wxyz.copy()
    bend = np.arccos(1.0 - 0.055 / 0.82)  # thigh and shin, 0.82 m together, rise by 5.5 cm
    for joint, angle in (("RightUpLeg", -bend), ("RightLeg", 2.0 * bend), ("RightFoot", -bend)):
        turn = (np.cos(0.5 * angle), np.sin(0.5 * angle), 0.0, 0.0)
        turns[15:45, COMMON_SKELETON.index(joint)] = turn
    clip = on_ground(replace(standing, rotations_wxyz=turns))
    found = carrying(clip, FlatTerrain(0.0), np.ones(60, bool))
    assert found[20:40, :2].any(axis=1).all()
    assert not found[20:40, 2:].any()
    assert found[50:, 2:].any(axis=1).all()
