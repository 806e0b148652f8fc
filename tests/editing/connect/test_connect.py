"""One motion goes over into another: in step, where the first ends, without a pop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.editing.loop_connect.baselines import Interpolation
from blender_addon.core.conventions import UP, Floats
from blender_addon.core.editing.connect.join import connect
from blender_addon.core.editing.connect.settings import ConnectSettings
from blender_addon.core.editing.holding import hold_feet
from blender_addon.core.editing.placing import Placing, frames
from blender_addon.core.errors import Cancelled, ClipError, SettingsError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.motion.kinematics import forward_kinematics

RATE_HZ = 30.0
FILLER = Interpolation(cubic=True)
STANDS_AT_M = 0.975


def joints_of(clip: MotionClip) -> Floats:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def standing(seconds: float = 2.0, arm_rad: float = 0.0, rate_hz: float = RATE_HZ) -> MotionClip:
    """Someone who stands, the arms raised by an angle, and sways a little."""
    count = round(seconds * rate_hz) + 1
    rotations = np.zeros((count, COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1
    sway = 0.02 * np.sin(np.arange(count) / rate_hz)
    for joint, angle in (("Spine", sway), ("LeftArm", arm_rad + sway), ("RightArm", sway)):
        at = COMMON_SKELETON.index(joint)
        rotations[:, at] = axis_angle_to_quaternion(np.array([0, 0, 1], np.float32), angle)
    return MotionClip(COMMON_SKELETON, rate_hz, np.full((count, 3), [0, STANDS_AT_M, 0]), rotations)


def seam_of(markers: dict[int, str]) -> slice:
    leave, enter = sorted(markers)
    return slice(leave + 1, enter)


def test_the_second_goes_on_where_the_first_ends() -> None:
    """It is turned and moved, and both stay as they were outside the transition."""
    first = standing()
    second = Placing(2.0, np.array([5.0, 0.0, -3.0])).clip(standing(arm_rad=0.8))
    edited = connect(first, second, ConnectSettings(), FILLER)
    clip, seam = edited.clip, seam_of(dict(edited.markers))
    assert np.abs(clip.root_positions[:, [0, 2]]).max() < 0.05
    before = edited.source[: seam.start].astype(int)
    np.testing.assert_array_equal(clip.rotations_wxyz[: seam.start], first.rotations_wxyz[before])
    after = edited.source[seam.stop :].astype(int) - first.frame_count
    np.testing.assert_array_equal(
        clip.rotations_wxyz[seam.stop :, 1:], second.rotations_wxyz[after, 1:]
    )
    assert edited.measures["turned_deg"] == pytest.approx(-np.degrees(2.0), abs=2)


def test_feet_stay_through_the_transition() -> None:
    """Who stands before and after on the same spot does not move a foot."""
    edited = connect(standing(), standing(arm_rad=0.8), ConnectSettings(), FILLER)
    feet = joints_of(edited.clip)[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
    assert np.linalg.norm(np.diff(feet, axis=0), axis=-1).max() < 0.004


def test_a_longer_way_takes_more_time() -> None:
    """The length is proposed from how far the two differ, and kept where it is set."""
    near = connect(standing(), standing(arm_rad=0.2), ConnectSettings(), FILLER)
    far = connect(standing(), standing(arm_rad=1.5), ConnectSettings(), FILLER)
    assert near.measures["length_s"] < far.measures["length_s"]
    asked = connect(standing(), standing(), ConnectSettings(length_s=0.8), FILLER)
    assert asked.measures["length_s"] == pytest.approx(0.8, abs=0.05)


def test_fixed_moments_are_kept() -> None:
    """An exit and an entry that are set are used; one that is not there is refused."""
    settings = ConnectSettings(exit_s=1.0, entry_s=0.5)
    edited = connect(standing(), standing(arm_rad=0.5), settings, FILLER)
    assert edited.measures["exit_s"] == pytest.approx(1.0)
    assert edited.measures["entry_s"] == pytest.approx(0.5)
    with pytest.raises(SettingsError, match=r"no moment 9 s in a motion of 2\.00 s"):
        connect(standing(), standing(), ConnectSettings(exit_s=9.0), FILLER)


def test_rates_may_differ() -> None:
    """The second is brought to the first one's rate; what lies beneath is in its own frames."""
    second = standing(arm_rad=0.4, rate_hz=60.0)
    edited = connect(standing(), second, ConnectSettings(), FILLER)
    assert edited.clip.frame_rate_hz == RATE_HZ
    assert edited.source[-1] == standing().frame_count + second.frame_count - 1


def test_absurd_pairs_are_refused_in_words() -> None:
    """Two floors, or a way that nobody makes in that time."""
    above = standing()
    above = replace(above, root_positions=above.root_positions + 2.1 * UP)
    with pytest.raises(ClipError, match=r"2\.1 m apart in height"):
        connect(standing(), above, ConnectSettings(), FILLER)
    away = Placing(0.0, np.array([8.0, 0.0, 0.0])).clip(standing())
    with pytest.raises(ClipError, match=r"8\.0 m in \d+ frames"):
        connect(standing(), away, ConnectSettings(move=False, length_s=0.3), FILLER)
    with pytest.raises(ClipError, match="the second motion has 2 frames"):
        connect(standing(), frames(standing(), np.arange(2)), ConnectSettings(), FILLER)


def test_what_is_invented_is_said() -> None:
    """Someone who kneels, into someone who stands: possible, with a note."""
    low = standing()
    low = replace(low, root_positions=low.root_positions - 0.5 * UP)
    edited = connect(standing(), low, ConnectSettings(), FILLER)
    assert any("invented" in each for each in edited.notes)


def test_a_wish_to_stop_is_heard() -> None:
    """Answering False cancels."""
    with pytest.raises(Cancelled):
        connect(standing(), standing(), ConnectSettings(), FILLER, lambda _: False)


def test_a_foot_that_stands_elsewhere_afterwards_steps() -> None:
    """In time for a step both feet are lifted one after the other; known frames stay."""
    clip = standing(seconds=1.0)
    root = clip.root_positions.copy()
    root[:, 2] = np.interp(np.arange(31), [8, 22], [0.0, 0.3])
    contacts = np.ones((31, 4), np.bool_)
    made = np.zeros(31, np.bool_)
    made[8:23] = True
    moved = replace(clip, root_positions=root)
    held = joints_of(hold_feet(moved, made, contacts))
    np.testing.assert_allclose(held[~made], joints_of(moved)[~made], atol=1e-5)
    heels = held[:, COMMON_SKELETON.indices(["LeftFoot", "RightFoot"])]
    lifted = heels[..., 1] - heels[0, :, 1] > 0.02
    assert lifted.any(axis=0).all()
    assert not lifted.all(axis=1).any()
