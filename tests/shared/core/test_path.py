"""A path is a polyline on the ground, by arc length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.core.errors import PathError
from blender_addon.core.ground.path import Path, Stop

CORNER = [[0, 0, 0], [3, 0, 0], [3, 0, 4]]


@st.composite
def paths(draw: st.DrawFn) -> Path:
    """Any path of two to nine points, open or closed."""
    count = draw(st.integers(2, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.uniform(-10, 10, (count, 3))
    return Path(points, rng.uniform(0.5, 3.5, count), (), draw(st.booleans()))


def test_arc_length_positions_and_speeds() -> None:
    path = Path(np.array(CORNER, float), np.array([1.0, 2.0, 1.0]))
    assert path.length_m == 7.0
    np.testing.assert_allclose(
        path.positions(np.array([1.5, 3.0, 5.0])), [[1.5, 0], [3, 0], [3, 2]]
    )
    np.testing.assert_allclose(path.speeds(np.array([0, 1.5, 3.0, 5.0])), [1.0, 1.5, 2.0, 1.5])


@given(paths())
def test_points_lie_at_their_arc_lengths(path: Path) -> None:
    np.testing.assert_allclose(path.positions(path.arc_lengths_m), path.points[:, [0, 2]])
    np.testing.assert_allclose(path.speeds(path.arc_lengths_m), path.speeds_m_s)


@given(paths(), st.integers(0, 2**32 - 1))
def test_nothing_is_further_away_than_along_the_path(path: Path, seed: int) -> None:
    distances = np.random.default_rng(seed).uniform(-1, path.length_m + 1, (6, 2))
    places = path.positions(distances)
    apart = np.linalg.norm(places[:, 0] - places[:, 1], axis=-1)
    assert (apart <= np.abs(distances[:, 0] - distances[:, 1]) + 1e-9).all()


def test_beyond_the_ends_is_at_the_ends() -> None:
    path = Path.from_points(CORNER)
    np.testing.assert_array_equal(path.positions(np.array([-5.0, 99.0])), [[0, 0], [3, 4]])


def test_height_of_the_points_does_not_count() -> None:
    hilly = Path.from_points([[0, 0, 0], [3, 50, 0], [3, -7, 4]])
    assert hilly.length_m == 7.0


def test_points_at_one_place_count_once() -> None:
    path = Path(
        np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 5, 0], [2, 0, 0]], float),
        np.array([1.0, 9.0, 2.0, 9.0, 3.0]),
    )
    np.testing.assert_array_equal(path.points[:, 0], [0, 1, 2])
    np.testing.assert_array_equal(path.speeds_m_s, [1, 2, 3])


@pytest.mark.parametrize("repeat_first", [False, True])
def test_a_closed_path_ends_where_it_began(repeat_first: bool) -> None:
    points = [[0, 0, 0], [3, 0, 0], [3, 0, 4]] + [[0, 0, 0]] * repeat_first
    path = Path.from_points(points, 1.5, closed=True)
    assert path.length_m == 12.0
    np.testing.assert_array_equal(path.points[0], path.points[-1])
    assert len(path.speeds_m_s) == len(path.points) == 4


def test_stops_are_put_in_order() -> None:
    path = Path.from_points(CORNER, stops=(Stop(5, 1.0), Stop(0, 2.0), Stop(7, 0.0)))
    assert [stop.at_m for stop in path.stops] == [0, 5, 7]


@given(paths(), st.floats(0.2, 5.0))
def test_scaling_scales_lengths_and_speeds_but_not_time(path: Path, factor: float) -> None:
    path = Path(path.points, path.speeds_m_s, (Stop(path.length_m / 2, 3.0),), path.closed)
    scaled = path.scaled(factor)
    assert scaled.length_m == pytest.approx(factor * path.length_m)
    assert scaled.closed == path.closed
    np.testing.assert_allclose(scaled.speeds_m_s, factor * path.speeds_m_s)
    (stop,) = scaled.stops
    assert stop.at_m == pytest.approx(scaled.length_m / 2) and stop.seconds == 3.0
    share = np.linspace(0, 1, 7)
    np.testing.assert_allclose(
        scaled.positions(share * scaled.length_m),
        factor * path.positions(share * path.length_m),
        atol=1e-9,
    )


def test_what_was_given_is_not_changed() -> None:
    points, speeds = np.array(CORNER, float), np.ones(3)
    path = Path(points, speeds, closed=True)
    path.points[0] = 99.0
    np.testing.assert_array_equal(points, CORNER)
    assert len(speeds) == 3


@pytest.mark.parametrize(
    ("points", "speed", "says"),
    [
        ([[0, 0, 0]], 1.0, "at least two points"),
        ([[0, 0], [1, 1]], 1.0, r"\(N, 3\)"),
        ([[0, 0, 0], [0, 0, 0]], 1.0, "no length"),
        ([[0, 0, 0], [0, 3, 0]], 1.0, "longer curve"),
        ([[0, 0, 0], [0, 0, np.nan]], 1.0, "not a finite"),
        ([[0, 0, 0], [0, 0, np.inf]], 1.0, "not a finite"),
        ([[0, 0, 0], [0, 0, 1]], np.nan, "not a finite"),
        ([[0, 0, 0], [0, 0, 1]], 0.0, "above 0 m/s; found 0"),
        ([[0, 0, 0], [0, 0, 1]], -2.0, "found -2"),
    ],
)
def test_what_cannot_be_walked_is_refused(points: list, speed: float, says: str) -> None:
    with pytest.raises(PathError, match=says):
        Path.from_points(points, speed)


def test_each_point_needs_its_speed() -> None:
    with pytest.raises(PathError, match="one speed for each of 3 points"):
        Path(np.array(CORNER, float), np.ones(2))


@pytest.mark.parametrize(
    "stop", [Stop(-0.1, 1), Stop(7.1, 1), Stop(1, -1), Stop(np.nan, 1), Stop(1, np.inf)]
)
def test_a_stop_lies_on_the_path(stop: Stop) -> None:
    with pytest.raises(PathError, match="does not lie on the path"):
        Path.from_points(CORNER, stops=(stop,))
