"""Measures of single poses give what is known of poses that are wrong in one known way."""

from __future__ import annotations

import numpy as np
import pytest

from backend.video.judging import pose_errors
from backend.video.judging.truth import about_hips
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_rotate
from blender_addon.core.video.lifting.mirror import OTHER_SIDE
from blender_addon.core.video.points import JOINTS
from tests.video.measures.constructed import STANDING, moving

WALK = moving()


def test_a_pose_that_is_somewhere_else_has_no_error() -> None:
    elsewhere = WALK + np.array([1.0, -2.0, 3.0])
    assert pose_errors.joint_distances(elsewhere, WALK) == pytest.approx(0.0, abs=1e-9)


def test_one_joint_that_is_off_counts_as_a_fourteenth() -> None:
    wrong = WALK.copy()
    wrong[:, JOINTS.index("LeftHand"), 0] += 0.14
    assert pose_errors.joint_distances(wrong, WALK).mean() == pytest.approx(0.01)


def test_a_larger_body_has_no_error_after_scaling_and_none_after_alignment() -> None:
    large = 1.2 * WALK
    assert pose_errors.joint_distances(large, WALK).mean() > 0.05
    assert pose_errors.scaled_distances(large, WALK) == pytest.approx(0.0, abs=1e-9)
    assert pose_errors.aligned_distances(large, WALK) == pytest.approx(0.0, abs=1e-9)


def test_a_turned_body_has_no_error_after_alignment_alone() -> None:
    turn = axis_angle_to_quaternion(np.array([0.0, 1.0, 0.0]), 0.5)
    turned = quaternion_rotate(np.broadcast_to(turn, (*WALK.shape[:2], 4)), WALK)
    assert pose_errors.scaled_distances(turned, WALK).mean() > 0.05
    assert pose_errors.aligned_distances(turned, WALK) == pytest.approx(0.0, abs=1e-6)
    off = pose_errors.turned(pose_errors.headings(turned) - pose_errors.headings(WALK))
    assert off == pytest.approx(0.5, abs=1e-6)


def test_alignment_never_mirrors() -> None:
    mirrored = WALK * np.array([-1.0, 1.0, 1.0])
    assert pose_errors.aligned_distances(mirrored, WALK).mean() > 0.02


def test_exchanged_names_are_swaps() -> None:
    wrong = WALK.copy()
    wrong[10:25] = wrong[10:25][:, OTHER_SIDE[: len(JOINTS)]]
    swapped = pose_errors.is_swapped(wrong, WALK)
    assert swapped.sum() == 15
    assert swapped[10:25].all()


def test_nothing_said_is_no_swap_and_no_error() -> None:
    wrong = WALK.copy()
    wrong[5] = np.nan
    assert not pose_errors.is_swapped(wrong, WALK).any()
    assert pose_errors.mean_of(pose_errors.joint_distances(wrong, WALK)) == pytest.approx(0.0)
    assert pose_errors.mean_of(np.full(3, np.nan)) is None


def test_hinges_are_measured_inside() -> None:
    bent = STANDING[None].copy()
    hip, knee = bent[0, JOINTS.index("LeftUpLeg")], bent[0, JOINTS.index("LeftLeg")]
    knee[:] = hip + np.array([0.0, 0.0, 0.4])
    bent[0, JOINTS.index("LeftFoot")] = knee + np.array([0.0, -0.4, 0.0])
    assert pose_errors.hinge_angles(bent, "knee")[0, 0] == pytest.approx(np.pi / 2)


@pytest.mark.parametrize(("ahead_m", "backward"), [(0.15, False), (-0.15, True), (-0.02, False)])
def test_knees_that_bend_to_the_back_are_seen(ahead_m: float, backward: bool) -> None:
    pose = STANDING[None].copy()
    pose[0, JOINTS.index("LeftLeg"), 2] = ahead_m
    assert pose_errors.knees_backward(pose)[0].tolist() == [backward, False]
    # The same whatever axes the joints are in.
    seen = pose * np.array([-1.0, -1.0, 1.0])
    assert pose_errors.knees_backward(seen)[0].tolist() == [backward, False]


def test_a_heel_that_is_lifted_behind_is_no_knee_bent_to_the_back() -> None:
    pose = STANDING[None].copy()
    pose[0, JOINTS.index("LeftFoot")] = pose[0, JOINTS.index("LeftLeg")] + (0.0, 0.1, -0.4)
    assert not pose_errors.knees_backward(pose).any()


def test_a_head_that_nods_forward_has_a_positive_pitch() -> None:
    pose = STANDING[None].copy()
    straight = pose_errors.head_pitches(pose)
    pose[0, JOINTS.index("HeadTop")] = pose[0, JOINTS.index("Neck")] + (0.0, 0.3, 0.3)
    assert pose_errors.head_pitches(pose) == pytest.approx(np.pi / 4)
    assert abs(straight[0]) < 0.1


def test_hips_are_the_middle() -> None:
    middle = about_hips(WALK)[:, [4, 5]].mean(axis=1)
    assert middle == pytest.approx(0.0, abs=1e-9)
