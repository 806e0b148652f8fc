"""Landings, phases and duty of motions that are made with known ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.quadruped.judging import patterns
from backend.quadruped.judging.footfalls import errors_against, gait_strides, measure_footfalls
from backend.quadruped.judging.patterns import (
    DOG_GALLOP,
    DOG_WALK,
    GAITS,
    PublishedDogs,
    RecordedDogs,
    Table,
    as_right_leads,
    gait_of_feet,
    galloping_left,
    interval_gap,
)
from backend.quadruped.judging.strides import (
    circular_gap,
    circular_mean,
    detect_contacts,
    join_strides,
    steps_of,
    strides_of,
)
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import Gait, pattern
from tests.quadruped.measures.constructed import RATE_HZ, WALK_LANDINGS, stepping, wanting

FRAME = 1 / (0.7 * RATE_HZ)
"""One frame as a part of the stride."""


def test_a_known_pattern_gives_its_phases_and_duty() -> None:
    strides = strides_of(stepping(duty=0.65))
    whole = strides.select(strides.whole)
    assert len(whole) >= 8
    assert circular_gap(circular_mean(whole.phases), np.array(WALK_LANDINGS)).max() < FRAME
    assert np.abs(whole.duties.mean(axis=0) - 0.65).max() < 1.5 * FRAME
    assert whole.seconds.mean() == pytest.approx(0.7, abs=0.01)
    assert whole.lengths_m.mean() == pytest.approx(0.63, abs=0.02)


@pytest.mark.parametrize("rate", [40.0, 105.6])
def test_the_frame_rate_changes_nothing(rate: float) -> None:
    made = stepping(seconds=10.0)
    frames = np.arange(int(9.9 * rate)) * RATE_HZ / rate

    def sampled(values: np.ndarray) -> np.ndarray:
        low = frames.astype(int)
        part = (frames - low).reshape(-1, *[1] * (values.ndim - 1))
        return values[low] * (1 - part) + values[low + 1] * part

    other = replace(
        made,
        rate_hz=rate,
        **{
            name: sampled(getattr(made, name))
            for name in ("feet_m", "hips_m", "neck_m", "head_m", "ground_m", "under_m")
        },
    )
    strides = strides_of(other)
    assert strides.seconds.mean() == pytest.approx(0.7, abs=0.02)
    assert np.abs(strides.duties[strides.whole].mean(axis=0) - 0.65).max() < 0.06


def test_feet_that_land_together_do_not_jump_around_the_stride() -> None:
    strides = strides_of(stepping(landings=(0.0, 0.5, 0.5, 0.98), duty=0.4, speed_m_s=2.2))
    found = circular_mean(strides.phases[strides.whole])
    assert circular_gap(found, np.array([0.0, 0.5, 0.5, 0.98])).max() < FRAME


def test_a_sliding_foot_does_not_carry_nor_does_a_hovering_one() -> None:
    made = stepping(slide_m_s=0.5)
    assert not detect_contacts(made)[60:-60].any()
    high = replace(made, feet_m=stepping().feet_m + np.array([0.0, 0.03, 0.0]))
    assert not detect_contacts(high).any()


def test_a_glitch_of_a_frame_makes_no_step() -> None:
    made = stepping()
    feet = made.feet_m.copy()
    stance = steps_of(made)[0]
    feet[int(stance.landings[3]) + 8, 0, 1] += 0.1
    again = steps_of(replace(made, feet_m=feet))
    assert np.array_equal(again[0].landings, stance.landings)


def test_the_errors_of_a_pattern_off_by_a_known_amount() -> None:
    off = (0.0, 0.2 + 0.15, 0.5, 0.7)
    made = wanting(stepping(off), [(0, Gait.WALK)], [(0, WALK_LANDINGS)])
    parts = gait_strides(made)
    assert [part.gait for part in parts] == ["walk"]
    against = {e.foot: e for e in errors_against(parts, PublishedDogs())}
    # The dogs' left front foot lands at .06 to .18.
    assert against["left_fore"].phase == pytest.approx(0.17, abs=0.02)
    assert against["right_fore"].phase == pytest.approx(0.0, abs=0.02)
    found = measure_footfalls(parts, PublishedDogs())
    assert found["footfall_phase_error"] == pytest.approx(0.17, abs=0.02)
    assert found["footfall_phase_error_plan"] == pytest.approx(0.15 / 3, abs=0.02)


def test_duty_is_compared_with_dogs_duty() -> None:
    made = wanting(stepping((0.0, 0.12, 0.5, 0.64), duty=0.8), [(0, Gait.WALK)])
    found = measure_footfalls(gait_strides(made), PublishedDogs())
    assert found["duty_error"] == pytest.approx(0.8 - 0.66, abs=0.03)
    assert found["footfall_phase_error"] < 0.02


def test_hoofed_bodies_are_held_against_the_table_canine_ones_against_dogs() -> None:
    landings = pattern(Gait.GALLOP_RIGHT, Family.HOOFED).landings
    made = stepping(landings, duty=0.25, speed_m_s=3.8, stride_s=0.44, family=Family.HOOFED)
    found = measure_footfalls(
        gait_strides(wanting(made, [(0, Gait.GALLOP_RIGHT)])), PublishedDogs()
    )
    assert found["footfall_phase_error"] < 0.03
    assert found["footfall_phase_error_dogs"] is None


@pytest.mark.parametrize("gait", [Gait.GALLOP_LEFT, Gait.GALLOP_RIGHT])
def test_both_leads_are_told_as_right_ones(gait: Gait) -> None:
    landings = pattern(gait, Family.CANINE).landings
    made = stepping(landings, duty=0.27, speed_m_s=3.8, stride_s=0.44)
    found = measure_footfalls(gait_strides(wanting(made, [(0, gait)])), PublishedDogs())
    assert found["footfall_phase_error"] < 0.05
    strides = strides_of(made)
    right = as_right_leads(strides, galloping_left(strides))
    mean = circular_mean(right.phases[right.whole])
    assert interval_gap(mean, DOG_GALLOP.phases).max() < 0.05


def test_recorded_dogs_know_how_their_own_feet_fall() -> None:
    walk = strides_of(stepping((0.0, 0.12, 0.5, 0.64), duty=0.6))
    trot = strides_of(stepping((0.0, 0.5, 0.5, 0.0), duty=0.4, speed_m_s=2.2, stride_s=0.5))
    dogs = RecordedDogs.of(join_strides([walk, trot]))
    expected = dogs.expected("walk", Family.HOOFED, 0.16)
    assert expected is not None
    assert circular_gap(expected.phases[:, 0], np.array([0.0, 0.12, 0.5, 0.64])).max() < 0.02
    assert dogs.expected("trot", Family.CANINE, 1.0) is not None
    assert dogs.expected("gallop", Family.CANINE, 3.0) is None


def test_gaits_are_known_by_their_feet() -> None:
    for name, phases in (
        ("walk", (0.0, 0.1, 0.5, 0.6)),
        ("trot", (0.0, 0.48, 0.51, 0.99)),
        ("gallop", (0.0, 0.18, 0.84, 0.36)),
        ("canter", (0.0, 0.3, 0.3, 0.6)),
    ):
        assert GAITS[gait_of_feet(np.array(phases))] == name
    assert gait_of_feet(np.array([0.0, 0.75, 0.25, 0.25])) == -1


def test_without_a_plan_gaits_are_told_by_the_feet() -> None:
    walk = stepping((0.0, 0.12, 0.5, 0.64), duty=0.6)
    left = stepping(pattern(Gait.GALLOP_LEFT, Family.CANINE).landings, 0.27, 3.8, 0.44)
    found = {part.gait: part for each in (walk, left) for part in gait_strides(each)}
    assert set(found) == {"walk", "gallop"}
    mean = circular_mean(found["gallop"].strides.phases)
    assert interval_gap(mean, DOG_GALLOP.phases).max() < 0.05
    assert np.isnan(found["walk"].planned_phases).all()


def test_inside_of_an_interval_nothing_differs() -> None:
    inside = DOG_WALK.phases.mean(axis=1)
    assert interval_gap(inside, DOG_WALK.phases).max() == 0
    assert interval_gap(np.array([0.98, 0.2, 0.5, 0.6]), DOG_WALK.phases) == pytest.approx(
        [0.02, 0.02, 0.0, 0.0]
    )


def test_the_table_knows_every_gait() -> None:
    for gait in GAITS:
        for family in Family:
            found = Table().expected(gait, family, 1.0)
            assert found is not None
            assert found.phases.shape == (4, 2)
    assert patterns.TABLE["gallop"].phases[2, 0] == pytest.approx(0.11)
