"""Shapes of paths: as long as asked for, smooth, and as far from a wall as asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.errors import PathError
from blender_addon.core.ground.path_shapes import Outline, around, simplified, square

POST, WALL = np.array(((1.0, 2.0),)), np.array(((0.0, 0.0), (3.0, 0.0)))
HOUSE = np.array(((0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0)))


def points(outline: Outline, count: int = 33) -> np.ndarray:
    t = np.linspace(0.0, 1.0, count)[:, None]
    a, b, c, d = (outline.pieces[:, n, None, :] for n in range(4))
    curve = a * (1 - t) ** 3 + b * 3 * t * (1 - t) ** 2 + c * 3 * t**2 * (1 - t) + d * t**3
    return curve.reshape(-1, 2)


def sharpest_turn(outline: Outline) -> float:
    """Largest angle between the end of a piece and the beginning of the next, radians."""
    into = outline.pieces[:, 3] - outline.pieces[:, 2]
    out = np.roll(outline.pieces[:, 1] - outline.pieces[:, 0], -1, axis=0)
    if not outline.closed:
        into, out = into[:-1], out[:-1]
    cosine = (into * out).sum(axis=1) / np.linalg.norm(into, axis=1) / np.linalg.norm(out, axis=1)
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)).max())


def distances(places: np.ndarray, hull: np.ndarray) -> np.ndarray:
    """Of places outside a convex shape to its nearest side."""
    found = []
    for start, end in zip(hull, np.roll(hull, -1, axis=0), strict=True):
        along = end - start
        share = ((places - start) @ along / max(float(along @ along), 1e-12)).clip(0.0, 1.0)
        found.append(np.linalg.norm(places - (start + share[:, None] * along), axis=1))
    return np.min(found, axis=0)


@given(length=st.floats(0.5, 1e4), corner=st.floats(0.1, 5.0))
@settings(max_examples=30, deadline=None)
def test_a_square_is_as_long_as_asked_for_and_has_no_edge(length, corner):
    outline = square(length, corner)
    assert outline.closed
    assert outline.length == pytest.approx(length, rel=1e-3)
    assert np.allclose(outline.pieces[0, 0], 0.0)
    assert np.allclose(outline.pieces[-1, 3], 0.0, atol=1e-9 * length)
    heading = outline.pieces[0, 1] - outline.pieces[0, 0]
    assert heading[1] < 0.0
    assert abs(heading[0]) < 1e-6 * abs(heading[1])
    assert sharpest_turn(outline) < 1e-3
    extent = np.ptp(points(outline), axis=0)
    assert extent[0] == pytest.approx(extent[1], rel=1e-3)


@pytest.mark.parametrize("hull", [POST, WALL, HOUSE], ids=["post", "wall", "house"])
def test_all_around_keeps_its_distance_and_has_no_edge(hull):
    outline = around(hull, 0.6)
    sides = np.linalg.norm(np.roll(hull, -1, axis=0) - hull, axis=1).sum()
    assert outline.length == pytest.approx(sides + 2.0 * np.pi * 0.6, rel=1e-3)
    assert np.allclose(distances(points(outline), hull), 0.6, atol=1e-3)
    assert np.allclose(outline.pieces[1:, 0], outline.pieces[:-1, 3])
    assert sharpest_turn(outline) < 1e-3


@pytest.mark.parametrize("length", [0.1, 2.0, 5.0, 11.0, 40.0])
def test_a_part_of_the_way_around_begins_at_the_nearest_point(length):
    whole = around(HOUSE, 0.6).from_nearest((4.0, 9.0))
    assert whole.length == pytest.approx(around(HOUSE, 0.6).length, rel=1e-4)
    assert np.allclose(whole.pieces[0, 0], (4.0, 2.6), atol=0.05)
    part = whole.first(length)
    assert part.length == pytest.approx(min(length, whole.length), rel=1e-3)
    assert part.closed == (length > whole.length)
    assert np.allclose(part.pieces[0, 0], whole.pieces[0, 0])
    back = whole.reversed()
    assert np.allclose(back.pieces[0, 0], whole.pieces[0, 0])
    ahead, other = (each.pieces[0, 1] - each.pieces[0, 0] for each in (whole, back))
    assert ahead @ other < 0.0


def test_a_round_tower_has_few_corners_and_keeps_its_distance():
    angles = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    tower = 2.0 * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    few = simplified(tower, 0.1)
    assert 3 <= len(few) <= 16
    reach = np.linalg.norm(points(around(few, 0.6)), axis=1)
    assert 2.45 < reach.min() <= reach.max() < 2.65
    assert len(simplified(HOUSE, 0.1)) == 4


def test_nothing_is_no_wall():
    with pytest.raises(PathError, match="nothing"):
        around(np.empty((0, 2)), 0.6)
