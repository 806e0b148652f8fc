"""Slip, glide, gait changes and stride length of motions that are made with known ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.quadruped.judging.animal import AnimalMotion
from backend.quadruped.judging.changes import (
    measure_changes,
    measure_stride_law,
    planned_changes,
    pool_changes,
    tiny_steps,
)
from backend.quadruped.judging.feet import (
    flat_glides,
    hovering,
    humps,
    measure_feet,
    slip,
    zhang_skate,
)
from backend.quadruped.judging.strides import steps_of, strides_of
from blender_addon.core.quadruped.gaits import (
    ACTIONS,
    Gait,
    froude,
    stride_length_ratio,
)
from tests.quadruped.measures.constructed import RATE_HZ, WALK_LANDINGS, stepping, wanting


def test_feet_that_slide_by_3_cm_a_second_are_measured_so() -> None:
    found = measure_feet([stepping(slide_m_s=0.03)])
    assert found["slip_walk_cm_s"] == pytest.approx(3.0, abs=0.15)
    assert found["slip_gallop_cm_s"] is None
    assert measure_feet([stepping()])["slip_walk_cm_s"] == pytest.approx(0.0, abs=1e-6)


def test_gallops_are_told_apart_by_speed() -> None:
    made = stepping((0.0, 0.18, 0.84, 0.36), 0.3, 3.8, 0.44, slide_m_s=0.2)
    found = measure_feet([made, stepping()])
    assert found["slip_gallop_median_cm_s"] == pytest.approx(20.0, abs=0.5)
    assert found["slip_walk_cm_s"] < 0.1


def test_nothing_carries_in_the_air() -> None:
    made = stepping((0.0, 0.0, 0.0, 0.0), duty=0.3, speed_m_s=2.0)
    assert np.isnan(slip(made)).any()


def test_zhangs_measure_weighs_by_height() -> None:
    made = stepping()
    still = np.zeros((3, 4, 3))
    still[:, :, 2] = np.arange(3)[:, None] * 0.01
    for height, weight in ((0.0, 1.0), (0.0125, 2 - 2**0.5), (0.025, 0.0), (0.1, 0.0)):
        still[..., 1] = height
        pushed = replace(
            made,
            feet_m=still.copy(),
            hips_m=made.hips_m[:3],
            neck_m=made.neck_m[:3],
            ground_m=np.zeros((3, 4)),
        )
        assert zhang_skate(pushed) == pytest.approx(weight * 0.01 * RATE_HZ)


def test_a_step_that_glides_flat_is_seen_though_another_foot_stands() -> None:
    made = stepping()
    feet = made.feet_m.copy()
    steps = steps_of(made)[0]
    lift, land = int(steps.liftoffs[2]), int(steps.landings[3])
    feet[lift : land + 1, 0, 1] = 0.0
    glided = replace(made, feet_m=feet)
    assert slip(glided)[lift:land].max() < 0.01
    assert flat_glides(glided).max() > 0.5
    assert measure_feet([glided])["flat_glide_share"] == 1.0
    assert measure_feet([made])["flat_glide_share"] == 0.0


def test_drift_and_height_by_its_own_labels() -> None:
    made = replace(stepping(slide_m_s=0.02), labels=np.zeros((480, 4), bool))
    made.labels[60:90] = True
    lifted = replace(made, feet_m=made.feet_m + np.array([0.0, 0.01, 0.0]))
    assert measure_feet([made])["label_drift_p95_h"] > 0.01
    assert measure_feet([lifted])["label_height_p95_h"] >= 0.02


def test_a_foot_that_stands_in_the_air_is_found() -> None:
    made = stepping(duty=0.6)
    assert hovering(made).max() < 0.02
    raised = replace(made, feet_m=made.feet_m + np.array([0.0, 0.04, 0.0]))
    assert hovering(raised) == pytest.approx(np.full(4, 0.6), abs=0.04)
    assert measure_feet([raised])["hover_walk_share"] == pytest.approx(0.6, abs=0.04)


def test_a_swing_that_comes_down_twice_is_found() -> None:
    made = stepping()
    assert not humps(made).any()
    feet = made.feet_m.copy()
    steps = steps_of(made)[1]
    middle = int((steps.liftoffs[3] + steps.landings[4]) // 2)
    feet[middle - 1 : middle + 2, 1, 1] -= 0.03
    assert humps(replace(made, feet_m=feet)).sum() == 1


def test_paws_below_the_ground_are_seen() -> None:
    made = stepping()
    sunk = replace(made, feet_m=made.feet_m - np.array([0.0, 0.012, 0.0]))
    assert measure_feet([sunk])["penetration_max_cm"] == pytest.approx(1.2, abs=1e-6)


def _walk_then_trot(shift: int) -> AnimalMotion:
    """Feet that change at frame 240 + shift, where the plan changes at 240."""
    first = stepping(WALK_LANDINGS, 0.5, 1.5, 0.6, seconds=10.0)
    then = stepping((0.0, 0.5, 0.5, 1.0), 0.5, 1.5, 0.6, seconds=10.0)
    feet = first.feet_m.copy()
    feet[240 + shift :] = then.feet_m[240 + shift :]
    made = replace(first, feet_m=feet)
    return wanting(
        made, [(0, Gait.WALK), (240, Gait.TROT)], [(0, WALK_LANDINGS), (240, (0.0, 0.5, 0.5, 1.0))]
    )


def test_a_change_within_a_stride_is_short_and_none_is_long() -> None:
    made = _walk_then_trot(0)
    steps, strides = steps_of(made), strides_of(made)
    (change,) = measure_changes(made, steps, strides)
    assert 0 <= change.strides_in_neither <= 1.0
    blurred = made.feet_m.copy()
    # For two strides the front feet do what belongs to neither gait.
    odd = stepping((0.0, 0.85, 0.5, 0.35), 0.5, 1.5, 0.6, seconds=10.0)
    blurred[204:288] = odd.feet_m[204:288]
    long = replace(made, feet_m=blurred)
    (change,) = measure_changes(long, steps_of(long), strides_of(long))
    assert change.strides_in_neither > 1.0


def test_changes_that_follow_each_other_are_one() -> None:
    actions = np.zeros((300, len(ACTIONS)))
    for start, gait in (
        (0, Gait.STAND),
        (50, Gait.WALK),
        (100, Gait.TROT),
        (130, Gait.CANTER_LEFT),
    ):
        actions[start:] = 0.0
        actions[start:, ACTIONS.index(gait.value)] = 1.0
    assert [(c.last, c.first) for c in planned_changes(actions)] == [(99, 100), (129, 130)]
    (together,) = planned_changes(actions, 40.0)
    assert (together.last, together.first, together.between) == (99, 130, (100,))


def test_a_tiny_step_is_found_where_it_is() -> None:
    made = stepping(seconds=10.0)
    assert tiny_steps(made, steps_of(made)) == []
    feet = made.feet_m.copy()
    steps = steps_of(made)[2]
    number = 5
    # The sixth print lies where the fifth was, a bit ahead; from there on the foot catches up.
    land, leave = int(steps.landings[number]), int(steps.liftoffs[number])
    lift = int(steps.liftoffs[number - 1])
    feet[lift:leave, 2, 2] = steps.prints_m[number - 1, 1]
    feet[land:leave, 2, 2] += 0.1
    found = tiny_steps(replace(made, feet_m=feet), steps_of(replace(made, feet_m=feet)))
    assert len(found) == 1
    assert found[0][0] == 2
    assert abs(found[0][1] - land) <= 2


def test_jerk_of_a_shaken_change_is_seen() -> None:
    made = _walk_then_trot(0)
    feet = made.feet_m.copy()
    rng = np.random.default_rng(3)
    feet[232:252, :, 1] += rng.uniform(0.0, 0.06, (20, 4))
    shaken = replace(made, feet_m=feet)
    calm, wild = (
        pool_changes(measure_changes(m, steps_of(m), strides_of(m)))["change_jerk"]
        for m in (made, shaken)
    )
    assert wild > 1.2 * calm


def test_no_change_no_figures() -> None:
    found = pool_changes([])
    assert found["gait_change_strides"] is None
    assert found["gait_changes"] == 0


def test_strides_of_the_law_keep_the_law() -> None:
    speed = 1.2
    law = float(stride_length_ratio(froude(speed))) * 0.5
    exact = strides_of(stepping(speed_m_s=speed, stride_s=law / speed, seconds=10.0))
    long = strides_of(stepping(speed_m_s=speed, stride_s=1.2 * law / speed, seconds=10.0))
    assert measure_stride_law(exact)["stride_law_error"] < 0.03
    assert measure_stride_law(long)["stride_law_bias"] == pytest.approx(0.2, abs=0.03)
    assert measure_stride_law(long)["stride_law_within"] == 0.0
    assert measure_stride_law(strides_of(stepping(seconds=0.3)))["stride_law_error"] is None
