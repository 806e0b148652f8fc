"""Invented ground can be walked on, and fitted ground lies under the feet that made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.walk.sources import Source, read_uneven_take
from backend.walk.takes import foot_positions
from backend.walk.terrains import Stairs, fit_terrain, random_terrain
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M
from tests.walk.take_samples import walking_take, world_joints


def test_stairs_rise_step_by_step_along_their_way() -> None:
    heading = 0.7
    stairs = Stairs((1.0, -2.0), heading, 0.15, 0.3, 4)
    along = np.array([-1.0, -0.01, 0.01, 0.29, 0.31, 0.89, 0.91, 5.0])
    way, across = np.array([np.sin(heading), np.cos(heading)]), np.array([0.8, -0.6])
    across -= (across @ way) * way
    heights = stairs.heights(np.array([1.0, -2.0]) + along[:, None] * way + 3.0 * across)
    np.testing.assert_allclose(heights / 0.15, [0, 0, 1, 1, 2, 3, 4, 4])


def test_stairs_down_are_stairs_up_upside_down() -> None:
    places = np.random.default_rng(0).uniform(-3, 3, (50, 2))
    up, down = (Stairs((0, 0), 1.0, rise, 0.3, 5).heights(places) for rise in (0.2, -0.2))
    np.testing.assert_array_equal(up, -down)


def ground_of(seed: int) -> Terrain:
    take = walking_take(6)
    return random_terrain(np.random.default_rng(seed), take.root_xz)


def test_ground_of_every_kind_is_finite_and_walkable() -> None:
    take = walking_take(6)
    kinds = set()
    for seed in range(60):
        ground = ground_of(seed)
        kinds.add(type(ground).__name__)
        heights = ground.heights(take.root_xz)
        assert heights.shape == (take.frame_count,) and np.isfinite(heights).all()
        rises = np.abs(np.diff(heights))
        assert rises.max() < 0.03
    assert kinds == {"FlatTerrain", "HeightField"}


def test_half_of_the_ground_is_flat() -> None:
    flat = [isinstance(ground_of(seed), FlatTerrain) for seed in range(80)]
    assert 0.3 < np.mean(flat) < 0.6


def test_a_height_field_covers_the_walk_and_its_surroundings() -> None:
    take = walking_take(6)
    for seed in range(20):
        ground = ground_of(seed)
        if isinstance(ground, HeightField):
            size = ground.spacing_m * (np.array(ground.samples.shape) - 1)
            assert (ground.origin_xz <= take.root_xz.min(axis=0) - 1.5).all()
            assert (ground.origin_xz + size >= take.root_xz.max(axis=0) + 1.5).all()


def test_a_seed_is_a_ground() -> None:
    places = np.random.default_rng(1).uniform(-2, 6, (40, 2))
    for seed in range(12):
        one, same = (ground_of(seed).heights(places) for _ in range(2))
        np.testing.assert_array_equal(one, same)


def feet_on(terrain: Terrain) -> tuple[Floats, Bools]:
    """A walk's feet, each step as high as the terrain is there."""
    take = walking_take(8, 0.8)
    feet = foot_positions(world_joints(take))
    for joint in range(4):
        for start, stop in spans(take.contacts[:, joint]):
            place = feet[start:stop, joint].mean(axis=0)
            feet[start:stop, joint, 1] = terrain.heights(place[[0, 2]]) + PLANTED_HEIGHTS_M[joint]
    return feet, take.contacts


@pytest.mark.parametrize("roughness_m", [0.0, 0.06])
@pytest.mark.parametrize("hidden", [FlatTerrain(0.4), Stairs((0.0, 1.0), 0.0, 0.1, 0.9, 5)])
def test_fitted_ground_passes_under_every_step(hidden: Terrain, roughness_m: float) -> None:
    feet, contacts = feet_on(hidden)
    fitted = fit_terrain(np.random.default_rng(0), feet, contacts, roughness_m)
    under = feet[..., 1] - PLANTED_HEIGHTS_M
    gap = np.abs(fitted.heights(feet[..., [0, 2]]) - under)[contacts]
    assert np.percentile(gap, 90) < 0.03
    assert gap.max() < 0.08


def test_fitted_grounds_differ_between_the_steps() -> None:
    feet, contacts = feet_on(FlatTerrain())
    one, two = (fit_terrain(np.random.default_rng(seed), feet, contacts, 0.06) for seed in (0, 1))
    assert np.abs(one.samples - two.samples).max() > 0.02


@pytest.mark.data
def test_a_recording_on_uneven_ground_stands_on_what_is_fitted(data_dir: Path) -> None:
    source = Source(data_dir / "mocap" / "cmu" / "amc_03_03.bvh", "uneven", "train")
    take, terrain = read_uneven_take(source, 0, np.random.default_rng(0), 0.03)
    feet = foot_positions(world_joints(take, terrain))
    over = feet[..., 1] - terrain.heights(feet[..., [0, 2]]) - PLANTED_HEIGHTS_M
    assert np.percentile(np.abs(over[take.contacts]), 75) < 0.02
    assert np.percentile(over, 1) > -0.03
