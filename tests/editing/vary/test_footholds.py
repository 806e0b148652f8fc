"""A foot that stood still stands still after an edit that moves the body, perhaps elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.editing.footholds import keep_footholds, still_frames
from blender_addon.core.maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.editing.vary.motions import waving
from tests.shared.core.motion_samples import random_rotations, rotation_gap


def _ankles(clip):
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return joints[:, clip.skeleton.indices(["LeftFoot", "RightFoot"])]


def test_vectors_and_rotations_are_each_others_inverse():
    rotations = random_rotations(np.random.default_rng(0), 200)
    rotations[0] = (1, 0, 0, 0)
    assert rotation_gap(vector_to_quaternion(quaternion_to_vector(rotations)), rotations) < 1e-5
    tiny = np.full((1, 3), 1e-7)
    assert np.allclose(quaternion_to_vector(vector_to_quaternion(tiny)), tiny, rtol=1e-3)


def test_swaying_hips_do_not_drag_the_feet():
    clip = waving(90)
    sway = np.zeros((90, 3), np.float32)
    sway[:, 0] = 0.04 * np.sin(np.arange(90) / 8.0)
    sway[:, 1] = -0.03
    moved = replace(clip, root_positions=clip.root_positions + sway)
    held = keep_footholds(clip, moved)
    assert np.ptp(_ankles(held), axis=0).max() < 1e-3
    assert np.abs(held.root_positions - moved.root_positions)[:, [0, 2]].max() < 1e-6


def test_hips_sink_rather_than_legs_tear():
    clip = waving(90)
    lifted = clip.root_positions + np.array([0.0, 0.06, 0.0], np.float32)
    held = keep_footholds(clip, replace(clip, root_positions=lifted))
    assert np.abs(_ankles(held) - _ankles(clip)).max() < 2e-3
    assert held.root_positions[45, 1] < lifted[45, 1] - 0.02


def test_nothing_changes_where_nothing_was_edited():
    clip = waving(60)
    held = keep_footholds(clip, clip)
    assert np.allclose(held.root_positions, clip.root_positions, atol=1e-5)
    assert rotation_gap(held.rotations_wxyz, clip.rotations_wxyz) < 2e-3


def test_a_swinging_foot_is_free():
    track = np.zeros((120, 2, 3))
    track[40:80, :, 2] = np.linspace(0, 1.0, 40)[:, None]
    track[80:, :, 2] = 1.0
    still = still_frames(track, 30.0)
    assert still[:35].all() and still[85:].all() and not still[45:75].any()
