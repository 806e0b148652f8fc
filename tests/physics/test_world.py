"""Grounds and obstacles: recognised, refused, stood on, pushed by."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import PhysicsError
from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.maths.rotations import normalise, quaternion_rotate
from blender_addon.core.physics.clip_poses import body_positions, body_rotations
from blender_addon.core.physics.engine import Engine, why_no_engine
from blender_addon.core.physics.figure import figure_mjcf
from blender_addon.core.physics.getting_back import lowest_over
from blender_addon.core.physics.ground_text import ground_mjcf
from blender_addon.core.physics.settings import Mode
from blender_addon.core.physics.shapes import rooted, shape_of
from blender_addon.core.physics.world import Obstacle, World
from tests.physics.simulated import STILL, asked, box, done, obstacle, standing

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

HERE = np.zeros((1, 3))
CUBE = box((-0.3, 0.0, -0.2), (0.3, 0.5, 0.2))


def test_eight_corners_in_any_order_and_attitude_are_a_box() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        turned = quaternion_rotate(normalise(rng.normal(size=4)), CUBE)[rng.permutation(8)]
        shape = shape_of("box", turned, HERE, STILL)
        assert shape.half is not None
        np.testing.assert_allclose(np.sort(shape.half), (0.2, 0.25, 0.3), atol=1e-9)
        signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        back = shape.middle + quaternion_rotate(shape.turn, signs * shape.half)
        assert all(np.linalg.norm(back - corner, axis=1).min() < 1e-6 for corner in turned)
    sheared = CUBE + np.outer(CUBE[:, 1], (0.3, 0.0, 0.0))
    assert shape_of("hull", sheared, HERE, STILL).half is None


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        (CUBE * (1.0, 0.0, 1.0), "no volume"),
        (np.where(CUBE > 0.4, np.nan, CUBE), "not a finite number"),
        (np.random.default_rng(0).normal(size=(10_001, 3)), "10,001 corners"),
        (CUBE[:3], "four corners"),
        (CUBE * 1e6, "reaches further"),
    ],
)
def test_impossible_obstacles_are_refused_by_name(corners: np.ndarray, says: str) -> None:
    with pytest.raises(PhysicsError, match=says) as caught:
        Obstacle("the crate", corners, HERE, STILL)
    assert "the crate" in str(caught.value)


def test_bad_places_are_refused() -> None:
    for places, turns in (
        (HERE * np.nan, STILL), (HERE, STILL * 0.0), (np.zeros((2, 3)), STILL),
    ):  # fmt: skip
        with pytest.raises(PhysicsError):
            Obstacle("crate", CUBE, places, turns)


def test_what_stands_on_the_ground_reaches_into_it() -> None:
    whole = rooted(shape_of("box", CUBE, HERE, STILL), STILL[0])
    assert whole.half is not None
    bottom = whole.middle[1] - whole.half[np.abs(whole.half - 0.4).argmin()]
    assert bottom == pytest.approx(-0.3)
    lifted, low = obstacle(CUBE, [(0.0, 0.5, 0.0)]), obstacle(CUBE)
    texts = [World(obstacles=(each,)).mjcf()[1] for each in (lifted, low)]
    assert "0.25" in texts[0] and "0.4" in texts[1]


def _stood_on(world: World, x: float, z: float, height: float) -> float:
    """Height of the pelvis of somebody who is put there and helped to stand."""
    clip = standing(0.4, at=(x, height, z))
    [result] = done(asked(clip, world=world, help_percent=100.0))
    assert result.report.fell_s is None
    return float(result.poses[-1, 1] - result.poses[0, 1])


def test_people_stand_on_slopes_boxes_and_hulls() -> None:
    slope = np.add.outer(np.zeros(41), 0.06 * 0.1 * np.arange(41))
    ground = HeightField(np.array([-2.0, -1.0]), 0.1, slope)
    height = float(ground.heights(np.array([0.5, 1.0])))
    assert abs(_stood_on(World(ground), 0.5, 1.0, height + 0.01)) < 0.05
    wedge = np.concatenate((CUBE, CUBE + np.array([0.01, 0.0, 0.0])))
    for corners in (box((-0.5, 0.0, -0.5), (0.5, 0.5, 0.5)), wedge):
        world = World(obstacles=(obstacle(corners),))
        assert abs(_stood_on(world, 0.0, 0.0, 0.5)) < 0.05


def test_the_grid_lies_where_its_heights_are() -> None:
    rng = np.random.default_rng(2)
    heights = rng.uniform(0.0, 0.3, (5, 7)).astype(np.float32)
    heights[2, 4] = 1.5
    ground = HeightField(np.array([-1.0, 2.0]), 0.5, heights)
    assets, elements = ground_mjcf(ground)
    engine = Engine(figure_mjcf(elements, assets, World(ground).sensors()), 1)
    touches = []
    for z in (3.1, 4.0, 4.9):
        engine.qpos[0, :3] = (0.0, 1.5, z)
        engine.forward()
        touches.append(bool(engine.sensors.any()))
    assert touches == [False, True, False]


def test_level_and_smooth_grids_cost_little() -> None:
    level = HeightField(np.zeros(2), 0.1, np.full((50, 50), 0.3))
    assert "plane" in ground_mjcf(level)[1] and not ground_mjcf(level)[0]
    smooth = HeightField(np.zeros(2), 0.1, np.add.outer(np.arange(41), np.arange(41)) * 0.01)
    assert len(ground_mjcf(smooth)[0]) < 0.2 * 41 * 41 * 8


def test_holes_are_pits_and_no_ground_is_refused() -> None:
    heights = np.zeros((40, 40))
    heights[12:28, 12:28] = np.nan
    world = World(HeightField(np.zeros(2), 0.1, heights))
    clip = standing(0.3, at=(2.0, 0.0, 2.0))
    [result] = done(asked(clip, world=world, help_percent=0.0, end_s=1.5))
    assert result.poses[-1, 1] < -1.0
    assert "no ground under the start" in result.report.notes[0]
    with pytest.raises(PhysicsError, match="a hole everywhere"):
        World(HeightField(np.zeros(2), 0.1, heights * np.nan)).mjcf()
    with pytest.raises(PhysicsError, match="coarser"):
        World(HeightField(np.zeros(2), 0.1, np.zeros((2000, 2000)))).mjcf()


@pytest.mark.parametrize("speed", [1.0, 3.0])
def test_a_moving_box_pushes_and_is_not_passed_through(speed: float) -> None:
    wall = box((-3.0, 0.0, -0.1), (3.0, 1.5, 0.1))
    z = -0.6 + speed * np.arange(91) / 60.0
    moving = obstacle(wall, np.stack((0.0 * z, 0.0 * z, z), axis=1))
    [result] = done(
        asked(standing(0.2), world=World(obstacles=(moving,)), help_percent=0.0, end_s=1.4)
    )
    bodies = body_positions(result.poses, body_rotations(result.poses))
    faces = z[: len(bodies)] + 0.1
    assert (bodies[:, 0, 2] - faces).min() > 0.06  # the pelvis is 10 cm thick
    assert result.poses[-1, 2] > faces[-1]
    assert result.report.greatest_force_n > 300.0


def test_limp_bodies_lie_on_rough_ground() -> None:
    rng = np.random.default_rng(1)
    ground = HeightField(np.array([-3.0, -3.0]), 0.2, rng.uniform(0.0, 0.08, (31, 31)))
    request = asked(
        standing(0.2, at=(0.0, 0.09, 0.0)), world=World(ground), mode=Mode.FALL, end_s=3.0
    )
    [result] = done(request)
    assert result.report.fell_s is not None
    assert lowest_over(result.poses[-1:], ground)[0] > -0.05
    assert lowest_over(result.poses[-1:], FlatTerrain())[0] < 0.1
