"""Longer steps are walked at another speed and in another tempo that make up for one another."""

from __future__ import annotations

import numpy as np
import pytest

from backend.walk.suite import StairsTerrain
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.walk.direction import DirectionChange, Directions
from blender_addon.core.walk.plan import plan_request, plan_walk
from blender_addon.core.walk.request import WalkRequest
from blender_addon.core.walk.settings import Direction
from blender_addon.core.walk.shaping.tempo import find_tempo, resampled, step_tempo

FASTEST_M_S = 3.3


@pytest.mark.parametrize("speed", [0.4, 1.3, 2.0, 2.8])
@pytest.mark.parametrize("factor", [0.6, 0.9, 1.0, 1.25, 1.5])
def test_speed_is_kept_and_a_walk_stays_a_walk(speed, factor):
    rate, stretch = step_tempo(np.array([factor]), np.array([speed]), FASTEST_M_S)
    model = speed / (rate * stretch)
    assert np.sqrt(model / speed) * stretch == pytest.approx(factor)
    assert model <= (max(speed, 1.9) if speed < 2.4 else FASTEST_M_S) + 1e-9
    assert model >= 2.4 - 1e-9 or speed < 2.4


def test_the_same_step_has_no_tempo_of_its_own():
    plan = plan_walk(Path.from_points([[0, 0, 0], [0, 0, 5]], 1.3), 0.5, 0.5)
    assert find_tempo(plan, Directions(), FlatTerrain(), FASTEST_M_S) is None


def test_the_plan_in_the_models_time_arrives_where_and_when_the_true_one_does():
    plan = plan_walk(Path.from_points([[0, 0, 0], [0, 0, 9]], 1.3), 1.0, 1.0)
    keyed = Directions(Direction(step_length=1.3), (DirectionChange(5.0, "step_length", 0.8),))
    tempo = find_tempo(plan, keyed, FlatTerrain(), FASTEST_M_S)
    assert tempo is not None
    np.testing.assert_allclose(
        resampled(tempo.plan.positions_xz, tempo.at), plan.positions_xz, atol=1e-3
    )
    standing = plan.speeds_m_s < 1e-3
    middle = standing & (np.arange(plan.frame_count) < 20)
    np.testing.assert_allclose(np.diff(tempo.at[middle]), 1.0, atol=1e-3)
    early, late = (np.searchsorted(plan.distances_m, at) for at in (3.0, 7.0))
    rates = np.diff(tempo.at)
    assert rates[early] < 0.8 < 1.2 < rates[late]


def test_on_stairs_steps_are_as_long_as_the_treads_need():
    terrain = StairsTerrain()
    path = Path.from_points([[0, 0, 0], [0, 0, 9]], 1.0)
    plan = plan_request(WalkRequest(path=path, terrain=terrain))
    tempo = find_tempo(plan, Directions(Direction(step_length=1.3)), terrain, FASTEST_M_S)
    rates = np.gradient(tempo.at)
    assert np.abs(rates[np.isfinite(plan.treads)] - 1.0).max() < 0.02
    assert rates[np.searchsorted(plan.distances_m, 0.9)] < 0.8


def test_what_is_resampled_keeps_a_smooth_curve():
    at = np.arange(80) * 0.73
    curve = np.sin(np.arange(61) / 6.0)[:, None]
    within = (at > 1) & (at < 59)
    got = resampled(curve, at)[:, 0]
    np.testing.assert_allclose(got[within], np.sin(at / 6.0)[within], atol=5e-4)
    np.testing.assert_allclose(got, np.sin(at / 6.0), atol=5e-3)
