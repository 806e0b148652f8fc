"""A take is the clip it was made from, taken apart and put together again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.walk.mirror_take import MirroredTerrain, mirror_take
from backend.walk.takes import Take, clip_to_take, foot_positions, track_root
from blender_addon.core.feet.contacts import spans
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from tests.shared.core.motion_samples import joint_positions, stepping_clip
from tests.walk.samples import moved, walking_clip
from tests.walk.take_samples import standing_take, walking_take, world_joints


def hills() -> HeightField:
    places = np.arange(-4, 10, 0.2)
    samples = 0.2 * np.sin(places[:, None]) * np.cos(1.3 * places[None])
    return HeightField(np.array([-4.0, -4.0]), 0.2, samples)


@pytest.mark.parametrize("terrain", [FlatTerrain(), FlatTerrain(2.0), hills()])
@pytest.mark.parametrize("turn_rad", [0.0, 2.9])
def test_apart_and_together_again(terrain: Terrain, turn_rad: float) -> None:
    clip = moved(stepping_clip(180), (1.0, 0.5, -1.0), turn_rad)
    take = clip_to_take(clip, clip.contacts, name="any", label="walk", style=3, terrain=terrain)
    np.testing.assert_allclose(world_joints(take, terrain), joint_positions(clip), atol=1e-4)


def test_the_body_of_a_straight_walk_stays_over_its_root() -> None:
    take = walking_take(turn_rad=1.0)
    middle = slice(60, -60)
    np.testing.assert_allclose(take.heading_rad, 1.0, atol=1e-3)
    np.testing.assert_allclose(take.speeds_m_s()[middle], 1.0, atol=0.01)
    assert np.abs(take.hips[middle, [0, 2]]).max() < 0.01
    way = take.root_xz[-1] - take.root_xz[0]
    np.testing.assert_allclose(way, 6.0 * np.array([np.sin(1.0), np.cos(1.0)]), atol=0.02)


def test_where_and_whither_a_walk_goes_is_not_in_its_body() -> None:
    here = walking_take()
    clip = moved(walking_clip(6), (5, 0, -3), -2.0)
    there = clip_to_take(clip, clip.contacts, name="", label="", style=0, terrain=FlatTerrain())
    np.testing.assert_allclose(there.hips, here.hips, atol=1e-4)
    same = np.abs(np.sum(there.rotations_wxyz * here.rotations_wxyz, axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-5)


def test_the_root_leaves_sway_to_the_hips() -> None:
    time = np.arange(361) / 60
    sway = np.stack((0.04 * np.sin(2 * np.pi * time), 0 * time, 0 * time), axis=-1)
    clip = moved(walking_clip(6), sway)
    root, heading = track_root(joint_positions(clip))
    assert np.ptp(root[60:-60, 0]) < 0.02
    assert np.ptp(heading) < 0.01


def test_headings_go_on_through_whole_turns() -> None:
    clip = stepping_clip(600)
    spun = [moved(clip, turn_rad=turn) for turn in np.linspace(0, 4 * np.pi, 600)]
    rotations = np.stack([one.rotations_wxyz[frame] for frame, one in enumerate(spun)])
    root = np.zeros((600, 3), np.float32)
    turning = replace(clip, root_positions=root, rotations_wxyz=rotations)
    _, heading = track_root(joint_positions(turning))
    assert np.ptp(heading) > 4 * np.pi
    assert np.abs(np.diff(heading)).max() < 0.1


def test_cutting_keeps_frames_as_they_are() -> None:
    take = walking_take()
    piece = take.cut(50, 110)
    assert piece.frame_count == 60
    np.testing.assert_array_equal(world_joints(piece), world_joints(take)[50:110])
    np.testing.assert_array_equal(piece.phase_rad, take.phase_rad[50:110])


def test_feet_are_in_the_order_of_contacts() -> None:
    positions = np.arange(22 * 3, dtype=float).reshape(1, 22, 3)
    feet = foot_positions(positions)
    for column, name in enumerate(FOOT_JOINTS):
        np.testing.assert_array_equal(feet[0, column], positions[0, COMMON_SKELETON.index(name)])


@pytest.mark.parametrize("terrain", [FlatTerrain(), hills()])
def test_locking_keeps_the_root_and_holds_the_feet(terrain: Terrain) -> None:
    take = walking_take(4, 0.8)
    take = replace(take, hips=take.hips - np.array([0, 0.06, 0], np.float32))
    locked = take.with_feet_locked(terrain)
    for name in ("root_xz", "heading_rad", "contacts", "phase_rad"):
        np.testing.assert_array_equal(getattr(locked, name), getattr(take, name))
    places = foot_positions(world_joints(locked, terrain))
    toe_drifts = [
        np.ptp(places[start:stop, toe], axis=0).max()
        for toe in (1, 3)
        for start, stop in spans(take.contacts[:, toe])
    ]
    assert max(toe_drifts) < 1e-3


def mirrored_joints(take: Take) -> np.ndarray:
    """(T, J, 3) joints seen in a mirror at x = 0, each called by its new side's name."""
    exchanged = {"Left": "Right", "Right": "Left"}
    swapped = []
    for name in COMMON_SKELETON.names:
        side = next((side for side in exchanged if name.startswith(side)), "")
        swapped.append(COMMON_SKELETON.index(exchanged.get(side, "") + name.removeprefix(side)))
    return world_joints(take)[:, swapped] * np.array([-1, 1, 1])


def test_a_mirrored_take_is_seen_in_a_mirror() -> None:
    take = walking_take(turn_rad=0.8)
    mirror = mirror_take(take)
    np.testing.assert_allclose(world_joints(mirror), mirrored_joints(take), atol=1e-5)
    np.testing.assert_array_equal(mirror.contacts, take.contacts[:, [2, 3, 0, 1]])
    np.testing.assert_allclose((mirror.phase_rad - take.phase_rad) % (2 * np.pi), np.pi)


def test_mirrored_twice_is_as_before() -> None:
    take = walking_take(turn_rad=-0.4)
    again = mirror_take(mirror_take(take))
    for name in ("root_xz", "heading_rad", "hips", "rotations_wxyz", "contacts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(take, name))
    turns = (again.phase_rad - take.phase_rad) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-9)


def test_mirrored_ground_lies_under_the_mirrored_walk() -> None:
    ground = hills()
    places = np.random.default_rng(0).uniform(-3, 9, (50, 2))
    seen = MirroredTerrain(ground).heights(places * [-1, 1])
    np.testing.assert_array_equal(seen, ground.heights(places))


def test_standing_has_no_speed_and_a_slow_phase() -> None:
    take = standing_take()
    assert take.speeds_m_s().max() < 1e-6
    assert 0 < np.diff(take.phase_rad).max() < 0.05
