"""The law of balance: what a motion needs is known, and standing figures stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.physics.tuning import SCALE, Search, gains_of, vector_of
from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.balance import GAINS, Balance
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.feed_forward import STIFFNESS, feed_forward, ground_pushes
from blender_addon.core.physics.figure import BODY_NAMES, CONTROL_RATE_HZ
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation, no_residuals

from .walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

LOW_M = 0.6
WALKING = 45


@pytest.fixture(scope="module")
def walk() -> Reference:
    return reference_of(marching(4.0))


@pytest.fixture(scope="module")
def stand() -> Reference:
    clip = marching(1.0)
    still = {
        name: np.repeat(getattr(clip, name)[:1], 30, axis=0)
        for name in ("root_positions", "rotations_wxyz", "contacts")
    }
    return reference_of(MotionClip(clip.skeleton, clip.frame_rate_hz, **still))


def test_who_stands_still_stands_for_a_minute(stand: Reference) -> None:
    simulation, balance = Simulation(stand, 1), Balance(stand)
    simulation.begin(np.array([0]))
    for _ in range(60 * CONTROL_RATE_HZ):
        simulation.advance(balance.residuals(simulation))
        simulation.end_step()
    assert simulation.engine.qpos[0, 1] > 0.9
    assert np.linalg.norm(simulation.errors().place) < 0.1
    assert np.abs(simulation.engine.qvel).max() < 0.05


def test_who_stands_takes_a_small_push(stand: Reference) -> None:
    simulation, balance = Simulation(stand, 4), Balance(stand)
    simulation.begin(np.zeros(4, np.int64))
    simulation.engine.qvel[:, [0, 2]] += [[0.15, 0.0], [-0.15, 0.0], [0.0, 0.15], [0.0, -0.08]]
    for _ in range(4 * CONTROL_RATE_HZ):
        simulation.advance(balance.residuals(simulation))
        simulation.end_step()
    assert simulation.engine.qpos[:, 1].min() > 0.9


def test_in_the_air_it_does_not_count_that_the_way_was_moved(walk: Reference) -> None:
    flight = replace(walk, carries=np.zeros_like(walk.carries))
    simulation, balance = Simulation(flight, 2), Balance(flight)
    simulation.begin(np.full(2, WALKING))
    moved = np.array([1.5, 0.0, -2.0])
    simulation.engine.qpos[1, :3] += moved
    simulation.offsets[1] = moved
    simulation.engine.forward()
    first, second = balance.residuals(simulation)
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_muscles_alone_do_not_stand(stand: Reference) -> None:
    simulation = Simulation(stand, 1)
    simulation.begin(np.array([0]))
    for _ in range(6 * CONTROL_RATE_HZ):
        simulation.advance(no_residuals(1))
        simulation.end_step()
    assert simulation.engine.qpos[0, 1] < LOW_M


def test_what_is_known_beforehand_bears_the_body(stand: Reference) -> None:
    torques = feed_forward(stand)[10] * STIFFNESS
    assert torques.shape == (30,)
    assert np.abs(torques).max() < 100.0
    assert np.linalg.norm(torques) > 5.0


def test_joints_sag_less_with_it(walk: Reference) -> None:
    known = feed_forward(walk)

    def sag(told: Floats) -> float:
        steps = np.arange(WALKING, WALKING + 30)
        simulation, sums = Simulation(walk, len(steps)), 0.0
        simulation.begin(steps)
        for _ in range(10):
            simulation.advance(told[walk.clamped(simulation.steps)])
            simulation.end_step()
            sums += float(np.abs(simulation.errors().joints).mean())
        return sums

    assert sag(known) < 0.8 * sag(0.0 * known)


def test_balance_keeps_no_state_and_does_not_depend_on_neighbours(walk: Reference) -> None:
    balance, simulation = Balance(walk), Simulation(walk, 3)
    simulation.begin(np.array([50, 60, 70]))
    simulation.advance(no_residuals(3))
    simulation.end_step()
    every = balance.residuals(simulation)
    assert np.array_equal(every, balance.residuals(simulation))
    alone = Simulation(walk, 1)
    alone.load(simulation.state(1))
    np.testing.assert_allclose(balance.residuals(alone)[0], every[1], atol=1e-3)


def test_who_is_pushed_to_a_side_steps_there(walk: Reference) -> None:
    simulation, balance = Simulation(walk, 2), Balance(walk)
    swings_left = np.flatnonzero(walk.carries[WALKING:, 1] & ~walk.carries[WALKING:, 0])[3]
    simulation.begin(np.full(2, WALKING + swings_left))
    simulation.engine.qvel[1, 0] += 0.3
    away = np.diff(balance.residuals(simulation), axis=0)[0]
    thigh = 3 + 3 + 4 + 4  # chest, head and both arms are before it
    assert BODY_NAMES.index("left_thigh") == 7
    assert away[thigh + 2] > 0.03
    assert abs(away[0]) < abs(away[thigh + 2])


def test_the_ground_pushes_and_does_not_pull() -> None:
    up = np.zeros((1, 2, 6))
    up[:, :, 1], up[0, 0, 3], up[0, 1, 3] = 1.0, 1.0, -1.0
    sizes = ground_pushes(up, np.array([[0, 10.0, 0, 0, 0, 0], [0, -10.0, 0, 0, 0, 0]]))
    assert sizes[0] == pytest.approx([4.5, 4.5], abs=0.6)
    assert np.all(sizes[1] == 0.0)


def test_gains_are_found_by_seeking() -> None:
    start = vector_of(GAINS)
    assert np.array_equal(vector_of(gains_of(start)), start)
    aim = start + 0.5 * SCALE
    search = Search(start, SCALE, 0.3, np.random.default_rng(0))
    for _ in range(120):
        search.tell(np.square((search.ask(16) - aim) / SCALE).sum(axis=1))
    assert np.abs((search.mean - aim) / SCALE).mean() < 0.15
