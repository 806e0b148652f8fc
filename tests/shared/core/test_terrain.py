"""The ground is as high as its samples say, between them and beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import TerrainError
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain, soften

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Step:
    """One step up of a metre at z = 0, known by its formula alone."""

    def heights(self, xz: Floats) -> Floats:
        return np.where(np.asarray(xz)[..., 1] > 0, 1.0, 0.0)


def random_field(rng: np.random.Generator) -> HeightField:
    nx, nz = rng.integers(2, 8, 2)
    return HeightField(rng.uniform(-5, 5, 2), rng.uniform(0.1, 2.0), rng.normal(size=(nx, nz)))


def sample_places(field: HeightField) -> Floats:
    nx, nz = field.samples.shape
    grid = np.stack(np.meshgrid(np.arange(nx), np.arange(nz), indexing="ij"), axis=-1)
    return field.origin_xz + field.spacing_m * grid


def test_flat_ground_is_flat_in_any_shape() -> None:
    heights = FlatTerrain(1.25).heights(np.zeros((3, 4, 2)))
    assert heights.shape == (3, 4)
    assert (heights == 1.25).all()


@given(SEEDS)
def test_samples_are_met(seed: int) -> None:
    field = random_field(np.random.default_rng(seed))
    np.testing.assert_allclose(field.heights(sample_places(field)), field.samples, atol=1e-4)


@given(SEEDS)
def test_between_samples_a_product_of_lines_is_met_exactly(seed: int) -> None:
    """a + bx + cz + dxz is what bilinear interpolation reproduces."""
    rng = np.random.default_rng(seed)
    a, b, c, d = rng.uniform(-1, 1, 4)

    def ground(xz: Floats) -> Floats:
        return a + b * xz[..., 0] + c * xz[..., 1] + d * xz[..., 0] * xz[..., 1]

    blank = HeightField(rng.uniform(-2, 2, 2), 0.5, np.zeros((6, 5)))
    field = HeightField(blank.origin_xz, 0.5, ground(sample_places(blank)))
    places = field.origin_xz + rng.uniform(0, 1, (50, 2)) * [2.5, 2.0]
    np.testing.assert_allclose(field.heights(places), ground(places), atol=1e-5)


@given(SEEDS)
def test_beyond_the_border_the_border_goes_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    field = random_field(rng)
    size = field.spacing_m * (np.array(field.samples.shape) - 1)
    places = field.origin_xz + rng.uniform(-20, 20, (30, 2))
    inside = np.clip(places, field.origin_xz, field.origin_xz + size)
    np.testing.assert_allclose(field.heights(places), field.heights(inside), atol=1e-4)


@given(SEEDS)
def test_ground_has_no_jumps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    field = random_field(rng)
    steepest = 2 * np.ptp(field.samples) / field.spacing_m
    places, steps = rng.uniform(-8, 8, (40, 2)), rng.uniform(-1e-3, 1e-3, (40, 2))
    rise = np.abs(field.heights(places + steps) - field.heights(places))
    assert (rise <= steepest * np.abs(steps).sum(axis=-1) + 1e-5).all()


def test_a_hole_is_seen_from_the_squares_around_it_and_no_further() -> None:
    samples = np.zeros((5, 5))
    samples[2, 2] = np.nan
    field = HeightField(np.zeros(2), 1.0, samples)
    assert np.isnan(field.heights(np.array([[2, 2], [1.5, 2.5], [2.9, 2.0]]))).all()
    assert np.isfinite(field.heights(np.array([[0.5, 0.5], [3.5, 2], [2, 0.9], [9, 9]]))).all()


@given(SEEDS, st.floats(0.1, 10.0))
def test_scaling_scales_the_place_and_the_height(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    field = random_field(rng)
    places = rng.uniform(-8, 8, (20, 2))
    np.testing.assert_allclose(
        field.scaled(factor).heights(factor * places),
        factor * field.heights(places),
        atol=1e-3 * factor,
    )


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (0, 0), (9,), (2, 2, 2)])
def test_too_few_samples_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(TerrainError, match="at least 2 x 2"):
        HeightField(np.zeros(2), 0.1, np.zeros(shape))


@pytest.mark.parametrize("spacing", [0.0, -0.1, np.nan, np.inf])
def test_spacing_must_be_a_distance(spacing: float) -> None:
    with pytest.raises(TerrainError, match="positive grid spacing"):
        HeightField(np.zeros(2), spacing, np.zeros((3, 3)))


def sampled(terrain: Terrain, spacing_m: float = 0.02) -> HeightField:
    """A terrain around the origin as a height field."""
    blank = HeightField(np.array([-1.0, -1.0]), spacing_m, np.zeros((100, 100)))
    return HeightField(blank.origin_xz, spacing_m, terrain.heights(sample_places(blank)))


def test_softening_leaves_flat_ground_and_slopes() -> None:
    assert soften(FlatTerrain(2.0)).heights(np.zeros((3, 2))).tolist() == [2.0] * 3
    slope = HeightField(np.array([-2.0, -2.0]), 0.1, np.tile(0.3 * np.arange(40), (40, 1)))
    places = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    np.testing.assert_allclose(soften(slope).heights(places), slope.heights(places), atol=1e-4)


@pytest.mark.parametrize("step", [Step(), sampled(Step())])
def test_softening_makes_a_short_ramp_of_a_step(step: Terrain) -> None:
    along = np.arange(-0.5, 0.5, 0.01)
    heights = soften(step).heights(np.stack((0 * along, along), axis=-1))
    assert heights[0] == pytest.approx(0.0, abs=1e-3)
    assert heights[-1] == pytest.approx(1.0, abs=1e-3)
    assert (np.diff(heights) >= -1e-6).all()
    assert np.diff(heights).max() < 0.15
    beside = np.abs(along) > 0.35
    np.testing.assert_allclose(heights[beside], (along > 0)[beside], atol=0.01)


def test_a_formula_is_softened_like_its_samples() -> None:
    along = np.arange(-0.5, 0.5, 0.02)
    places = np.stack((0 * along, along), axis=-1)
    gap = soften(Step()).heights(places) - soften(sampled(Step())).heights(places)
    assert np.abs(gap).max() < 0.15  # it takes sixteen samples only


def test_softening_twice_is_softening_once_for_a_formula() -> None:
    once = soften(Step())
    assert soften(once) is once
