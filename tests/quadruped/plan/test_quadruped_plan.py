"""A plan keeps to the path, to what legs can do, and to what is told."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.errors import PathError, SettingsError
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import HeightField
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import ACTIONS, Action, Gait, froude, speed_of
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import ActionMark, GaitChange, QuadrupedRequest
from tests.quadruped.plan.animals import animal, circle, corners, line, ramp, there_and_back

HORSE, WOLF = animal(Family.HOOFED), animal(Family.CANINE)


def gaits_of(plan: QuadrupedPlan) -> list[str]:
    """What weighs most, one after the other."""
    best = plan.actions.argmax(axis=1)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(best)) + 1))
    return [ACTIONS[n] for n in best[starts]]


def accelerations(plan: QuadrupedPlan) -> Floats:
    return np.gradient(plan.speeds_m_s) * MODEL_FRAME_RATE_HZ


def turn_rates(plan: QuadrupedPlan) -> Floats:
    return np.gradient(plan.headings_rad) * MODEL_FRAME_RATE_HZ


def distance_to(path: Path, places: Floats) -> Floats:
    """(T,) metres from the path."""
    along = path.positions(np.linspace(0.0, path.length_m, 2000))
    return np.array([np.linalg.norm(along - place, axis=1).min() for place in places])


@pytest.mark.parametrize("body", [HORSE, WOLF])
@pytest.mark.parametrize(
    "path", [ramp(), corners(0.15), corners(1.0), circle(1.0, 1.0), there_and_back(3.0, 0.15)]
)
def test_it_goes_along_the_path_as_legs_can(body, path):
    plan = plan_request(QuadrupedRequest(body, path))
    np.testing.assert_allclose(plan.actions.sum(axis=1), 1.0, atol=1e-9)
    assert plan.actions.min() >= 0
    away = distance_to(path, plan.positions_xz) / 0.5
    assert away.mean() < 0.04
    assert np.percentile(away, 95) < 0.15
    np.testing.assert_allclose(plan.positions_xz[-1], path.positions(path.length_m), atol=0.01)
    assert plan.speeds_m_s[[0, -1]].max() < 0.01
    assert np.abs(accelerations(plan)).max() < 2.6
    sideways = np.abs(turn_rates(plan) * plan.speeds_m_s)
    assert sideways.max() < 0.6 * GRAVITY_M_S2
    assert np.abs(turn_rates(plan)).max() < 2.2


def test_it_is_as_fast_as_asked_where_it_can():
    plan = plan_request(QuadrupedRequest(HORSE, line(40.0, 3.0)))
    assert plan.speeds_m_s.max() == pytest.approx(float(speed_of(3.0)), rel=0.01)
    reached = int(np.argmax(plan.speeds_m_s > 0.98 * speed_of(3.0)))
    assert 1.5 < reached / MODEL_FRAME_RATE_HZ < 4.0


def test_gaits_by_speed():
    horse = plan_request(QuadrupedRequest(HORSE, ramp()))
    leads = {"canter_left", "canter_right"}
    found = gaits_of(horse)
    assert found[:3] == ["stand", "walk", "trot"] == found[:-4:-1]
    assert found[3] in leads
    assert found[4].startswith("gallop")
    dog = gaits_of(plan_request(QuadrupedRequest(WOLF, ramp())))
    assert [name.partition("_")[0] for name in dog] == [
        "stand", "walk", "trot", "gallop", "trot", "walk", "stand",
    ]  # fmt: skip


def test_gaits_hold_on_to_their_speeds():
    plan = plan_request(QuadrupedRequest(WOLF, ramp()))
    numbers, best = froude(plan.speeds_m_s), plan.actions.argmax(axis=1)
    trot = np.flatnonzero(best == ACTIONS.index("trot"))
    up, down = numbers[trot[0]], numbers[trot[-1]]
    assert 0.5 < up < 0.7
    assert 0.3 < down < 0.5


def test_the_speeds_of_one_gait_do_not_flicker_around_its_border():
    along = np.linspace(0.0, 30.0, 300)
    numbers = 0.5 + 0.06 * np.sin(along * 4.0)
    path = Path(np.stack((0 * along, 0 * along, along), axis=-1), speed_of(numbers))
    assert gaits_of(plan_request(QuadrupedRequest(HORSE, path))) == ["stand", "walk", "stand"]


def test_a_gait_that_is_told_is_gone_in_from_its_place_on():
    changes = (GaitChange(6.0, Gait.TROT), GaitChange(14.0, None))
    request = QuadrupedRequest(WOLF, line(20.0, 0.3), gait=Gait.PACE, gait_changes=changes)
    plan = plan_request(request)
    at = np.searchsorted(plan.distances_m, [3.0, 10.0, 17.0])
    assert [ACTIONS[n] for n in plan.actions[at].argmax(axis=1)] == ["pace", "trot", "walk"]


def test_a_gallop_asked_of_a_slow_animal_is_granted_and_said():
    request = QuadrupedRequest(WOLF, line(8.0, 0.07), gait=Gait.GALLOP_LEFT)
    plan = plan_request(request, hip_height_m=0.1)
    middle = plan.actions[plan.frame_count // 2]
    assert ACTIONS[int(middle.argmax())] == "gallop_left"
    assert len(plan.notes) == 1
    assert "gallop on the left at 0.3 m/s" in plan.notes[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_lead_that_is_told_is_kept_while_setting_out_and_pulling_up(seed):
    request = QuadrupedRequest(HORSE, line(80.0, 12.0), gait=Gait.GALLOP_LEFT, seed=seed)
    best = {ACTIONS[n] for n in plan_request(request).actions.argmax(axis=1)}
    assert "gallop_left" in best
    assert not best & {"gallop_right", "canter_right"}


def test_a_gallop_leads_with_the_side_it_turns_to():
    plan = plan_request(QuadrupedRequest(WOLF, circle(5.0, 3.0)))
    best = {ACTIONS[n] for n in plan.actions.argmax(axis=1)}
    assert "gallop_left" in best
    assert "gallop_right" not in best


def test_it_stops_where_and_as_long_as_told():
    plan = plan_request(QuadrupedRequest(HORSE, line(8.0, 0.2, Stop(4.0, 2.0))))
    there = np.abs(plan.distances_m - 4.0) < 0.01
    still = there & (plan.speeds_m_s < 0.05)
    assert still.sum() / MODEL_FRAME_RATE_HZ == pytest.approx(2.0, abs=0.4)


def test_something_is_done_standing():
    marks = (ActionMark(3.0, Action.SIT, 3.0),)
    plan = plan_request(QuadrupedRequest(WOLF, line(6.0, 0.15), marks=marks))
    weight = plan.actions[:, ACTIONS.index("sit")]
    assert weight.max() == pytest.approx(1.0)
    assert (weight > 0).sum() / MODEL_FRAME_RATE_HZ == pytest.approx(3.0, abs=0.1)
    assert plan.speeds_m_s[weight > 0].max() < 0.02
    assert np.abs(plan.distances_m[weight > 0] - 3.0).max() < 0.01
    assert np.abs(np.diff(weight)).max() < 0.1


def test_a_jump_is_passed_with_a_run_up():
    marks = (ActionMark(6.0, Action.JUMP),)
    plan = plan_request(QuadrupedRequest(WOLF, line(12.0, 0.15), marks=marks))
    on = plan.actions[:, ACTIONS.index("jump")] > 0.5
    assert plan.speeds_m_s[on].min() > 1.8
    assert plan.distances_m[on].mean() == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("stand_after_s", [0.0, 1.0])
def test_a_jump_at_the_end_of_a_path_is_done_on_getting_there(stand_after_s):
    path, marks = line(6.0, 0.3), (ActionMark(6.0, Action.JUMP),)
    plan = plan_request(QuadrupedRequest(WOLF, path, marks=marks, stand_after_s=stand_after_s))
    at = int(plan.actions[:, ACTIONS.index("jump")].argmax())
    assert plan.distances_m[at] > 5.9
    assert any("short run-up" in note for note in plan.notes)


def test_it_backs_up_slowly_facing_where_it_came_to():
    plan = plan_request(QuadrupedRequest(HORSE, line(3.0, 1.0), backward=True))
    np.testing.assert_allclose(np.cos(plan.headings_rad - plan.travel_rad), -1.0, atol=1e-9)
    assert plan.speeds_m_s.max() < 0.6
    assert set(gaits_of(plan)) == {"stand", "walk"}
    assert "back up" in plan.notes[0]


def test_a_path_that_doubles_back_is_turned_about_on_the_spot():
    plan = plan_request(QuadrupedRequest(HORSE, there_and_back(3.0, 0.15)))
    assert abs(plan.headings_rad[-1] - plan.headings_rad[0]) == pytest.approx(np.pi, abs=0.05)
    turning = np.abs(turn_rates(plan)) > 0.5
    assert plan.speeds_m_s[turning].max() < 0.15
    assert {ACTIONS[n] for n in plan.actions[turning].argmax(axis=1)} == {"walk"}
    assert "turns about" in plan.notes[0]


def test_a_path_tighter_than_the_body_is_gone_slowly_and_said():
    plan = plan_request(QuadrupedRequest(HORSE, circle(0.2, 0.3)))
    assert plan.speeds_m_s.max() < 0.5
    assert any("tighter than the body" in note for note in plan.notes)


def test_steep_ground_is_gone_slowly_and_said():
    slope = np.clip(np.arange(200) * 0.05 - 4.0, 0.0, 3.0)
    ground = HeightField(np.array([-5.0, -1.0]), 0.05, np.tile(slope, (200, 1)))
    plan = plan_request(QuadrupedRequest(HORSE, line(8.0, 1.0), ground))
    assert any("rises by 45°" in note for note in plan.notes)
    on_slope = (plan.distances_m > 3.7) & (plan.distances_m < 5.3)
    assert plan.speeds_m_s[on_slope].max() < 0.7


def test_standing_without_a_path():
    place = (1.0, 2.0, 0.7)
    request = QuadrupedRequest(
        WOLF, place=place, stand_s=2.0, marks=(ActionMark(0.0, Action.EAT, 3.0),)
    )
    plan = plan_request(request)
    assert plan.frame_count / MODEL_FRAME_RATE_HZ > 3.5
    np.testing.assert_allclose(plan.positions_xz, np.tile(place[:2], (plan.frame_count, 1)))
    np.testing.assert_allclose(plan.headings_rad, 0.7)
    assert gaits_of(plan) == ["stand", "eat", "stand"]


def test_two_marks_at_one_place_and_a_stop_at_the_end():
    marks = (ActionMark(2.0, Action.LOOK, 1.0), ActionMark(2.0, Action.EAT, 1.5))
    plan = plan_request(QuadrupedRequest(WOLF, line(4.0, 0.15, Stop(4.0, 1.0)), marks=marks))
    assert gaits_of(plan) == ["stand", "walk", "stand", "look", "stand", "eat", "stand", "walk",
                              "stand"]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"path": line(0.05, 0.15)}, PathError, "needs at least"),
        ({"path": line(9000.0, 0.15)}, PathError, "minutes"),
        ({"path": None}, SettingsError, "neither a path"),
        ({"stand_before_s": float("nan")}, SettingsError, "before the first step"),
        ({"stand_after_s": -1.0}, SettingsError, "after the last step"),
        ({"place": (0.0, float("inf"), 0.0)}, SettingsError, "finite"),
        ({"gait": Gait.STAND}, SettingsError, "stop"),
        ({"marks": (ActionMark(99.0, Action.SIT),)}, PathError, "does not lie on the path"),
        ({"marks": (ActionMark(1.0, Action.SIT, -2.0),)}, SettingsError, "'sit'"),
        ({"gait_changes": (GaitChange(float("nan"), None),)}, PathError, "change of gait"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(changes, error, words):
    with pytest.raises(error, match=words):
        plan_request(QuadrupedRequest(HORSE, **{"path": line(5.0, 0.15), **changes}))


def test_a_closed_path_is_gone_all_around():
    path = circle(1.5, 0.3)
    plan = plan_request(QuadrupedRequest(WOLF, path))
    np.testing.assert_allclose(plan.positions_xz[-1], plan.positions_xz[0], atol=0.02)
    assert plan.headings_rad[-1] - plan.headings_rad[0] == pytest.approx(2 * np.pi, abs=0.06)
    assert distance_to(path, plan.positions_xz).max() < 0.02
    square = Path.from_points([[0, 0, 0], [0, 0, 3], [3, 0, 3], [3, 0, 0]], 0.8, closed=True)
    around = plan_request(QuadrupedRequest(WOLF, square))
    assert np.linalg.norm(around.positions_xz[0]) < 0.12
    np.testing.assert_allclose(around.positions_xz[-1], around.positions_xz[0], atol=0.02)
