"""The knees' offset is taken out of recordings: feet stay, knees follow, nothing pops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.mocap.straight_knees import WALK, knee_flexion_rad, straighten_knees
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    HIPS_REST_HEIGHT_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics, solve_two_bone
from tests.walk.samples import walking_clip


def _joints(clip: MotionClip) -> Floats:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def _crouched(clip: MotionClip, by_m: float) -> MotionClip:
    """The hips lowered over feet that stay: what a skeleton with too long legs does."""
    lowered = replace(clip, root_positions=clip.root_positions - np.float32([0, by_m, 0]))
    at, turned = forward_kinematics(clip.skeleton, lowered.root_positions, clip.rotations_wxyz)
    local, there = clip.rotations_wxyz.copy(), _joints(clip)
    for side in ("Left", "Right"):
        thigh, shin, foot = COMMON_SKELETON.indices([side + p for p in ("UpLeg", "Leg", "Foot")])
        front = np.repeat(np.float32([[0, 0, 1]]), clip.frame_count, axis=0)
        turns = solve_two_bone(at[:, thigh], at[:, shin], at[:, foot], there[:, foot], front)
        upper, lower = (
            quaternion_multiply(turn, turned[:, j])
            for turn, j in zip(turns, (thigh, shin), strict=True)
        )
        parent = turned[:, COMMON_SKELETON.parents[thigh]]
        local[:, thigh] = quaternion_multiply(quaternion_conjugate(parent), upper)
        local[:, shin] = quaternion_multiply(quaternion_conjugate(upper), lower)
        local[:, foot] = quaternion_multiply(quaternion_conjugate(lower), turned[:, foot])
    return replace(lowered, rotations_wxyz=local)


def _knees_deg(clip: MotionClip) -> Floats:
    return np.rad2deg(knee_flexion_rad(clip.skeleton, _joints(clip)))


def _upright(frames: int) -> MotionClip:
    """The rest pose, legs straight."""
    rest = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    rest[..., 0] = 1.0
    hips = np.repeat(np.float32([[0, HIPS_REST_HEIGHT_M, 0]]), frames, axis=0)
    return MotionClip(COMMON_SKELETON, 60.0, hips, rest)


def test_a_straight_leg_has_no_flexion() -> None:
    assert _knees_deg(_upright(4)) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("by_m", [0.006, 0.015, 0.019])
def test_who_stands_with_an_offset_stands_upright_after_it(by_m: float) -> None:
    bent = _crouched(_upright(90), by_m)
    assert _knees_deg(bent).min() > WALK.straightest_deg + 5
    assert _knees_deg(straighten_knees(bent)).max() < WALK.straightest_deg + 2


def test_feet_stay_where_they_were() -> None:
    bent = _crouched(walking_clip(5), 0.015)
    feet = COMMON_SKELETON.indices(FOOT_JOINTS)
    moved = _joints(straighten_knees(bent))[:, feet] - _joints(bent)[:, feet]
    assert np.abs(moved).max() < 0.002


def test_carrying_knees_come_out_straighter_and_nothing_pops() -> None:
    bent = _crouched(walking_clip(5), 0.015)
    before, after = _knees_deg(bent), _knees_deg(straighten_knees(bent))
    assert np.percentile(after, 5) < np.percentile(before, 5) - 5
    bends = [np.abs(np.diff(each, 2, axis=0)).max() for each in (before, after)]
    assert bends[1] < bends[0] + 10.0


def test_somebody_in_a_deep_crouch_is_not_stood_up() -> None:
    crouch = _crouched(_upright(90), 0.2)
    assert _knees_deg(straighten_knees(crouch)).min() > 40.0
