"""Plans keep a figure on its feet without help where its muscles alone do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.path import Path as Way
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.physics.balancing import Balancing, Keeper, Plans
from blender_addon.core.physics.controllers import NoController
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.plan import PlanSettings, tracking_cost
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation
from blender_addon.core.physics.world import World
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

FEW = PlanSettings(candidates=16)
WALKING = 45
"""A control step at which the walk has begun."""
UPRIGHT_M = 0.75


@pytest.fixture(scope="module")
def walk(model: Path) -> Reference:
    way = Way.from_points([[0, 0, 0], [0, 0, 4]], 1.2)
    request = WalkRequest(way, stand_before_s=0.5, stand_after_s=0.5)
    walker = LocomotionPipeline(ModelSession(model, ["CPUExecutionProvider"], threads=1))
    return reference_of(next(iter(walker.generate([request]))).clip)


def planned(walk: Reference, threads: int = 1, settings: PlanSettings = FEW) -> Keeper:
    plans = Plans(walk, World(), settings, seed=0, muscles=1.0, threads=threads)
    return Balancing(plans, np.array([True]), settings.reanchoring)


def followed(walk: Reference, keeper: Keeper, steps: int, push_n: float = 0.0) -> Floats:
    """(steps, 45) poses; pushed sideways at the chest in the first three steps."""
    figure = Simulation(walk, 1, eased=True)
    figure.begin(np.array([WALKING]))
    poses = []
    for step in range(steps):
        push = np.zeros((1, 15, 6))
        push[0, 1, 0] = push_n if step < 3 else 0.0
        figure.advance(keeper.residuals(figure, np.array([False])), pushes=push)
        figure.end_step()
        keeper.after_step(figure)
        poses.append(figure.engine.qpos[0].copy())
    return np.array(poses)


def test_a_plan_walks_on_where_muscles_alone_fall(walk: Reference) -> None:
    alone = followed(walk, Balancing(NoController(), np.array([True]), 0.0), 54)
    kept = followed(walk, planned(walk), 54)
    assert alone[-1, 1] < UPRIGHT_M < kept[:, 1].min()


def test_a_push_is_caught(walk: Reference) -> None:
    kept = followed(walk, planned(walk), 20, push_n=300.0)
    assert kept[:, 1].min() > UPRIGHT_M


def test_plans_are_the_same_at_one_thread_and_two(walk: Reference) -> None:
    one, two = (followed(walk, planned(walk, threads), 4) for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_who_cannot_be_simulated_pays_the_most(walk: Reference) -> None:
    figures = Simulation(walk, 2)
    figures.begin(np.array([0, 0]))
    figures.engine.forward()
    figures.engine.qpos[1, :3] = np.nan
    costs = tracking_cost(figures.errors())
    assert np.isfinite(costs).all()
    assert costs[1] > 10.0 * costs[0]
