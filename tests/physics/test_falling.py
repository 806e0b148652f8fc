"""Falls end at rest, on the ground, and no joint turns further than a person's."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.physics.clip_poses import body_positions, body_rotations, clip_to_poses
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.getting_back import lowest_over, way_back
from blender_addon.core.physics.joints import still_pose
from blender_addon.core.physics.limits import CONES, Limits, cone_angles
from blender_addon.core.physics.settings import Mode
from tests.physics.simulated import asked, done, push, standing

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

COUNT = 6
END_S = 4.4


@pytest.fixture(scope="module")
def falls() -> list:
    rng = np.random.default_rng(5)
    requests = []
    for _ in range(COUNT):
        angle, size = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.0, 80.0)
        impulse = (size * np.cos(angle), 0.0, size * np.sin(angle))
        body = str(rng.choice(["chest", "pelvis", "head"]))
        requests.append(
            asked(mode=Mode.FALL, limp_from_s=0.3, end_s=END_S, pushes=(push(impulse, 0.3, body),))
        )
    return done(*requests)


def test_bodies_come_to_rest(falls: list) -> None:
    for result in falls:
        places = body_positions(result.poses, body_rotations(result.poses))
        speed = np.linalg.norm(places[-1] - places[-7], axis=-1).max() / 0.1
        assert speed < 0.15
        assert result.poses[-1, 1] < 0.4


def test_nothing_goes_through_the_ground(falls: list) -> None:
    for result in falls:
        assert result.report.deepest_cm < 4.0
        assert lowest_over(result.poses, FlatTerrain()).min() > -0.04


def test_no_joint_turns_further_than_a_persons(falls: list) -> None:
    limits = Limits.wide_enough_for(clip_to_poses(standing()).poses)
    for result in falls:
        assert np.degrees(limits.excess(result.poses).max()) < 5.0


def test_ranges_are_as_wide_as_the_animation() -> None:
    straight = still_pose()[None]
    assert (cone_angles(straight)[0] < [cone.angle for cone in CONES]).all()
    bent = straight.copy()
    bent[0, 7:11] = (np.cos(0.7), np.sin(0.7), 0.0, 0.0)  # the chest, 80 degrees forward
    usual, wide = Limits.wide_enough_for(straight), Limits.wide_enough_for(bent)
    assert usual.excess(bent)[0] > 0.1 and wide.excess(bent)[0] == 0.0
    assert (wide.angles >= usual.angles).all()


def test_the_way_back_stays_over_the_ground() -> None:
    target = still_pose()
    target[1] = 0.975
    fallen = still_pose()
    fallen[:7] = (0.0, 0.12, 0.0, np.cos(0.78), np.sin(0.78), 0.0, 0.0)
    poses = way_back(fallen, np.tile(target, (31, 1)), FlatTerrain())
    np.testing.assert_allclose(poses[0], fallen, atol=1e-9)
    np.testing.assert_allclose(poses[-1], target, atol=1e-9)
    assert (
        lowest_over(poses, FlatTerrain()).min()
        > min(lowest_over(poses[[0, -1]], FlatTerrain()).min(), 0.0) - 1e-3
    )
