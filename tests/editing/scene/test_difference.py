"""A difference goes from one skeleton to another, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.motion.kinematics import (
    forward_kinematics,
    global_to_local,
    solve_two_bone,
)
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.difference import carry_difference, windowed
from tests.editing.scene.editors import UP, turned
from tests.editing.scene.motions import walking

FEET = [COMMON_SKELETON.index(name) for name in FOOT_JOINTS]
MAP = {name: name for name in COMMON_SKELETON.names}


def places(clip):
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def stocky():
    """Somebody with short legs, long arms and a long back."""
    offsets = COMMON_SKELETON.offsets.copy()
    for joint, name in enumerate(COMMON_SKELETON.names):
        offsets[joint] *= 0.7 if name.endswith(("Leg", "Foot")) else 1.2
    return Skeleton(COMMON_SKELETON.names, COMMON_SKELETON.parents, offsets, COMMON_SKELETON.ends)


@pytest.fixture
def walk():
    return walking()


@pytest.fixture
def base(walk):
    """The same walk of another, who is elsewhere."""
    found = retarget_clip(walk, stocky(), MAP)
    roots = found.root_positions + np.array([7.0, 0.5, -4.0])
    return MotionClip(found.skeleton, found.frame_rate_hz, roots, found.rotations_wxyz)


ORIGIN = np.array([7.0, 0.5, -4.0])


def test_nothing_changes_where_nothing_did(walk, base):
    carried = carry_difference(walk, walk, base, MAP, ORIGIN)
    assert np.array_equal(carried.rotations_wxyz, base.rotations_wxyz)
    assert np.array_equal(carried.root_positions, base.root_positions)


def test_one_joint_turned_turns_that_one(walk, base):
    carried = carry_difference(walk, turned(walk, ["LeftArm"], 0.4), base, MAP, ORIGIN)
    changed = np.abs(carried.rotations_wxyz - base.rotations_wxyz).max(axis=(0, 2)) > 0
    assert [n for n, c in zip(COMMON_SKELETON.names, changed, strict=True) if c] == ["LeftArm"]


def test_feet_that_stay_on_one_stay_on_the_other(walk, base):
    """The hips sink and turn, the legs give way: ankles and toes of both stay where they are."""
    roots = walk.root_positions - np.array([0.02, 0.05, 0.0])
    local = turned(walk, ["Hips"], 0.25, UP).rotations_wxyz
    loose = MotionClip(walk.skeleton, walk.frame_rate_hz, roots, local)
    after = _with_feet_of(walk, loose)
    assert np.abs(places(after) - places(walk))[:, FEET].max() < 2e-3
    carried = carry_difference(walk, after, base, MAP, ORIGIN)
    assert np.abs(places(carried) - places(base))[:, FEET].max() < 4e-3
    sunk = (carried.root_positions - base.root_positions)[:, 1]
    assert np.allclose(sunk, -0.05 * 0.7, atol=5e-3)


def _with_feet_of(walk, loose):
    out = loose
    for side in ("Left", "Right"):
        thigh, shin, foot = (COMMON_SKELETON.index(side + p) for p in ("UpLeg", "Leg", "Foot"))
        now, turns = forward_kinematics(out.skeleton, out.root_positions, out.rotations_wxyz)
        goal, own = forward_kinematics(walk.skeleton, walk.root_positions, walk.rotations_wxyz)
        pole = np.tile([0.0, 0.0, 1.0], (len(now), 1))
        solved = solve_two_bone(now[:, thigh], now[:, shin], now[:, foot], goal[:, foot], pole)
        turns = turns.copy()
        for joint, turn in zip((thigh, shin), solved, strict=True):
            turns[:, joint] = quaternion_multiply(turn, turns[:, joint])
        turns[:, [foot, foot + 1]] = own[:, [foot, foot + 1]]
        local = global_to_local(out.skeleton, turns)
        out = MotionClip(out.skeleton, out.frame_rate_hz, out.root_positions, local)
    return out


def test_another_place_and_heading_is_gone_to(walk, base):
    """All of it turned about the source's origin: the target turns about the same place."""
    turn = axis_angle_to_quaternion(UP, np.array(1.2)).astype(np.float32)
    turns = walk.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(turn, turns[:, 0])
    matrix = np.array([[np.cos(1.2), 0, np.sin(1.2)], [0, 1, 0], [-np.sin(1.2), 0, np.cos(1.2)]])
    moved = MotionClip(
        walk.skeleton, walk.frame_rate_hz, walk.root_positions @ matrix.T + [1.0, 0.0, 0.0], turns
    )
    carried = carry_difference(walk, moved, base, MAP, ORIGIN)
    expected = (places(base) - ORIGIN) @ matrix.T + [0.7, 0.0, 0.0] + ORIGIN
    assert np.abs(places(carried) - expected).max() < 2e-3


def test_a_window_ends_where_nothing_has_changed(walk):
    weight = np.clip(np.arange(60) / 10.0, 0.0, 1.0)
    joints = np.array([name == "Spine" for name in COMMON_SKELETON.names])
    made = windowed(walk, turned(walk, ["Spine", "Head"], 0.4), weight, joints)
    assert np.array_equal(made.rotations_wxyz[0], walk.rotations_wxyz[0])
    head, spine = (COMMON_SKELETON.index(name) for name in ("Head", "Spine"))
    assert np.array_equal(made.rotations_wxyz[:, head], walk.rotations_wxyz[:, head])
    near = np.sum(made.rotations_wxyz[:, spine] * walk.rotations_wxyz[:, spine], axis=-1)
    half = 2 * np.arccos(np.clip(np.abs(near), 0.0, 1.0))
    assert half[5] == pytest.approx(0.2, abs=0.01) and half[30] == pytest.approx(0.4, abs=0.01)
