"""The parts of the runtime on their own: reach, true time, sizes, steering."""

import numpy as np
import pytest

from blender_addon.core.errors import SettingsError
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, ScaledTerrain
from blender_addon.core.maths.rotations import length, normalise
from blender_addon.core.maths.segments import Segments
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import Action, Gait, froude
from blender_addon.core.quadruped.legs import solve_legs
from blender_addon.core.quadruped.live import LiveAnimal
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.reach import Reach
from blender_addon.core.quadruped.request import ActionMark, GaitChange, QuadrupedRequest
from blender_addon.core.quadruped.sizing import at_model_size
from blender_addon.core.quadruped.skeleton import CHEST, PAWS
from blender_addon.core.quadruped.true_time import TrueTime
from tests.quadruped.runtime.teacher import Teacher, make_body, make_lesson


@pytest.mark.parametrize("family", list(Family))
def test_reach_agrees_with_the_legs_themselves(family):
    body, rng, count = make_body(0.5, family), np.random.default_rng(1), 300
    ends = np.repeat(body.rest_m[None, [0, CHEST]], count, 0) + rng.normal(0, 0.02, (count, 2, 3))
    turns = normalise(np.array([1.0, 0, 0, 0]) + rng.normal(0, 0.08, (count, 2, 4)))
    paws = np.repeat(body.rest_m[None, list(PAWS)], count, 0) + rng.normal(0, 0.08, (count, 4, 3))
    styles = rng.normal(0, 0.1, (count, 4))
    exact = solve_legs(body, ends, turns, paws, styles).lacking_m
    quick = Reach.of([body], Segments.of(count)).lacking(ends, turns, paws)
    # A leg that stands is not to be quite straight: it lacks a little before it is too short.
    assert (quick - exact).min() > -0.003
    assert (quick - exact).max() < 0.02
    assert 0.1 < (exact > 0.01).mean()


def test_true_time_keeps_what_is_held_and_overshoots_nowhere():
    places = np.zeros((40, 1, 3))
    places[10:20, 0, 2] = np.linspace(0, 1, 10) ** 2
    places[20:, 0, 2] = 1.0
    held = np.ones((40, 1), bool)
    held[10:20] = False
    time = TrueTime.of(40, 0.57)
    track = time.held(places, held)
    assert len(track) == 69
    assert track.min() >= 0.0 and track.max() <= 1.0 + 1e-6
    still = time.all(held)
    both = still[1:, 0] & still[:-1, 0]
    assert np.abs(np.diff(track[:, 0, 2])[both]).max() == 0.0


def test_true_time_follows_a_curve():
    frames = np.arange(60)
    wave = np.sin(frames / 6.0)[:, None]
    time = TrueTime.of(60, 0.6)
    at = np.arange(len(time.before)) * 0.6
    assert np.abs(time.smooth(wave)[3:-3, 0] - np.sin(at / 6.0)[3:-3]).max() < 2e-3
    assert TrueTime.of(1, 0.6).smooth(wave[:1]).shape == (1, 1)


def test_requests_at_model_size_ask_for_the_same_froude_number():
    body = make_body(1.5, Family.HOOFED)
    path = Path.from_points([[0, 0, 0], [0, 0, 9]], 2.0, stops=[Stop(3.0, 2.0)])
    asked = QuadrupedRequest(
        body, path, FlatTerrain(0.6), marks=(ActionMark(6.0, Action.EAT, 3.0),),
        gait_changes=(GaitChange(4.5, Gait.TROT),), stand_before_s=1.0,
    )  # fmt: skip
    small = at_model_size(asked)
    assert small.body.hip_height_m == pytest.approx(0.5, rel=1e-4)
    assert small.path.length_m == pytest.approx(3.0, rel=1e-3)
    assert float(froude(small.path.speeds_m_s[0])) == pytest.approx(
        float(froude(2.0, body.hip_height_m)), rel=1e-3
    )
    assert small.path.stops[0].seconds == pytest.approx(2.0 / 3**0.5, rel=1e-3)
    assert small.marks[0].at_m == pytest.approx(2.0, rel=1e-3)
    assert small.gait_changes[0].at_m == pytest.approx(1.5, rel=1e-3)
    assert small.terrain.heights(np.zeros(2)) == pytest.approx(0.2, rel=1e-3)


def test_a_scaled_ground_is_the_same_ground():
    true = HeightField(np.zeros(2), 0.5, np.arange(12.0).reshape(3, 4))
    places = np.array([[0.3, 0.7], [0.9, 1.2]])
    assert np.allclose(ScaledTerrain(true, 2.0).heights(2 * places), 2 * true.heights(places))
    each = ScaledTerrain(true, np.array([2.0, 3.0]))
    assert np.allclose(
        each.heights(places * [[2.0], [3.0]]), true.heights(places) * [2.0, 3.0], atol=1e-5
    )


def steered(body):
    request = at_model_size(
        QuadrupedRequest(body, Path.from_points([[0, 0, 0], [0, 0, 9 * body.hip_height_m]], 0.9),
                         stand_before_s=0.1)
    )  # fmt: skip
    lesson = make_lesson(plan_request(request), request.body, request.terrain)
    return LiveAnimal(
        QuadrupedPipeline(Teacher([lesson], request.terrain)), body, np.zeros(3), FlatTerrain()
    )


@pytest.mark.parametrize("hip_height_m", [0.5, 1.3])
def test_a_steered_animal_holds_its_paws(hip_height_m):
    body = make_body(hip_height_m)
    live = steered(body)
    steps = [live.step(np.array([0.0, 0.9])) for _ in range(150)]
    assert steps[-1].root[1] > 0.5 and steps[-1].gait is Gait.WALK
    paws = np.stack([_paws(step.clip) for step in steps]) / hip_height_m
    held = np.concatenate([step.clip.contacts for step in steps])
    still = held[1:] & held[:-1]
    assert still[40:].mean() > 0.3
    moved = length(np.diff(paws, axis=0)[..., [0, 2]])
    assert np.percentile(moved[still], 98) < 0.004
    assert length(np.diff(paws, 2, axis=0)).max() < 0.12
    kept = live.result()
    assert kept.clip.frame_count == pytest.approx(150, abs=3)


def _paws(clip):
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return places[0, list(PAWS)]


def test_what_cannot_be_steered_is_said():
    live = steered(make_body())
    with pytest.raises(SettingsError, match="nothing has been driven"):
        live.result()
    with pytest.raises(SettingsError, match="two numbers"):
        live.step(np.array([np.nan, 0.0]))
