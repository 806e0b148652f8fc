"""Feet that are held: legs that have to stretch for it stay legs."""

from __future__ import annotations

import numpy as np

from blender_addon.core.editing.clean.slides import Slide, hold_feet
from blender_addon.core.editing.clean.tracks import tracks_of
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.motion.kinematics import forward_kinematics

FRAMES = 60
LEG = COMMON_SKELETON.indices(["LeftUpLeg", "LeftLeg", "LeftFoot"])


def _leaning(bend_deg: float) -> MotionClip:
    """Somebody on one place whose hips drift aside, with knees that are hardly bent."""
    roots = np.zeros((FRAMES, 3), np.float32)
    roots[:, 0] = 0.14 * np.arange(FRAMES) / FRAMES
    roots[:, 1] = HIPS_REST_HEIGHT_M
    turns = np.zeros((FRAMES, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    for joint, degrees in zip(LEG[:2], (-0.5 * bend_deg, bend_deg), strict=True):
        turns[:, joint] = axis_angle_to_quaternion(
            np.array([1.0, 0.0, 0.0]), np.array(np.deg2rad(degrees))
        )
    return MotionClip(COMMON_SKELETON, 30.0, roots, turns)


def test_a_leg_that_stretches_keeps_its_knee_in_front() -> None:
    for bend_deg in (0.5, 8.0, 20.0):
        clip = _leaning(bend_deg)
        drift = clip.root_positions[10:54] - clip.root_positions[10]
        drift = drift * np.array([1.0, 0.0, 0.0], np.float32)
        slide = Slide("Left", 10, 54, drift, 0.1)
        tracks = hold_feet(tracks_of(clip), [slide], 30, COMMON_SKELETON)
        places, _ = forward_kinematics(COMMON_SKELETON, tracks[:, 0, :3], tracks[:, 1:])
        hip, knee, ankle = (places[:, joint] for joint in LEG)
        ahead = (knee - 0.5 * (hip + ankle))[:, 2]
        assert ahead.min() > 0.0
        assert np.abs(np.diff(places[:, LEG], n=2, axis=0)).max() < 0.006  # nothing pops
        assert np.ptp(ankle[12:52, 0]) < 0.03  # while the hips go 9 cm
