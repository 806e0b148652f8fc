"""Reach, stretch, pops, legs through legs, windows: of poses that are made with known ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.motion_quality.ways import SlopeTerrain
from backend.quadruped.judging.animal import AnimalMotion, motion_of_clip
from backend.quadruped.judging.judge import Judge, Judged, finite, measure_row
from backend.quadruped.judging.looks import (
    buckling,
    crossings,
    head_jitter,
    joint_angles,
    legs_meet,
    low_joints,
    measure_looks,
    paw_meetings,
    pops,
    segment_gap,
    standing_straightness,
    straightness,
    stretch_cm,
    tail_meets_legs,
)
from backend.quadruped.judging.natural import (
    both_sides,
    halves,
    measure_naturalness,
    reference_of,
    stability_ratio,
    windows_of,
)
from backend.quadruped.judging.patterns import PublishedDogs
from backend.quadruped.judging.rows import judge_by_synthesis
from backend.quadruped.judging.strides import strides_of
from backend.quadruped.judging.trunks import bounces, nods, pitches, stride_differences, sways
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.skeleton import HEAD, HIPS, JOINTS, LEGS, TAIL
from tests.quadruped.measures.constructed import RATE_HZ, gliding_clip, square_body, stepping


def _standing(seconds: float = 2.0) -> AnimalMotion:
    return motion_of_clip(gliding_clip(seconds), square_body(), ("glide", "square"))


def test_a_body_that_glides_is_measured_as_it_is_made() -> None:
    made = _standing()
    assert made.speeds_m_s.mean() == pytest.approx(0.9, abs=1e-3)
    assert made.heights_m == pytest.approx(np.zeros((120, 4)), abs=1e-6)
    assert np.ptp(made.root[:, 2]) < 1e-6
    found = measure_looks([made])
    assert found["stretch_cm"] < 1e-3
    assert found["pops_max_deg"] < 1e-2
    assert found["joints_in_ground_share"] == 0.0
    rest = square_body().rest_m
    leg = rest[list(LEGS[0].joints)]
    straight = np.linalg.norm(leg[3] - leg[0]) / np.linalg.norm(np.diff(leg, axis=0), axis=1).sum()
    assert straightness(made)[0, 0] == pytest.approx(straight, abs=1e-5)


def test_a_knee_that_buckles_under_its_load_is_found() -> None:
    made = replace(_standing(), family=Family.HOOFED, body=square_body(Family.HOOFED))
    assert np.abs(buckling(made)).max() < 0.1
    joints = made.joints_m.copy()
    joints[:, JOINTS.index("left_fore_lower"), 2] -= 0.04
    found = buckling(replace(made, joints_m=joints)).reshape(-1, 2)
    assert found[:, 0].min() > 10
    assert np.abs(found[:, 1]).max() < 0.1
    assert len(buckling(_standing())) == 0
    assert straightness(made)[0] == pytest.approx(standing_straightness(made), abs=1e-5)


def test_size_and_time_are_the_models() -> None:
    body = square_body()
    large = replace(body, skeleton=body.skeleton.scaled(3.0))
    small = gliding_clip()
    grown = replace(
        small,
        skeleton=large.skeleton,
        root_positions=small.root_positions * 3.0,
    )
    made = motion_of_clip(grown, large, ("glide", "large"))
    assert made.hips_m[:, :, 1].mean() == pytest.approx(0.5, abs=1e-5)
    # A real second is 1 / √3 of a model's, in which it goes a third as far.
    assert made.rate_hz == pytest.approx(RATE_HZ * np.sqrt(3.0), rel=1e-5)
    assert made.speeds_m_s.mean() == pytest.approx(0.9 * np.sqrt(3.0), rel=1e-3)


def test_a_stretched_bone_is_measured_in_its_own_centimetres() -> None:
    made = _standing()
    joints = made.joints_m.copy()
    joints[50, JOINTS.index("left_hind_paw")] += (0.0, -0.02, 0.0)
    assert stretch_cm(replace(made, joints_m=joints)) == pytest.approx(2.0, abs=0.2)
    assert stretch_cm(replace(made, joints_m=joints, size=0.5)) == pytest.approx(4.0, abs=0.4)


def test_a_pop_of_a_joint_is_found() -> None:
    made = _standing()
    joints = made.joints_m.copy()
    joints[60, JOINTS.index("right_fore_lower"), 2] -= 0.05
    popped = replace(made, joints_m=joints)
    jump = np.abs(joint_angles(joints)[60] - joint_angles(joints)[59]).max()
    assert pops(popped).max() == pytest.approx(2 * jump, rel=0.01)
    assert int(np.argmax(pops(popped).max(axis=1))) in (58, 59, 60)
    # At half the rate the same positions are a quarter of the acceleration.
    assert pops(replace(popped, rate_hz=30.0)).max() == pytest.approx(jump / 2, rel=0.01)


def test_a_trembling_head_is_told_from_a_nodding_one() -> None:
    made = stepping()
    times = np.arange(made.frame_count) / RATE_HZ
    nod, tremble = (
        made.head_m + np.array([0.0, 1.0, 0.0]) * (0.03 * np.sin(2 * np.pi * f * times))[:, None]
        for f in (1.5, 15.0)
    )
    assert head_jitter(replace(made, head_m=nod)).max() < 0.002
    assert head_jitter(replace(made, head_m=tremble)).max() > 0.01


def test_legs_through_each_other_and_crossed_are_found() -> None:
    made = _standing()
    assert not legs_meet(made).any()
    assert crossings(made).max() == 0.0
    joints, feet = made.joints_m.copy(), made.feet_m.copy()
    for part in ("hock", "paw"):
        joints[40, JOINTS.index(f"left_hind_{part}"), 0] = -0.08
    feet[40, 0, 0] = -0.1
    crossed = replace(made, joints_m=joints, feet_m=feet)
    assert np.flatnonzero(legs_meet(crossed)[:, 0]).tolist() == [40]
    assert crossings(crossed)[40, 0] == pytest.approx(0.02, abs=1e-6)


def test_a_hind_paw_in_a_front_paws_place_is_found() -> None:
    made = _standing()
    feet = made.feet_m.copy()
    feet[30, 0] = feet[30, 1] + (0.0, 0.02, 0.0)
    assert np.argwhere(paw_meetings(replace(made, feet_m=feet))).tolist() == [[30, 0]]


def test_a_tail_between_the_legs_is_found() -> None:
    made = _standing()
    assert not tail_meets_legs(made).any()
    joints = made.joints_m.copy()
    joints[20, JOINTS.index("tail_2")] = joints[20, JOINTS.index("left_hind_hock")]
    assert np.flatnonzero(tail_meets_legs(replace(made, joints_m=joints))).tolist() == [20]


def test_a_head_below_the_ground_is_found() -> None:
    made = _standing()
    joints = made.joints_m.copy()
    joints[10, HEAD, 1] = -0.03
    assert low_joints(replace(made, joints_m=joints))[10] == pytest.approx(-0.03)
    assert measure_looks([replace(made, joints_m=joints)])["joints_in_ground_share"] > 0


def test_a_hock_over_a_slope_is_over_the_ground_under_itself() -> None:
    slope = SlopeTerrain(angle_deg=20.0, ramp_m=30.0, start_m=-5.0)
    clip = gliding_clip(2.0)
    root = clip.root_positions.copy()
    root[:, 1] += slope.heights(root[:, [0, 2]])
    made = motion_of_clip(
        replace(clip, root_positions=root), square_body(), ("up", "square"), slope
    )
    hock, hips = made.joints_m[0, JOINTS.index("left_hind_hock")], made.joints_m[0, HIPS]
    over = hock[1] - slope.heights(hock[[0, 2]])
    assert made.joints_m[0, :, 1][JOINTS.index("left_hind_hock")] - made.below_m[
        0, JOINTS.index("left_hind_hock")
    ] == pytest.approx(over, abs=1e-4)
    assert hips[2] > hock[2]
    assert low_joints(made).min() > 0.05


def test_the_gap_of_two_segments() -> None:
    first = np.array([[[0.0, 0, 0], [1, 0, 0]]])
    second = np.array([[[0.5, 0.3, -1], [0.5, 0.3, 1]]])
    assert segment_gap(first, second)[0] == pytest.approx(0.3)


def test_hips_that_go_up_once_or_twice_a_stride() -> None:
    made = stepping()
    strides = strides_of(made)
    phase = 2 * np.pi * np.arange(made.frame_count) / RATE_HZ / 0.7
    for times in (1, 2):
        hips = made.hips_m.copy()
        hips[..., 1] += 0.02 * np.sin(times * phase)[:, None]
        found = bounces(replace(made, hips_m=hips), strides)
        assert (found[:, 1] == times).all()
        assert found[:, 0].mean() == pytest.approx(0.08, abs=0.005)


def test_hips_that_sway_by_a_known_way() -> None:
    made = stepping()
    strides = strides_of(made)
    assert sways(made, strides).max() < 1e-6
    swing = 0.02 * np.sin(2 * np.pi * np.arange(made.frame_count) / RATE_HZ / 0.7)
    swayed = replace(made, hips_m=made.hips_m + swing[:, None, None] * np.array([1.0, 0.0, 0.0]))
    assert sways(swayed, strides).mean() == pytest.approx(0.08, abs=0.005)
    turning = replace(strides, turns_rad=np.full(len(strides), 0.5))
    assert np.isnan(sways(swayed, turning)).all()


def test_a_trunk_that_points_down_is_told_beside_standing() -> None:
    body = motion_of_clip(gliding_clip(6.0), square_body(), ("glide", "square"))
    strides = strides_of(stepping(seconds=6.0))
    assert np.abs(pitches(body, strides)).max() < 1e-3
    joints = body.joints_m.copy()
    joints[:, HIPS, 1] += 0.1
    assert pitches(replace(body, joints_m=joints), strides).mean() == pytest.approx(-9.5, abs=0.3)
    assert np.isnan(pitches(stepping(seconds=6.0), strides)).all()


def test_a_tail_that_whips_is_told_against_the_hips() -> None:
    body = motion_of_clip(gliding_clip(6.0), square_body(), ("glide", "square"))
    strides = strides_of(stepping(seconds=6.0))
    joints = body.joints_m + np.array([0.0, 0.2, 0.0])
    raised = replace(body, joints_m=joints, hips_m=body.hips_m + np.array([0.0, 0.2, 0.0]))
    assert nods(raised, strides, TAIL[-1]).max() < 1e-6
    joints = joints.copy()
    joints[:, TAIL[-1], 1] += 0.1 * np.sin(2 * np.pi * np.arange(len(joints)) / RATE_HZ / 0.7)
    assert nods(replace(raised, joints_m=joints), strides, TAIL[-1]).mean() == pytest.approx(
        0.4, abs=0.02
    )


def test_clockwork_has_no_difference_between_strides() -> None:
    clip = gliding_clip(6.0)
    body = motion_of_clip(clip, square_body(), ("glide", "square"))
    feet = stepping(seconds=6.0)
    strides = strides_of(feet)
    assert stride_differences(body, strides).max() < 1e-3
    joints = body.joints_m.copy()
    joints[200:, JOINTS.index("left_hind_hock"), 2] += 0.03
    assert stride_differences(replace(body, joints_m=joints), strides).max() > 0.5


def test_naturalness_is_nothing_against_itself_and_something_against_another_gait() -> None:
    walks = [stepping(speed_m_s=v, seconds=6.0) for v in (0.7, 0.9, 1.1)]
    reference = reference_of(walks)
    same = measure_naturalness(both_sides(windows_of(walks[1])), reference_of([walks[1]]))
    trot = stepping((0.0, 0.5, 0.5, 0.0), duty=0.5, speed_m_s=0.9, seconds=6.0)
    other = measure_naturalness(windows_of(trot), reference)
    assert same["frechet"] < 1.0
    assert other["frechet"] > 10.0
    assert other["frechet"] == pytest.approx(
        float(np.hypot(other["frechet_mean"], other["frechet_spread"]))
    )


def test_naturalness_does_not_ask_where_and_which_way() -> None:
    made = stepping(seconds=4.0)
    turn = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    turned = replace(
        made,
        **{
            name: getattr(made, name) @ turn.T + np.array([5.0, 0.0, -2.0])
            for name in ("feet_m", "hips_m", "neck_m", "head_m")
        },
    )
    assert windows_of(turned).features == pytest.approx(windows_of(made).features, abs=1e-6)


def test_a_mirrored_motion_is_as_natural() -> None:
    right = stepping((0.0, 0.18, 0.84, 0.36), 0.3, 3.8, 0.44)
    left = stepping((0.84, 0.36, 0.0, 0.18), 0.3, 3.8, 0.44)
    both = both_sides(windows_of(right))
    assert len(both.speeds_m_s) == 2 * len(windows_of(right).speeds_m_s)
    reference = reference_of([right])
    assert measure_naturalness(both, reference)["frechet"] < 1.0
    assert measure_naturalness(both_sides(windows_of(left)), reference)["frechet"] < 5.0


def test_a_reference_without_heads_is_judged_without() -> None:
    made = stepping(seconds=4.0)
    assert windows_of(made, False).features.shape[1] == 5 * 7 * 6
    assert windows_of(made).features.shape[1] == 5 * 8 * 6
    first, second = halves([stepping(seconds=12.0)], False)
    assert len(first.speeds_m_s) > 40
    assert len(second.speeds_m_s) > 40


def test_stability_compares_the_last_minute_with_the_first() -> None:
    made = stepping(seconds=130.0)
    reference = reference_of([stepping(speed_m_s=v, seconds=8.0) for v in (0.8, 0.95)])
    same = stability_ratio(made, reference, True)
    assert same["stability_ratio"] == pytest.approx(1.0, abs=0.1)
    drifting = made.feet_m.copy()
    drifting[4000:, :, 1] *= 4.0
    worse = stability_ratio(replace(made, feet_m=drifting), reference, True)
    assert worse["stability_ratio"] > 1.2
    assert stability_ratio(stepping(), reference, True)["stability_ratio"] is None


def test_a_row_has_every_measure_and_bodies_apart() -> None:
    motions = [replace(stepping(slide_m_s=s), body_name=f"b{s}") for s in (0.0, 0.2)]
    judge = Judge(PublishedDogs(), reference_of([stepping(seconds=6.0)]), True, "synthesised")
    row = [Judged(m, judge, seen) for m, seen in zip(motions, (True, False), strict=True)]
    found = finite(measure_row(row, judge))
    assert set(found["per_body"]) == {"b0.0", "b0.2"}
    assert found["unseen_worst"] > 1.0
    assert found["unseen_worst_measure"] == "slip_walk_cm_s"
    assert found["reach_p95"] is None
    assert finite({"a": np.float64("nan"), "b": np.int64(3)}) == {"a": None, "b": 3}


def test_the_hips_are_the_root() -> None:
    assert JOINTS[HIPS] == "hips"


def test_bodies_are_held_against_their_own_synthesis() -> None:
    slow, fast = (
        replace(stepping(speed_m_s=0.9, duty=duty, seconds=6.0), body_name=name)
        for name, duty in (("low", 0.5), ("high", 0.75))
    )
    judge = judge_by_synthesis([slow, fast])
    own = measure_naturalness(both_sides(windows_of(slow)), judge.natural_of({"low"}))["frechet"]
    other = measure_naturalness(windows_of(slow), judge.natural_of({"high"}))["frechet"]
    assert own is not None
    assert other is not None
    assert own < 1.0 < other
    assert judge.natural_of({"nobody"}) is judge.natural
