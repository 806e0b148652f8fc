"""What one would see at once: feet lifted too high, legs flung about, too strong muscles."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from blender_addon.core.physics.balancing import Law
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.falling import Falls
from blender_addon.core.physics.feed_forward import soles
from blender_addon.core.physics.figure import BODY_NAMES
from blender_addon.core.physics.joints import still_pose
from blender_addon.core.physics.reference import reference_of
from blender_addon.core.physics.sensing import Touches
from blender_addon.core.physics.simulation import Simulation
from tests.physics.simulated import asked, done
from tests.physics.walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")


def swing_height_cm(poses: Any) -> float:
    lowest = soles(np.asarray(poses, np.float64)).reshape(len(poses), 2, -1, 3)[..., 1].min(axis=2)
    return float(100.0 * np.percentile(lowest, 90))


def test_who_is_helped_does_not_march() -> None:
    clip = marching(1.5)
    own = swing_height_cm(reference_of(clip).followed.poses)
    [result] = done(asked(clip, help_percent=60.0))
    assert result.report.fell_s is None
    assert swing_height_cm(result.poses) < own + 3.0


def test_without_lift_the_animation_itself_is_followed() -> None:
    clip = marching(1.0)
    plain, half, whole = (reference_of(clip, lift=share) for share in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(plain.poses, plain.followed.poses[::2], atol=1e-5)
    np.testing.assert_allclose(half.joints, 0.5 * (plain.joints + whole.joints), atol=0.02)


def test_stronger_muscles_exert_what_the_motion_needs_and_no_more() -> None:
    reference = reference_of(marching(0.5))
    simulation = Simulation(reference, 3)
    simulation.begin(np.full(3, 20))
    idle = np.zeros(3, bool)
    usual = Law(reference).residuals(simulation, idle)
    given = Law(reference, np.array([0.3, 1.0, 2.0])).residuals(simulation, idle)
    np.testing.assert_allclose(given, usual / np.array([[1.0], [1.0], [2.0]]))


@pytest.mark.parametrize(("lean", "relaxes"), [(0.5, False), (1.1, True)])
def test_who_topples_goes_limp_before_the_ground_is_reached(lean: float, relaxes: bool) -> None:
    pose = still_pose()
    leaning = pose.copy()
    leaning[3:7] = (np.cos(lean / 2), np.sin(lean / 2), 0.0, 0.0)
    bodies = len(BODY_NAMES)
    nothing = Touches(np.zeros((1, 1, bodies, 3)), np.zeros((1, 1, bodies)))
    engine: Any = SimpleNamespace(qpos=leaning[None], qvel=np.ones((1, 36)))
    falls = Falls(1)
    for _ in range(12):
        falls.note(engine, nothing, pose[None], np.zeros(1, bool))
        falls.relax(np.zeros(1))
    assert bool(falls.limp[0] > 0.0) is relaxes
