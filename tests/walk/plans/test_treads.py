"""Stairs are found in the ground along a way, and nothing else is taken for stairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from backend.motion_quality.ways import BumpyTerrain, SlopeTerrain, StairsTerrain
from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import HeightField, Terrain
from blender_addon.core.walk.treads import SPACING_M, Flight, find_flights


@dataclass(frozen=True)
class Turned:
    """A ground seen from a way in another direction."""

    ground: Terrain
    angle_rad: float

    def heights(self, xz: Floats) -> Floats:
        sine, cosine = np.sin(self.angle_rad), np.cos(self.angle_rad)
        x, z = np.moveaxis(np.asarray(xz), -1, 0)
        return self.ground.heights(np.stack((cosine * x - sine * z, sine * x + cosine * z), -1))


def sampled(ground: Terrain, spacing_m: float) -> HeightField:
    x, z = np.meshgrid(*[np.arange(-8.0, 14.0, spacing_m)] * 2, indexing="ij")
    return HeightField(np.array([-8.0, -8.0]), spacing_m, ground.heights(np.stack((x, z), -1)))


def flights_on(ground: Terrain, angle_rad: float = 0.0, length_m: float = 10.0) -> list[Flight]:
    along = np.arange(0.0, length_m, SPACING_M)
    places = along[:, None] * np.array([np.sin(angle_rad), np.cos(angle_rad)])
    return list(find_flights(along, ground.heights(places)))


@pytest.mark.parametrize("spacing_m", [0.0, 0.025, 0.05])
@pytest.mark.parametrize(("rise_m", "tread_m"), [(0.15, 0.3), (0.18, 0.25), (0.12, 0.4)])
def test_stairs_up_and_down(rise_m: float, tread_m: float, spacing_m: float) -> None:
    stairs = StairsTerrain(rise_m, tread_m)
    up, down = flights_on(sampled(stairs, spacing_m) if spacing_m else stairs)
    for flight, begin in ((up, 2.0), (down, 4.0 + 7 * tread_m)):
        edges = begin + tread_m * np.arange(8)
        np.testing.assert_allclose(flight.edges_m, edges, atol=0.045)
        assert flight.depth_m == pytest.approx(tread_m, abs=0.01)
        between = 0.5 * (edges[1:] + edges[:-1])
        np.testing.assert_allclose(flight.middles_m[1:-1], between, atol=0.045)
    assert up.rise_m == pytest.approx(rise_m, abs=0.01)
    assert down.rise_m == pytest.approx(-rise_m, abs=0.01)


@pytest.mark.parametrize("angle_deg", [30.0, 90.0, 200.0, 317.0])
def test_of_any_orientation(angle_deg: float) -> None:
    ground = sampled(Turned(StairsTerrain(steps=5), np.radians(angle_deg)), 0.025)
    found = flights_on(ground, np.radians(angle_deg), 7.5)
    assert [len(flight.edges_m) for flight in found] == [5, 5]
    assert found[0].depth_m == pytest.approx(0.3, abs=0.015)


def test_crossed_at_an_angle_treads_are_longer() -> None:
    (up, *_) = flights_on(StairsTerrain(), np.radians(40.0))
    assert up.depth_m == pytest.approx(0.3 / np.cos(np.radians(40.0)), abs=0.02)


def test_two_steps_are_stairs_and_a_kerb_is_none() -> None:
    assert [len(flight.edges_m) for flight in flights_on(StairsTerrain(steps=2))] == [2, 2]
    assert not flights_on(StairsTerrain(steps=1))


@pytest.mark.parametrize(
    "ground",
    [
        BumpyTerrain(),
        BumpyTerrain(0.3, 2.0, 1.5),
        BumpyTerrain(0.15, 0.8, 0.6),
        SlopeTerrain(),
        SlopeTerrain(35.0),
        SlopeTerrain(48.0),
        StairsTerrain(0.04, 0.3),
        StairsTerrain(0.5, 0.3),
        StairsTerrain(0.15, 1.2),
    ],
    ids=repr,
)
@pytest.mark.parametrize("angle_deg", [0.0, 35.0])
def test_other_ground_is_no_stairs(ground: Terrain, angle_deg: float) -> None:
    assert not flights_on(ground, np.radians(angle_deg))
    assert not flights_on(sampled(ground, 0.025), np.radians(angle_deg))


def test_rough_ground_is_no_stairs() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        cell, height = rng.uniform(0.1, 1.2), rng.uniform(0.02, 0.3)
        count = int(14 / cell) + 2
        ground = HeightField(np.array([-2.0, -2.0]), cell, rng.normal(0, height, (count, count)))
        assert not flights_on(ground, rng.uniform(0, 1.5))


def test_holes_and_short_ways_are_no_stairs() -> None:
    along = np.arange(0.0, 8.0, SPACING_M)
    heights = StairsTerrain().heights(np.stack((0 * along, along), -1))
    heights[:150] = np.nan
    assert [len(flight.edges_m) for flight in find_flights(along, heights)] == [4, 7]
    assert find_flights(along[:3], heights[-3:]) == ()
