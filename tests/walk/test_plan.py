"""A timetable keeps to the desired speeds, its stops and the strength of legs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ as RATE
from blender_addon.core.errors import PathError
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.maths.headings import headings_to_directions
from blender_addon.core.walk.plan import MAX_DURATION_S, WalkPlan, plan_walk
from blender_addon.core.walk.request import WalkRequest
from blender_addon.core.walk.slowing import SIDEWAYS_M_S2
from blender_addon.core.walk.timetable import ACCELERATION_M_S2, SETTING_OUT_M_S2, make_timetable

STILL_M_S = 0.05


def line(length_m: float, speed_m_s: float = 1.3, *stops: Stop) -> Path:
    return Path.from_points([[0, 0, 0], [0, 0, length_m]], speed_m_s, stops=stops)


def circle(radius_m: float) -> Path:
    angle = np.linspace(0, 2 * np.pi, 100)[:-1]
    ring = np.stack((radius_m * (1 - np.cos(angle)), 0 * angle, radius_m * np.sin(angle)), axis=-1)
    return Path.from_points(ring, 1.3, closed=True)


@st.composite
def walks(draw: st.DrawFn) -> Path:
    """A straight way with speeds that change at any place, and up to two stops."""
    count = draw(st.integers(2, 6))
    gaps = [draw(st.floats(0.3, 4.0)) for _ in range(count - 1)]
    points = np.zeros((count, 3))
    points[1:, 2] = np.cumsum(gaps)
    speeds = np.array([draw(st.floats(0.4, 3.4)) for _ in range(count)])
    stops = [
        Stop(float(points[-1, 2]) * draw(st.floats(0, 1)), draw(st.floats(0, 3)))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return Path(points, speeds, tuple(stops))


def standing_s(plan: WalkPlan, at_m: float) -> float:
    """For how long the plan stands near a place."""
    near = np.abs(plan.distances_m - at_m) < 0.05
    return float((near & (plan.speeds_m_s < STILL_M_S)).sum() / RATE)


@given(walks())
@settings(deadline=None, max_examples=40)
def test_any_walk(path: Path) -> None:
    plan = plan_walk(path, 0.5, 0.5)
    # 1. It goes from the beginning to the end, never back.
    assert plan.distances_m[0] == pytest.approx(0, abs=1e-3)
    assert plan.distances_m[-1] == pytest.approx(path.length_m, abs=1e-3)
    assert np.diff(plan.distances_m).min() > -1e-9
    # 2. Never faster than desired there; the smoothing reaches a tenth of a second around.
    around = 0.25 * np.maximum(plan.speeds_m_s, 0.2)[:, None] * np.linspace(-1, 1, 9)
    desired = path.speeds(plan.distances_m[:, None] + around).max(axis=1)
    assert (plan.speeds_m_s <= desired + 0.02).all()
    # 3. With the strength people have.
    assert np.abs(np.diff(plan.speeds_m_s)).max() * RATE < 1.1 * ACCELERATION_M_S2
    # 4. Every stop is kept.
    for stop in path.stops:
        if stop.seconds > 0.5:
            assert standing_s(plan, stop.at_m) > stop.seconds - 0.15


def test_speeds_are_what_the_positions_do() -> None:
    plan = plan_walk(line(6), 0.5, 0.5)
    steps = np.linalg.norm(np.gradient(plan.positions_xz, axis=0), axis=-1) * RATE
    np.testing.assert_allclose(steps, plan.speeds_m_s, atol=0.15)


def test_a_long_walk_reaches_the_desired_speed_and_takes_its_time() -> None:
    plan = plan_walk(line(20, 1.4), 1.0, 2.0)
    assert plan.speeds_m_s.max() == pytest.approx(1.4, abs=0.01)
    ramp_s = 0.5 * 1.4 / SETTING_OUT_M_S2 + 0.5 * 1.4 / ACCELERATION_M_S2
    assert (plan.frame_count - 1) / RATE == pytest.approx(3.0 + 20 / 1.4 + ramp_s, abs=0.1)


def test_standing_before_and_after() -> None:
    plan = plan_walk(line(3), 1.5, 2.0)
    still = plan.speeds_m_s < STILL_M_S
    assert np.argmin(still) / RATE == pytest.approx(1.5, abs=0.2)
    assert np.argmin(still[::-1]) / RATE == pytest.approx(2.0, abs=0.2)
    np.testing.assert_allclose(plan.positions_xz[[0, -1]], [[0, 0], [0, 3]], atol=1e-6)


def test_without_standing_it_still_ends_at_the_end() -> None:
    plan = plan_walk(line(3), 0.0, 0.0)
    np.testing.assert_allclose(plan.positions_xz[[0, -1]], [[0, 0], [0, 3]], atol=0.02)


@pytest.mark.parametrize("at_m", [0.0, 2.0, 5.0])
def test_a_stop_lasts_as_asked(at_m: float) -> None:
    without = plan_walk(line(5), 0.5, 0.5)
    plan = plan_walk(line(5, 1.3, Stop(at_m, 2.5)), 0.5, 0.5)
    gained = standing_s(plan, at_m) - standing_s(without, at_m)
    assert gained == pytest.approx(2.5, abs=0.15)


def test_two_stops_at_one_place_add_up() -> None:
    one = plan_walk(line(5, 1.3, Stop(2, 3.0)), 0.5, 0.5)
    two = plan_walk(line(5, 1.3, Stop(2, 1.0), Stop(2, 2.0)), 0.5, 0.5)
    np.testing.assert_allclose(one.distances_m, two.distances_m, atol=1e-9)


def test_slowing_begins_in_time() -> None:
    speeds = np.array([3.0, 3.0, 0.8, 0.8])
    path = Path(np.array([[0, 0, 0], [0, 0, 8], [0, 0, 8.01], [0, 0, 12.0]]), speeds)
    plan = plan_walk(path, 0.0, 0.0)
    before = plan.speeds_m_s[np.searchsorted(plan.distances_m, 7.0)]
    braking = np.sqrt(0.8**2 + 2 * ACCELERATION_M_S2 * 1.0)
    assert before == pytest.approx(braking, abs=0.15)
    assert plan.speeds_m_s[np.searchsorted(plan.distances_m, 8.1)] == pytest.approx(0.8, abs=0.1)


def test_a_way_too_short_for_the_speed_is_walked_slower() -> None:
    plan = plan_walk(line(0.5, 3.0), 0.5, 0.5)
    assert plan.speeds_m_s.max() < np.sqrt(0.5 * ACCELERATION_M_S2) + 0.02


def test_headings_follow_the_way_and_do_not_jump() -> None:
    plan = plan_walk(circle(2.0), 0.5, 0.5)
    moving = plan.speeds_m_s > 1.0
    way = np.gradient(plan.positions_xz, axis=0)
    way /= np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9)
    cosine = np.sum(way * headings_to_directions(plan.headings_rad), axis=-1)
    assert cosine[moving].min() > np.cos(0.1)
    assert abs(plan.headings_rad[-1] - plan.headings_rad[0]) == pytest.approx(2 * np.pi, abs=0.15)


@pytest.mark.parametrize("turn", [np.pi / 2, np.pi])
def test_a_corner_is_turned_over_a_moment(turn: float) -> None:
    back = [3 * np.sin(turn), 0, 3 + 3 * np.cos(turn)]
    plan = plan_walk(Path.from_points([[0, 0, 0], [0, 0, 3], back]), 0.5, 0.5)
    assert abs(plan.headings_rad[-1] - plan.headings_rad[0]) == pytest.approx(turn, abs=1e-3)
    rates = np.abs(plan.turn_rates_rad_s)
    assert 1.0 < rates.max() < 3.0
    assert (rates * plan.speeds_m_s).max() < 1.15 * SIDEWAYS_M_S2


def test_corners_are_cut_by_less_than_a_foot() -> None:
    plan = plan_walk(Path.from_points([[0, 0, 0], [0, 0, 3], [3, 0, 3]]), 0.5, 0.5)
    corner = np.linalg.norm(plan.positions_xz - [0, 3], axis=-1).min()
    assert 0.0 < corner < 0.15


def test_a_walk_of_hours_is_refused() -> None:
    with pytest.raises(PathError, match="at most 60"):
        plan_walk(line(100, 0.02), 0, 0)
    with pytest.raises(PathError, match="minutes"):
        plan_walk(line(1), 0, MAX_DURATION_S)


def test_places_are_reached_when_the_plan_is_there():
    path = Path.from_points(((0, 0, 0), (0, 0, 6)), 1.3, stops=[Stop(3.0, 2.0)])
    plan = plan_walk(path, 1.0, 0.0)
    distances = np.array([0.0, 1.0, 2.9, 3.0, 5.0, 6.0])
    times = make_timetable(WalkRequest(path, stand_before_s=1.0)).times_at(distances)
    assert times[0] == pytest.approx(1.0)
    assert np.all(np.diff(times) > 0)
    assert times[3] - times[2] > 2.0  # a stop is reached before it is left
    planned = np.interp(times, np.arange(plan.frame_count) / 60, plan.distances_m)
    assert np.allclose(planned, distances, atol=0.06)
