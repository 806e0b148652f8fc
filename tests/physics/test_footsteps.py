"""Steps are put where feet can stand, and ways lead round what stands in them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from backend.physics.footsteps.scenes import POSTS, box, passed, rubble, slalom
from blender_addon.core.conventions import Floats
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.smoothing import smoothstep
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.physics.footsteps.candidates import (
    AS_MEANT,
    CANDIDATES,
    unevenness,
)
from blender_addon.core.physics.footsteps.landing import changes_of, choose_landings
from blender_addon.core.physics.footsteps.moving import Changes, moved_clip, steps_under
from blender_addon.core.physics.footsteps.prepare import (
    passing_m,
    prepare_reference,
    track_of,
)
from blender_addon.core.physics.footsteps.stances import Stances, contacts_of, stances_of
from blender_addon.core.physics.footsteps.surroundings import (
    PASSING_M,
    Surroundings,
    surroundings_of,
    tops,
)
from blender_addon.core.physics.footsteps.way import plan_way
from blender_addon.core.physics.world import World

from .walking import marching

_XZ: Final = [0, 2]
_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)


def test_tops_of_a_turned_box_are_level_within_it() -> None:
    thing = box("box", np.array([0.4, 0.1, 0.2]), np.array([1.0, 2.0]), 0.7)
    world = World(obstacles=(thing,))
    around = surroundings_of(world, np.array([[0.0, 0.0], [2.0, 4.0]]))
    heights = around.ground.heights(np.array([[1.0, 2.0], [1.3, 2.3], [0.0, 0.0]]))
    assert np.allclose(heights, [0.1, 0.0, 0.0], atol=1e-6)
    assert not around.outlines


def test_tops_of_a_pyramid_rise_to_its_tip() -> None:
    corners = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1], [0, 2, 0]], float)
    found = tops(corners, np.array([[0.0, 0.0], [0.5, 0.0], [0.0, -0.9], [1.5, 0.0]]))
    assert np.allclose(found, [2.0, 1.0, 0.2, -np.inf])


def test_high_things_are_walked_around_and_moving_ones_left_out() -> None:
    scene = slalom(0)
    around = surroundings_of(scene.world, scene.path.points[:, _XZ])
    assert len(around.outlines) == POSTS and isinstance(around.ground, FlatTerrain)
    near = around.clearance(scene.posts + np.array([0.3, 0.0]))
    assert np.allclose(near, 0.24, atol=0.02)
    still = scene.world.obstacles[0]
    moving = type(still)(
        still.name, still.corners, np.repeat(still.places, 3, 0), np.repeat(still.turns, 3, 0)
    )
    assert not surroundings_of(World(obstacles=(moving,)), scene.path.points[:, _XZ]).outlines


@pytest.mark.parametrize("seed", range(2))
def test_a_slalom_is_planned_on_the_side_of_every_post(seed: int) -> None:
    scene = slalom(seed)
    around = surroundings_of(scene.world, scene.path.points[:, _XZ])
    way = plan_way(around, scene.path, 1.2)
    points = way.points_xz
    assert passed(scene, points) == POSTS
    assert around.clearance(points).min() > PASSING_M - 0.03
    assert np.allclose(points[[0, -1]], scene.path.points[[0, -1]][:, _XZ], atol=0.02)


def test_a_way_without_things_is_the_path() -> None:
    path = Path.from_points([(0, 0, 0), (0, 0, 5)], 1.2)
    around = surroundings_of(World(), path.points[:, _XZ])
    assert np.all(plan_way(around, path, 1.2).offsets_m == 0.0)


def test_steps_on_level_ground_stay_where_they_are() -> None:
    clip = marching(3.0)
    stances = stances_of(clip, contacts_of(clip, FlatTerrain()))
    around = surroundings_of(World(), track_of(clip))
    assert choose_landings(around, stances) == [AS_MEANT] * stances.count
    assert prepare_reference(clip, World()).clip.frame_count == clip.frame_count


def test_no_sole_stands_on_an_edge() -> None:
    stances, around = _row_over_rubble()
    before, _ = unevenness(around, stances.places)
    steps = changes_of(stances, choose_landings(around, stances))
    places = np.column_stack((steps.becomes, stances.places[:, 2] + steps.turns))
    after, _ = unevenness(around, places)
    assert (before > 0.02).sum() >= 3
    assert (after > 0.02).sum() <= 0.2 * (before > 0.02).sum()
    assert np.abs(steps.becomes - steps.places).max() < 0.25


def test_candidates_are_five_of_each() -> None:
    assert CANDIDATES.shape == (125, 3)
    assert np.allclose(CANDIDATES[AS_MEANT], 0.0)
    assert len(np.unique(CANDIDATES, axis=0)) == 125


def test_a_clip_that_is_not_moved_stays() -> None:
    clip = marching(3.0)
    contacts = contacts_of(clip, FlatTerrain())
    stances = stances_of(clip, contacts)
    hips = clip.root_positions[:, _XZ].astype(np.float64)
    still, places = np.zeros(clip.frame_count), stances.places[:, :2]
    same = moved_clip(
        clip, contacts, FlatTerrain(), Changes(hips, hips, still), stances,
        Changes(places, places, np.zeros(stances.count)),
    )  # fmt: skip
    assert np.abs(_joints(same) - _joints(clip)).max() < 0.02


def test_a_moved_stance_stands_there() -> None:
    clip = marching(3.0)
    contacts = contacts_of(clip, FlatTerrain())
    stances = stances_of(clip, contacts)
    becomes = stances.places[:, :2].copy()
    becomes[2] += (0.05, 0.08)
    hips = clip.root_positions[:, _XZ].astype(np.float64)
    out = moved_clip(
        clip, contacts, FlatTerrain(), Changes(hips, hips, np.zeros(len(hips))), stances,
        Changes(stances.places[:, :2], becomes, np.zeros(stances.count)),
    )  # fmt: skip
    again = stances_of(out, contacts)
    assert np.abs(again.places[:, :2] - becomes).max() < 0.03


def test_feet_go_over_boxes_not_through() -> None:
    clip = marching(5.0)
    places = [box("box", np.array([0.5, 0.05, 0.3]), np.array([0.0, z]), 0.0) for z in (1.5, 2.4)]
    world = World(obstacles=tuple(places))
    out = prepare_reference(clip, world)
    around = surroundings_of(world, track_of(clip))
    assert _depth(clip, around.ground) > 0.03
    assert _depth(out.clip, around.ground) < 0.02


def test_a_clip_is_bent_round_a_post() -> None:
    clip = marching(6.0)
    thing = box("post", np.array([0.2, 1.5, 0.2]), np.array([0.05, 3.0]), 0.0)
    out = prepare_reference(clip, World(obstacles=(thing,)))
    hips = out.clip.root_positions[:, _XZ].astype(np.float64)
    around = surroundings_of(World(obstacles=(thing,)), hips)
    assert out.way_changed and around.clearance(hips).min() > 0.33
    assert hips[np.argmin(np.abs(hips[:, 1] - 3.0)), 0] < 0.0  # where the way passed it
    assert np.allclose(hips[[0, -1]], clip.root_positions[[0, -1]][:, _XZ], atol=0.05)


def test_whoever_reaches_far_to_the_side_passes_farther_away() -> None:
    clip = marching(4.0)
    hanging = passing_m(clip, track_of(clip))
    turns = clip.rotations_wxyz.copy()
    turns[:, COMMON_SKELETON.index("LeftArm")] = (1.0, 0.0, 0.0, 0.0)
    wide = MotionClip(clip.skeleton, clip.frame_rate_hz, clip.root_positions, turns, clip.contacts)
    assert hanging == PASSING_M
    assert passing_m(wide, track_of(clip)) > hanging + 0.2


def test_feet_push_off_to_the_other_side_before_a_body_goes_to_one() -> None:
    clip = marching(6.0)
    stances = stances_of(clip, contacts_of(clip, FlatTerrain()))
    hips = clip.root_positions[:, _XZ].astype(np.float64)
    led = hips + np.array([0.4, 0.0]) * smoothstep((hips[:, 1:] - 1.0) / 3.0)
    steps = steps_under(Changes(hips, led, np.zeros(len(hips))), stances, clip.frame_rate_hz)
    middles = (stances.starts + stances.stops) // 2
    with_the_hips = (led - hips)[np.minimum(middles, len(hips) - 1)]
    beside = (steps.becomes - steps.places - with_the_hips)[:, 0]
    z = stances.places[:, 1]
    assert beside[(z > 1.1) & (z < 2.2)].mean() < -0.01  # gains speed to the left
    assert beside[(z > 2.8) & (z < 3.9)].mean() > 0.01  # and loses it
    assert np.abs(beside[z > 5.0]).max() < 0.005
    assert np.abs(beside).max() < 0.1


def _row_over_rubble() -> tuple[Stances, Surroundings]:
    scene = rubble(3)
    count = 16
    along = 1.0 + 0.6 * np.arange(count)
    sides = np.arange(count) % 2
    places = np.column_stack((np.where(sides == 0, 0.06, -0.06), along, np.zeros(count)))
    stances = Stances(sides, 10 + 30 * np.arange(count), 40 + 30 * np.arange(count), places, 600)
    return stances, surroundings_of(scene.world, places[:, :2])


def _joints(clip: MotionClip) -> Floats:
    return forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)[0]


def _depth(clip: MotionClip, ground: Terrain) -> float:
    """How deep ankles and balls come under where they stand on the ground."""
    feet = _joints(clip)[:, _FEET]
    under = ground.heights(feet[..., _XZ])
    return float((under + np.array([0.08, 0.02, 0.08, 0.02]) - feet[..., 1]).max())
