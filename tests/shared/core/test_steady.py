"""A trembling line is walked steadily; one that is meant as it is stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.ground.steady import steady_line

STRAIGHT = ((0, 0), (6, 0))
CORNER = ((0, 0), (3, 0), (3, 3))
CORNERS = ((0, 0), (2, 0), (2, 2), (4, 2), (4, 4))


def line(places, spacing=0.05):
    places = np.array(places, float)
    arcs = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))))
    along = np.arange(0.0, arcs[-1] + 1e-9, spacing)
    x, z = (np.interp(along, arcs, column) for column in places.T)
    return np.stack((x, np.zeros(len(x)), z), axis=1)


def circle(radius, count=64):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.stack((np.cos(angles), 0 * angles, np.sin(angles)), axis=1)


def trembling(points, amount, seed=0):
    moved = points.copy()
    moved[:, [0, 2]] += np.random.default_rng(seed).normal(0, amount, (len(points), 2))
    return moved


def length(points, closed=False):
    points = np.vstack((points, points[:1])) if closed else points
    return np.linalg.norm(np.diff(points[:, [0, 2]], axis=0), axis=1).sum()


def distance(points, places):
    """(N,) from each point to the nearest place of a line."""
    wanted = line(places, 0.01)[:, [0, 2]]
    return np.linalg.norm(points[:, None, [0, 2]] - wanted, axis=2).min(axis=1)


@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("places", [STRAIGHT, CORNER, CORNERS], ids=["straight", "corner", "four"])
@pytest.mark.parametrize(("spacing", "amount"), [(0.02, 0.01), (0.05, 0.03), (0.1, 0.05)])
def test_trembling_goes_and_corners_stay(places, spacing, amount, size):
    straight = line(places, spacing)
    for seed in range(3):
        shaken = trembling(straight, amount, seed)
        steady = steady_line(size * shaken, False, size) / size
        assert length(shaken) > 1.2 * length(straight)
        assert length(steady) == pytest.approx(length(straight), rel=0.04)
        assert distance(steady, places).max() < 3.0 * amount
        for corner in np.array(places, float)[1:-1]:
            assert np.linalg.norm(steady[:, [0, 2]] - corner, axis=1).min() < 3.0 * amount
        assert np.allclose(steady[[0, -1]], shaken[[0, -1]])


def test_a_smooth_curve_that_wavers_goes_straight():
    x = np.linspace(0, 6, 1200)
    wavering = np.stack((x, 0 * x, 0.08 * np.sin(8 * np.pi * x)), axis=1)
    assert length(wavering) > 9.5
    assert length(steady_line(wavering, False)) == pytest.approx(6.0, rel=0.01)


def test_a_trembling_circle_stays_closed_and_round():
    steady = steady_line(trembling(circle(2.0, 250), 0.03), True)
    assert length(steady, closed=True) == pytest.approx(4 * np.pi, rel=0.03)
    assert np.abs(np.linalg.norm(steady[:, [0, 2]], axis=1) - 2.0).max() < 0.1


@pytest.mark.parametrize(
    ("meant", "closed"),
    [
        (line(STRAIGHT), False),
        (line(CORNERS), False),
        (line(((0, 0), (2, 0.5), (0, 1), (2, 1.5))), False),
        (line([(n // 2, (n + 1) // 2) for n in range(9)]), False),
        (circle(0.4), True),
        (np.stack([f(np.linspace(0, 8, 400)) for f in (
            lambda x: x, np.zeros_like, lambda x: 0.5 * np.sin(x * np.pi))], axis=1), False),
        (np.array(((0, 0, 0), (4, 0, 0), (4, 0, 3)), float), False),
    ],
    ids=["straight", "corners", "hairpins", "staircase", "tight circle", "slalom", "few points"],
)  # fmt: skip
def test_a_line_that_is_meant_so_stays_so(meant, closed):
    kept = steady_line(meant, closed)
    assert length(kept, closed) == pytest.approx(length(meant, closed), rel=1e-4)


def test_only_the_trembling_part_changes():
    shaken = line(((0, 0), (12, 0)))
    shaken[:120] = trembling(shaken[:120], 0.03)
    corner = np.array(((12.0, 0.0, 0.0), (12.0, 0.0, 0.3), (13.0, 0.0, 0.3)))
    steady = steady_line(np.vstack((shaken, corner[1:])), False)
    for place in corner:
        assert np.linalg.norm(steady - place, axis=1).min() < 0.02
