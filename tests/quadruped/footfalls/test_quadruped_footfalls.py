"""Feet stand still, land in the order of their gait, and step as a whole animal's do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from backend.quadruped.footfalls import plan_footfalls
from backend.quadruped.reach import feet_under, square_feet, stance_reach
from backend.quadruped.sequence import Footfalls
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.gaits import (
    ACTIONS,
    Action,
    Gait,
    duties,
    froude,
    landings,
    speed_of,
    stride_length_ratio,
)
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import ActionMark, GaitChange, QuadrupedRequest
from tests.quadruped.plan.animals import animal, circle, corners, line, ramp, there_and_back

HORSE, WOLF = animal(Family.HOOFED), animal(Family.CANINE)
HILLS = HeightField(
    np.array([-20.0, -20.0]),
    0.1,
    0.12 * np.sin(0.13 * np.arange(600))[:, None] + 0.12 * np.sin(0.11 * np.arange(600))[None],
)


@dataclass(frozen=True, eq=False)
class Steps:
    """A plan and its footfalls."""

    body: QuadrupedBody
    terrain: Terrain
    plan: QuadrupedPlan
    feet: Footfalls

    def landings(self, foot: int) -> Ints:
        """Frames."""
        stands = self.feet.contacts[:, foot].astype(np.int64)
        return np.flatnonzero(np.diff(stands) == 1) + 1

    def liftoffs(self, foot: int) -> Ints:
        """Frames, the first in the air."""
        stands = self.feet.contacts[:, foot].astype(np.int64)
        return np.flatnonzero(np.diff(stands) == -1) + 1

    def prints(self, foot: int) -> Floats:
        """(N, 3) where the foot lands."""
        return self.feet.paws_m[self.landings(foot), foot]


def steps_of(request: QuadrupedRequest, seed: int = 3) -> Steps:
    plan = plan_request(request)
    rng = np.random.default_rng(seed)
    feet = plan_footfalls(plan, request.body, request.terrain, rng)
    return Steps(request.body, request.terrain, plan, feet)


_MARKS = (ActionMark(4.0, Action.SIT, 2.0), ActionMark(6.0, Action.JUMP))
_CHANGES = tuple(
    GaitChange(at, gait)
    for at, gait in (
        (8.0, Gait.PACE),
        (14.0, Gait.TROT),
        (20.0, Gait.CANTER_LEFT),
        (26.0, Gait.GALLOP_RIGHT),
        (32.0, Gait.WALK),
    )
)
WAYS = {
    "walk": {"path": line(6.0, 0.15)},
    "ramp": {"path": ramp()},
    "corners": {"path": corners(0.5)},
    "circle": {"path": circle(1.0, 1.0)},
    "tiny circle": {"path": circle(0.15, 0.1)},
    "doubling back": {"path": there_and_back(2.0, 0.3)},
    "stops": {"path": line(10.0, 0.6, Stop(2.0, 2.0), Stop(8.0, 0.3)), "marks": _MARKS},
    "backing": {"path": line(3.0, 0.05), "backward": True},
    "hills": {"path": line(12.0, 0.4), "terrain": HILLS},
    "changes": {"path": line(40.0, 1.0), "gait": Gait.WALK, "gait_changes": _CHANGES},
    "cut short": {"path": line(3.0, 0.2), "stand_before_s": 0.0, "stand_after_s": 0.0},
    "standing": {"path": None, "stand_s": 1.0},
}


@pytest.mark.parametrize("body", [HORSE, WOLF])
@pytest.mark.parametrize("way", WAYS)
def test_feet_stand_still_on_the_ground_and_pass_over_it(body, way):
    steps = steps_of(QuadrupedRequest(body, **WAYS[way]))
    feet = steps.feet
    for foot in range(4):
        stands, paws = feet.contacts[:, foot], feet.paws_m[:, foot]
        moved = np.linalg.norm(np.diff(paws, axis=0), axis=1)
        assert moved[stands[1:] & stands[:-1]].max(initial=0.0) == 0.0
        height = paws[:, 1] - steps.terrain.heights(paws[:, [0, 2]]) - body.paw_heights_m[foot]
        assert np.abs(height[stands]).max() < 1e-5
        assert height.min() > -1e-5
        assert moved.max() * MODEL_FRAME_RATE_HZ < 12.0
        bends = np.linalg.norm(np.diff(paws, 2, axis=0), axis=1)
        assert bends.max() * MODEL_FRAME_RATE_HZ**2 < 200.0  # a pop has thousands


@pytest.mark.parametrize("way", WAYS)
def test_phases_and_strides_are_what_the_contacts_are(way):
    feet = steps_of(QuadrupedRequest(WOLF, **WAYS[way])).feet
    assert feet.phases.min() >= 0
    assert feet.phases.max() < 1
    assert np.diff(feet.strides).min(initial=0.0) >= 0
    assert (feet.phases[feet.contacts] <= feet.duties[feet.contacts] + 1e-9).all()
    assert (feet.phases[~feet.contacts] >= feet.duties[~feet.contacts] - 1e-9).all()


CASES = [
    (WOLF, Gait.WALK, (0.05, 0.15, 0.34)),
    (HORSE, Gait.WALK, (0.05, 0.15, 0.34)),
    (WOLF, Gait.PACE, (0.5, 1.0)),
    (WOLF, Gait.TROT, (0.5, 1.0, 1.8)),
    (HORSE, Gait.TROT, (0.5, 1.0, 1.8)),
    (HORSE, Gait.CANTER_RIGHT, (1.0, 2.3)),
    (WOLF, Gait.CANTER_LEFT, (1.0,)),
    (WOLF, Gait.GALLOP_RIGHT, (2.0, 4.0)),
    (WOLF, Gait.GALLOP_LEFT, (3.0,)),
    (HORSE, Gait.GALLOP_RIGHT, (3.0,)),
    (HORSE, Gait.GALLOP_LEFT, (4.0,)),
]


@pytest.mark.parametrize(("body", "gait", "numbers"), CASES)
def test_a_steady_gait_is_as_published(body, gait, numbers):
    for number in numbers:
        length = 6.0 + 9.0 * number
        steps = steps_of(QuadrupedRequest(body, line(length, number), gait=gait))
        phases, shares, seconds = steady(steps)
        speed = float(speed_of(number))
        law = float(stride_length_ratio(number)) * 0.5
        assert speed * seconds / law == pytest.approx(1.0, abs=0.17)
        expected = landings(gait, np.array(number), body.family)
        gap = np.abs((phases - (expected - expected[0]) + 0.5) % 1.0 - 0.5)
        assert gap.max() < 0.025, (number, phases)
        wanted = duties(gait, np.array(number), body.family)
        np.testing.assert_allclose(shares, wanted, atol=0.03)


def steady(steps: Steps) -> tuple[Floats, Floats, float]:
    """(4,) first contacts and duties, and the seconds of a stride, in the middle of a plan."""
    count = steps.plan.frame_count
    first = [frame for frame in steps.landings(0) if 0.4 * count < frame < 0.65 * count]
    period = float(np.diff(first).mean())
    phases, shares = np.zeros(4), np.zeros(4)
    for foot in range(4):
        lands = np.array([n for n in steps.landings(foot) if first[0] <= n < first[-1]])
        lifts = steps.liftoffs(foot)
        stood = [lifts[lifts > land][0] - land for land in lands]
        parts = [(land - max(f for f in first if f <= land)) / period for land in lands]
        phases[foot] = np.angle(np.exp(2j * np.pi * np.array(parts)).mean()) / (2 * np.pi) % 1.0
        shares[foot] = np.mean(stood) / period
    return phases, shares, period / MODEL_FRAME_RATE_HZ


def test_walking_and_galloping_dogs_are_near_what_was_measured():
    """Front and hind duty, landings of the left front, right hind and right front foot.

    Measured on recordings, whose feet are said to stand while they are low and slow.
    """
    for number in (0.06, 0.15, 0.34):
        phases, shares, _ = steady(steps_of(QuadrupedRequest(WOLF, line(9.0, number))))
        assert 0.04 <= phases[1] <= 0.20
        assert phases[2] == pytest.approx(0.5, abs=0.03)
        assert 0.53 <= phases[3] <= 0.75
        np.testing.assert_allclose(shares[[1, 3]], 0.63, atol=0.08)
        np.testing.assert_allclose(shares[[0, 2]], 0.60, atol=0.08)
    for number in (2.2, 3.8):
        request = QuadrupedRequest(WOLF, line(45.0, number), gait=Gait.GALLOP_RIGHT)
        phases, shares, _ = steady(steps_of(request))
        np.testing.assert_allclose(phases[1:], (0.185, 0.835, 0.355), atol=0.035)
        np.testing.assert_allclose(shares[[1, 3]], 0.295, atol=0.07)
        np.testing.assert_allclose(shares[[0, 2]], 0.255, atol=0.08)


@pytest.mark.parametrize("body", [HORSE, WOLF])
def test_strides_keep_to_the_law_from_a_slow_walk_to_a_gallop_and_back(body):
    steps = steps_of(QuadrupedRequest(body, ramp()))
    strides, along = steps.feet.strides, steps.plan.distances_m
    ends = np.arange(strides[0] + 2.0, strides[-1] - 2.0)
    lengths = np.diff(np.interp(ends, strides, along))
    numbers = np.interp(0.5 * (ends[1:] + ends[:-1]), strides, froude(steps.plan.speeds_m_s))
    ratios = lengths / (0.5 * stride_length_ratio(numbers))
    assert np.abs(ratios - 1.0).mean() < 0.11
    assert np.abs(ratios - 1.0).max() < 0.22


@pytest.mark.parametrize("body", [HORSE, WOLF])
@pytest.mark.parametrize("way", ["ramp", "changes"])
def test_no_foot_makes_a_tiny_step_when_the_gait_changes(body, way):
    steps = steps_of(QuadrupedRequest(body, **WAYS[way]))
    for foot in range(4):
        lengths = np.linalg.norm(np.diff(steps.prints(foot), axis=0), axis=1)[1:-2]
        neighbours = np.minimum(lengths[2:], lengths[:-2])
        assert (lengths[1:-1] / neighbours).min() > 0.6
        lands, lifts = steps.landings(foot), steps.liftoffs(foot)
        air = (lands - lifts[: len(lands)]) / MODEL_FRAME_RATE_HZ
        assert 0.13 < air.min()
        assert air.max() < 0.75


@pytest.mark.parametrize("body", [HORSE, WOLF])
def test_it_begins_and_ends_square(body):
    for way in ("walk", "ramp", "doubling back"):
        steps = steps_of(QuadrupedRequest(body, **WAYS[way]))
        for frame in (0, -1):
            assert np.linalg.norm(off_square(steps, frame), axis=1).max() < 0.075
        assert np.linalg.norm(off_square(steps, -1), axis=1).max() < 0.01
        assert steps.feet.contacts[[0, -1]].all()
        assert (steps.feet.phases[0] == 0).all()
        assert (steps.feet.phases[-1] <= 0.5 * steps.feet.duties[-1] + 1e-9).all()


def off_square(steps: Steps, frame: int) -> Floats:
    """(4, 2) metres between the paws and a square stand there."""
    square, heading = square_feet(steps.body), steps.plan.headings_rad[frame]
    sin, cos = np.sin(heading), np.cos(heading)
    turned = np.stack((square @ (cos, sin), square @ (-sin, cos)), axis=-1)
    return steps.feet.paws_m[frame][:, [0, 2]] - steps.plan.positions_xz[frame] - turned


def test_a_walk_begins_with_one_hind_foot_and_lifts_no_two_at_once():
    steps = steps_of(QuadrupedRequest(HORSE, line(5.0, 0.1)))
    first = [steps.liftoffs(foot)[0] for foot in range(4)]
    assert int(np.argmin(first)) in (0, 2)
    assert np.diff(np.sort(first)).min() >= 3
    assert (~steps.feet.contacts).sum(axis=1).max() <= 2


def test_a_dogs_hind_foot_lands_near_its_front_print_at_a_walk():
    steps = steps_of(QuadrupedRequest(WOLF, line(10.0, 0.15)))
    for hind, fore in ((0, 1), (2, 3)):
        front = steps.prints(fore)[3:-4]
        back = steps.prints(hind)
        nearest = [np.linalg.norm(back - place, axis=1).min() for place in front]
        assert np.mean(nearest) < 0.14  # a stride is 0.68 m


@pytest.mark.parametrize("body", [HORSE, WOLF])
def test_standing_feet_are_within_the_reach_of_the_legs(body):
    for way in ("walk", "ramp", "corners", "hills"):
        steps = steps_of(QuadrupedRequest(body, **WAYS[way]))
        heading = steps.plan.headings_rad
        ahead = np.stack((np.sin(heading), np.cos(heading)), axis=-1)[:, None]
        away = steps.feet.paws_m[..., [0, 2]] - steps.plan.positions_xz[:, None]
        along = (away * ahead).sum(axis=-1) - feet_under(body)[:, 1]
        along = np.where(steps.feet.contacts, np.abs(along), 0.0)
        assert (along.max(axis=0) / stance_reach(body)).max() < 1.35
        assert (np.percentile(along, 95, axis=0) / stance_reach(body)).max() < 1.15


def test_turning_on_the_spot_is_done_in_steps_around():
    steps = steps_of(QuadrupedRequest(WOLF, there_and_back(2.0, 0.15)))
    heading = steps.plan.headings_rad - steps.plan.headings_rad[0]
    turning = (np.abs(heading) > 0.3) & (np.abs(heading) < np.pi - 0.3)
    lands = [np.sum(turning[steps.landings(foot)]) for foot in range(4)]
    assert min(lands) >= 2
    assert max(lands) <= 6


def test_a_jump_takes_off_from_the_hind_feet_and_lands_on_the_front_ones():
    marks = (ActionMark(6.0, Action.JUMP),)
    steps = steps_of(QuadrupedRequest(HORSE, line(12.0, 1.5), marks=marks))
    jumping = steps.plan.actions[:, ACTIONS.index("jump")] >= 0.5
    flying = jumping & ~steps.feet.contacts.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flying.astype(int), [0])))).reshape(-1, 2)
    frames = np.arange(*edges[np.diff(edges).argmax()])
    assert len(frames) / MODEL_FRAME_RATE_HZ > 0.15
    before, after = frames[0] - 1, frames[-1] + 1
    assert (steps.feet.contacts[before] == (True, False, True, False)).sum() >= 3
    assert not steps.feet.contacts[before][[1, 3]].any()
    assert not steps.feet.contacts[after][[0, 2]].any()
    assert abs(steps.plan.distances_m[frames].mean() - 6.0) < 0.3


def test_the_same_seed_makes_the_same_steps_and_another_one_others():
    request = QuadrupedRequest(WOLF, line(4.0, 0.15))
    first, again, other = (steps_of(request, seed).feet for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.contacts, again.contacts)
    np.testing.assert_allclose(first.paws_m, again.paws_m)
    assert np.abs(first.paws_m - other.paws_m).max() > 0.001


def test_nothing_happens_in_one_frame():
    plan = plan_request(QuadrupedRequest(WOLF, stand_s=1.0))
    one = QuadrupedPlan(
        plan.positions_xz[:1],
        plan.headings_rad[:1],
        plan.travel_rad[:1],
        plan.speeds_m_s[:1],
        plan.distances_m[:1],
        plan.actions[:1],
    )
    feet = plan_footfalls(one, WOLF, FlatTerrain(), np.random.default_rng(0))
    assert feet.contacts.all()


def test_a_way_in_the_air_of_a_path_object_changes_nothing():
    """The heights of a path's points are not used: the ground gives them."""
    flat, high = (
        steps_of(QuadrupedRequest(WOLF, Path.from_points([[0, y, 0], [0, y, 3]], 0.8)))
        for y in (0.0, 5.0)
    )
    np.testing.assert_allclose(flat.feet.paws_m, high.feet.paws_m)
