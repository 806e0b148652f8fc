"""Hands stay out of the body, elbows bend one way, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.gesture.talk.reaching import reach
from blender_addon.core.gesture.talk.upper_body import (
    ARM_PARTS,
    REST,
    arm_chain,
    clip_of,
    upper_body_of,
    wrists,
)
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.retarget.body_shape import Girth
from blender_addon.core.retarget.clearance import clear_body, through_body

ROLES = {name: n for n, name in enumerate(COMMON_SKELETON.names)}
HEAVY = Girth(chest_front=0.2, belly_side=0.2, belly_front=0.24, hips_side=0.22, thigh=0.12)


def sweep(side: int = 1, frames: int = 60) -> MotionClip:
    """A hand that goes from where it hangs through the belly to the other side and back."""
    pose = np.tile(REST, (frames, 1, 1)).astype(np.float32)
    places, turns = arm_chain(pose[:, ARM_PARTS[side]], side)
    out = -1.0 if side else 1.0
    there = 0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, frames))[:, None]
    desired = places[:, 3] + there * (np.array([-0.05 * out, -0.2, 0.06]) - places[:, 3])
    pose[:, ARM_PARTS[side]] = reach(places, turns, desired.astype(np.float32), 1.0, side)
    return clip_of(pose)


def flexions(pose: Floats, side: int) -> Floats:
    """(T, 3) where the forearm goes, in the frame of its upper arm."""
    places, turns = arm_chain(pose[:, ARM_PARTS[side]], side)
    return quaternion_rotate(quaternion_conjugate(turns[:, 1]), places[:, 3] - places[:, 2])


@pytest.mark.parametrize("girth", [None, HEAVY], ids=["usual", "heavy"])
@pytest.mark.parametrize("side", [0, 1])
def test_a_hand_through_the_belly_is_brought_out_smoothly(side: int, girth: Girth | None) -> None:
    clip = sweep(side)
    cleared = clear_body(clip, ROLES, None, girth)
    assert through_body(clip, ROLES, girth)[:, side].mean() > 0.2
    assert through_body(cleared, ROLES, girth).mean() <= 0.02
    before, after = (wrists(upper_body_of(c))[:, side] for c in (clip, cleared))
    assert np.abs(np.diff(after, 2, axis=0)).max() < np.abs(np.diff(before, 2, axis=0)).max() + 0.02


def test_elbows_bend_forward_after_clearing_and_reaching() -> None:
    for clip in (sweep(0), clear_body(sweep(0), ROLES, None, HEAVY)):
        assert (flexions(upper_body_of(clip), 0)[:, 2] > -0.01).all()


def test_what_may_not_change_stays_to_the_bit() -> None:
    clip = sweep(1)
    nothing = clear_body(clip, ROLES, np.zeros((60, 2)))
    assert np.array_equal(nothing.rotations_wxyz, clip.rotations_wxyz)
    cleared = clear_body(clip, ROLES)
    others = [n for name, n in ROLES.items() if "Arm" not in name and "Hand" not in name]

    assert np.array_equal(cleared.rotations_wxyz[:, others], clip.rotations_wxyz[:, others])
    assert np.array_equal(cleared.root_positions, clip.root_positions)


def test_a_wrist_bends_no_further_than_wrists_do() -> None:
    clip = clip_of(np.tile(REST, (10, 1, 1)))
    bent = clip.rotations_wxyz.copy()
    hand = ROLES["LeftHand"]
    bent[:, hand] = [np.cos(0.95), 0.0, 0.0, np.sin(0.95)]
    limited = clear_body(replace(clip, rotations_wxyz=bent), ROLES).rotations_wxyz[:, hand]
    assert np.rad2deg(2.0 * np.arccos(np.abs(limited[:, 0]))).max() <= 77.0


def test_arms_without_hands_or_without_a_body_are_left_alone() -> None:
    clip = sweep(1)
    no_hands = {name: n for name, n in ROLES.items() if not name.endswith("Hand")}
    arms = {name: n for name, n in ROLES.items() if "Arm" in name or "Hand" in name}
    for roles in (no_hands, arms):
        assert np.array_equal(clear_body(clip, roles).rotations_wxyz, clip.rotations_wxyz)


def test_slack_leaves_hands_deeper_and_moves_them_less():
    clip = sweep()
    moved = [
        np.abs(clear_body(clip, ROLES, None, HEAVY, slack).rotations_wxyz - clip.rotations_wxyz)
        for slack in (0.0, 0.03, 1.0)
    ]
    assert moved[0].mean() > 1.1 * moved[1].mean() > 0.0
    arms = [ROLES[f"Right{part}"] for part in ("Arm", "ForeArm")]
    assert moved[2][:, arms].max() < 1e-6
