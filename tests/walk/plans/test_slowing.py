"""A plan goes slower where people do, and says where that is other than expected."""

from __future__ import annotations

import numpy as np
import pytest

from backend.walk.suite import StairsTerrain
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ as RATE
from blender_addon.core.ground.path import Path
from blender_addon.core.walk.direction import DirectionChange, Directions
from blender_addon.core.walk.plan import WalkPlan, plan_request, plan_walk
from blender_addon.core.walk.request import WalkRequest
from blender_addon.core.walk.settings import Direction
from blender_addon.core.walk.slowing import SIDEWAYS_M_S2, TREADS_PER_S, Reason
from blender_addon.core.walk.timetable import make_timetable


def line(length_m: float, speed_m_s: float = 1.3) -> Path:
    return Path.from_points([[0, 0, 0], [0, 0, length_m]], speed_m_s)


def bend(radius_m: float, speed_m_s: float) -> Path:
    angle = np.linspace(0, 1.5 * np.pi, 200)
    points = radius_m * np.stack((1 - np.cos(angle), 0 * angle, np.sin(angle)), axis=-1)
    return Path.from_points(points, speed_m_s)


def corner(turn_deg: float, speed_m_s: float = 1.3) -> Path:
    turn = np.radians(turn_deg)
    end = [5 * np.sin(turn), 0, 5 + 5 * np.cos(turn)]
    return Path.from_points([[0, 0, 0], [0, 0, 5], end], speed_m_s)


def facing(degrees: float, *changes: DirectionChange) -> Directions:
    return Directions(Direction(facing_deg=degrees), changes)


def speed_at(plan: WalkPlan, at_m: float) -> float:
    return float(plan.speeds_m_s[np.searchsorted(plan.distances_m, at_m)])


@pytest.mark.parametrize("turn_deg", [60.0, 90.0, -135.0, 178.0])
def test_braked_into_a_corner_and_taken_up_after_it(turn_deg: float) -> None:
    plan = plan_walk(corner(turn_deg), 0.5, 0.5)
    slowest, speeds = speed_at(plan, 5.0), plan.speeds_m_s
    assert slowest < 1.1
    assert speed_at(plan, 2.5) == pytest.approx(1.3, abs=0.01)
    assert slowest < speed_at(plan, 4.6) < 1.31 and slowest < speed_at(plan, 5.4)
    assert speed_at(plan, 7.5) == pytest.approx(1.3, abs=0.01)
    assert (np.abs(plan.turn_rates_rad_s) * speeds).max() < 1.15 * SIDEWAYS_M_S2


def test_the_sharper_the_slower() -> None:
    slowest = [speed_at(plan_walk(corner(turn), 0, 0), 5.0) for turn in (20, 45, 90, 150)]
    assert slowest == sorted(slowest, reverse=True)
    assert slowest[0] == pytest.approx(1.3, abs=0.01)


def test_wide_bends_are_not_slowed_and_runners_lean_more() -> None:
    middle = 6.0
    assert speed_at(plan_walk(bend(2.0, 1.3), 0, 0), middle) == pytest.approx(1.3, abs=0.01)
    assert speed_at(plan_walk(bend(1.3, 1.3), 0, 0), 3.0) < 1.2
    assert speed_at(plan_walk(bend(4.0, 2.6), 0, 0), middle) == pytest.approx(2.6, abs=0.02)
    assert speed_at(plan_walk(bend(2.0, 2.6), 0, 0), middle) < 1.9


@pytest.mark.parametrize("speed_m_s", [0.8, 1.3, 2.5])
def test_one_foot_a_tread(speed_m_s: float) -> None:
    plan = plan_request(WalkRequest(line(10, speed_m_s), StairsTerrain()))
    for first, last in ((2.0, 4.1), (6.1, 8.2)):
        on = (plan.distances_m > first) & (plan.distances_m < last)
        expected = TREADS_PER_S * 0.3
        np.testing.assert_allclose(plan.speeds_m_s[on], expected, atol=0.03)
        # Steps of the stairs and of the feet are the same.
        steps = plan.treads[on]
        known = np.isfinite(steps)
        rate = np.gradient(steps[known]) * RATE
        assert np.median(rate) == pytest.approx(TREADS_PER_S, rel=0.05)
    up, down = plan.slowdowns
    assert up.reason is down.reason is Reason.TREADS
    assert (up.treads, down.treads) == (8, 8)
    assert (up.at_m, down.at_m) == pytest.approx((2.0, 6.1), abs=0.05)
    assert up.asked_m_s == speed_m_s and up.speed_m_s == pytest.approx(0.525, abs=0.02)


def test_whoever_is_slow_already_is_not_said_to_be_slowed() -> None:
    plan = plan_request(WalkRequest(line(10, 0.4), StairsTerrain()))
    assert plan.slowdowns == ()
    assert plan.speeds_m_s.max() < 0.42


@pytest.mark.parametrize(("degrees", "fastest"), [(180, 1.2), (90, 0.8), (-90, 0.8), (10, 2.0)])
def test_backward_and_sideways_are_slower(degrees: float, fastest: float) -> None:
    plan = plan_request(WalkRequest(line(8, 2.0), directions=facing(degrees)))
    assert plan.speeds_m_s.max() == pytest.approx(fastest, abs=0.02)
    np.testing.assert_allclose(plan.travel_rad, 0.0, atol=1e-6)
    np.testing.assert_allclose(plan.headings_rad, np.radians(degrees), atol=1e-6)
    if fastest == 2.0:
        assert plan.slowdowns == ()
        return
    (slower,) = plan.slowdowns
    assert slower.reason is Reason.FACING and slower.at_m == 0.0
    assert (slower.speed_m_s, slower.asked_m_s) == pytest.approx((fastest, 2.0))


def test_turning_around_while_walking_takes_its_time() -> None:
    turned = facing(0.0, DirectionChange(4.0, "facing_deg", 180.0))
    plan = plan_request(WalkRequest(line(8, 1.2), directions=turned))
    assert plan.headings_rad[0] == pytest.approx(0.0, abs=1e-6)
    assert abs(plan.headings_rad[-1]) == pytest.approx(np.pi, abs=1e-6)
    assert np.abs(plan.turn_rates_rad_s).max() < 4.0
    assert speed_at(plan, 4.4) < 0.8 and speed_at(plan, 6.0) == pytest.approx(1.2, abs=0.02)
    (slower,) = plan.slowdowns
    assert slower.reason is Reason.TURNING and slower.at_m == pytest.approx(4.0, abs=0.15)
    assert slower.speed_m_s < 0.8 < slower.asked_m_s == 1.2


def test_a_little_braking_for_a_turn_is_not_worth_a_word() -> None:
    turned = facing(0.0, DirectionChange(4.0, "facing_deg", 45.0))
    assert plan_request(WalkRequest(line(8, 1.2), directions=turned)).slowdowns == ()


def test_places_are_reached_later_where_it_is_slower() -> None:
    request = WalkRequest(line(10, 1.0), StairsTerrain(), stand_before_s=1.0)
    places = np.array([0.0, 1.9, 4.3, 6.0, 8.4, 10.0])
    times = make_timetable(request).times_at(places)
    plan = plan_request(request)
    planned = np.interp(times, np.arange(plan.frame_count) / RATE, plan.distances_m)
    np.testing.assert_allclose(planned, places, atol=0.08)
    assert (times[2] - times[1]) / 2.4 > 1.4 * (times[3] - times[2]) / 1.7
