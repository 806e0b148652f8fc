"""Plans pay for coming near to what their animation passes, and not for what it walks into."""

from __future__ import annotations

import numpy as np
import pytest

from backend.physics.footsteps.scenes import box
from blender_addon.core.conventions import Floats
from blender_addon.core.physics.anchoring import reanchor
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.keeping_clear import KeepingClear
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation
from blender_addon.core.physics.world import World

from .walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

_WALKING = 75
"""A control step in the midst of the walk."""


@pytest.fixture(scope="module")
def walk() -> Reference:
    return reference_of(marching(4.0))


def post(walk: Reference, beside_m: float) -> World:
    """One that is passed on its left."""
    at = walk.poses[_WALKING, [0, 2]] + np.array([beside_m, 0.0])
    return World(obstacles=(box("post", np.array([0.1, 1.5, 0.1]), at, 0.0),))


def moved(walk: Reference, *shifts: float) -> Simulation:
    """Figures so far to the left of the walk, metres."""
    figures = Simulation(walk, len(shifts))
    figures.begin(np.full(len(shifts), _WALKING))
    figures.engine.qpos[:, 0] += shifts
    figures.engine.forward()
    return figures


def costs(walk: Reference, beside_m: float, *shifts: float) -> Floats:
    clear = KeepingClear.of(post(walk, beside_m), walk)
    assert clear is not None
    return clear(moved(walk, *shifts))


def test_it_costs_to_come_nearer_to_a_post(walk: Reference) -> None:
    on_its_way, nearer, farther = costs(walk, 0.5, 0.0, 0.2, -0.2)
    assert on_its_way == farther == 0.0
    assert nearer > 1.0


def test_what_the_animation_walks_into_costs_nothing(walk: Reference) -> None:
    assert costs(walk, 0.0, 0.0)[0] == 0.0


def test_nothing_is_looked_at_where_nothing_stands(walk: Reference) -> None:
    assert KeepingClear.of(World(), walk) is None


def test_a_walk_moves_less_to_its_side_than_it_waits(walk: Reference) -> None:
    figures = moved(walk, 0.1, 0.0)
    figures.engine.qpos[1, 2] -= 0.1
    figures.engine.forward()
    reanchor(figures, 0.1, beside=0.4)
    beside, late = figures.offsets[0, 0], -figures.offsets[1, 2]
    assert late == pytest.approx(0.01, rel=0.05)
    assert 0.2 * late < beside < 0.6 * late
