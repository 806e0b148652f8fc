"""Standing without a path, turning on the spot, and arriving in time."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ as RATE
from blender_addon.core.errors import PathError, SettingsError
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.maths.rotations import wrap_angle
from blender_addon.core.walk.plan import WalkPlan, plan_request
from blender_addon.core.walk.request import WalkRequest
from blender_addon.core.walk.timetable import make_timetable

STILL_M_S = 0.05


def line(length_m: float, speed_m_s: float = 1.3, *stops: Stop) -> Path:
    return Path.from_points([[0, 0, 0], [0, 0, length_m]], speed_m_s, stops=stops)


def turning_s(plan: WalkPlan) -> float:
    return float((np.abs(plan.turn_rates_rad_s) > 0.1).sum() / RATE)


def first_move_s(plan: WalkPlan) -> float:
    return float(np.argmax(plan.speeds_m_s > STILL_M_S) / RATE)


def test_standing_lasts_as_asked_where_asked() -> None:
    plan = plan_request(WalkRequest(place=(1.0, 2.0, 0.7), stand_s=4.0))
    assert plan.frame_count == 4 * RATE + 1
    assert (plan.positions_xz == [1.0, 2.0]).all() and (plan.headings_rad == 0.7).all()
    assert not plan.speeds_m_s.any() and not plan.distances_m.any()


@pytest.mark.parametrize("degrees", [30.0, 90.0, -90.0, 175.0, 270.0])
def test_turning_on_the_spot(degrees: float) -> None:
    request = WalkRequest(
        place=(0.0, 0.0, 1.0), stand_s=5.0, end_heading_rad=1.0 + np.radians(degrees)
    )
    plan = plan_request(request)
    short_way = abs((degrees + 180) % 360 - 180)
    turned = np.degrees(plan.headings_rad - 1.0)
    assert turned[0] == 0.0 and abs(turned[-1]) == pytest.approx(short_way)
    assert turning_s(plan) == pytest.approx(0.35 + np.radians(short_way) / 2.4, abs=0.15)
    assert np.degrees(np.abs(plan.turn_rates_rad_s).max()) < 180.0
    assert plan.frame_count == 5 * RATE + 1


def test_a_turn_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"turning by 180° takes 1.7 s; only 1 s.*Stand longer"):
        plan_request(WalkRequest(stand_s=1.0, end_heading_rad=np.pi))


def test_one_that_just_fits_begins_at_once() -> None:
    plan = plan_request(WalkRequest(stand_s=1.1, stand_before_s=0.9, end_heading_rad=np.pi / 2))
    assert plan.headings_rad[-1] == pytest.approx(np.pi / 2)


@pytest.mark.parametrize("degrees", [180.0, -90.0, 60.0])
def test_who_faces_elsewhere_turns_before_the_first_step(degrees: float) -> None:
    request = WalkRequest(line(4), start_heading_rad=np.radians(degrees), stand_before_s=1.0)
    plan, plain = plan_request(request), plan_request(WalkRequest(line(4), stand_before_s=1.0))
    assert wrap_angle(plan.headings_rad[:1] - np.radians(degrees)) == pytest.approx(0.0, abs=1e-6)
    later = first_move_s(plan) - first_move_s(plain)
    assert later == pytest.approx(0.35 + np.radians(abs(degrees)) / 2.4, abs=0.02)
    before_the_step = round(RATE * first_move_s(plan))
    assert abs(wrap_angle(plan.headings_rad[before_the_step : before_the_step + 1])) < 0.1
    assert plan.frame_count - plain.frame_count == pytest.approx(later * RATE, abs=2)


def test_a_little_off_is_made_up_for_on_the_way() -> None:
    plan = plan_request(WalkRequest(line(4), start_heading_rad=0.5))
    assert plan.frame_count == plan_request(WalkRequest(line(4))).frame_count
    assert plan.headings_rad[0] == pytest.approx(0.5)
    assert plan.headings_rad[-1] == pytest.approx(0.0, abs=1e-6)


def test_the_end_is_faced_after_arriving() -> None:
    request = WalkRequest(line(4), end_heading_rad=np.pi / 2, stand_after_s=1.0)
    plan, table = plan_request(request), make_timetable(request)
    there = np.abs(plan.distances_m - 4.0) < 0.02
    assert plan.headings_rad[~there].max() < 0.02
    assert plan.headings_rad[-1] == pytest.approx(np.pi / 2)
    assert plan.headings_rad[-int(RATE) :].min() == pytest.approx(np.pi / 2, abs=0.05)
    assert table.seconds == pytest.approx(table.arrival_s + table.after.duration_s + 1.0)


@pytest.mark.parametrize("arrive_s", [7.5, 10.0, 30.0])
def test_arriving_in_time(arrive_s: float) -> None:
    request = WalkRequest(line(6, 1.0, Stop(3.0, 1.0)), arrive_s=arrive_s, stand_before_s=0.7)
    table = make_timetable(request, 3.6)
    assert table.arrival_s == pytest.approx(0.7 + arrive_s, abs=0.01)
    plan = plan_request(request, 3.6)
    arrived = np.argmax(plan.distances_m > 5.99) / RATE
    assert arrived == pytest.approx(0.7 + arrive_s, abs=0.3)
    standing = (np.abs(plan.distances_m - 3.0) < 0.03) & (plan.speeds_m_s < STILL_M_S)
    assert 0.85 < standing.sum() / RATE < 1.7, "the stop lasts as asked"


def test_turning_counts_into_the_time() -> None:
    request = WalkRequest(line(6), arrive_s=8.0, start_heading_rad=np.pi, stand_before_s=0.5)
    assert make_timetable(request).arrival_s == pytest.approx(8.5, abs=0.01)


def test_too_early_says_what_is_possible() -> None:
    request = WalkRequest(line(10), arrive_s=2.0)
    with pytest.raises(PathError, match=r"cannot be reached in 2.00 s.*earliest it takes [\d.]+ s"):
        plan_request(request, 3.0)
    earliest = 10 / 3.0 + 1.5 / 1.1 + 1.5 / 1.3
    assert make_timetable(WalkRequest(line(10), arrive_s=earliest + 0.05), 3.0).speed_factor > 1.0


def test_far_too_late_is_refused() -> None:
    with pytest.raises(SettingsError, match="hardly any motion"):
        plan_request(WalkRequest(line(0.3), arrive_s=3000.0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"stand_s": -1.0}, "standing time must be 0 to 600 s; found -1 s"),
        ({"stand_s": float("nan")}, "standing time"),
        ({"stand_s": 601.0}, "standing time"),
        ({}, "neither a path nor a time to stand"),
        ({"stand_s": 1.0, "place": (0.0, float("inf"), 0.0)}, "not a finite number"),
        ({"stand_s": 1.0, "end_heading_rad": float("nan")}, "not a finite number"),
        ({"path": line(3), "start_heading_rad": float("nan")}, "not a finite number"),
        ({"path": line(3), "stand_before_s": float("nan")}, "before the first step"),
        ({"path": line(3), "arrive_s": 0.0}, "after the first step"),
        ({"path": line(3), "arrive_s": float("nan")}, "after the first step"),
        ({"path": line(3), "arrive_s": 4000.0}, "after the first step"),
    ],
)
def test_bad_values_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_request(WalkRequest(**wrong))
