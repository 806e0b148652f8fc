"""The measures give the numbers that simple motions must have."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import ClipError, PathError
from blender_addon.core.feet import measures

RATE_HZ = 60.0


def _straight(speed_m_s: float, seconds: float, aside_m: float = 0.0) -> np.ndarray:
    times = np.arange(0, seconds, 1 / RATE_HZ)
    return np.stack((np.full_like(times, aside_m), speed_m_s * times), axis=-1)


def test_a_root_beside_its_path_deviates_by_that_much() -> None:
    path = [[0.0, 0.0], [0.0, 10.0]]
    found = measures.path_deviation(_straight(1.3, 7.6, aside_m=0.07), path, RATE_HZ)
    assert found.mean_m == pytest.approx(0.07, abs=1e-6)
    assert found.p95_m == pytest.approx(0.07, abs=1e-6)
    assert found.completed() and np.all(np.diff(found.progress_m) >= 0)


def test_the_first_second_does_not_count_and_the_end_must_be_reached() -> None:
    root = _straight(1.0, 5.0)
    root[:30, 0] += 1.0
    found = measures.path_deviation(root, [[0.0, 0.0], [0.0, 10.0]], RATE_HZ)
    assert found.mean_m < 1e-6
    assert not found.completed()
    with pytest.raises(ClipError, match="longer"):
        measures.path_deviation(root[:50], [[0.0, 0.0], [0.0, 10.0]], RATE_HZ)


def test_a_short_cut_across_a_u_turn_is_no_progress() -> None:
    path = [[0.0, 0.0], [0.0, 6.0], [2.0, 6.0], [2.0, 0.0]]
    times = np.linspace(0, 1, 240)
    across = np.stack((2.0 * times, np.zeros_like(times)), axis=-1)
    found = measures.path_deviation(across, path, RATE_HZ)
    assert found.distances_m[-1] == pytest.approx(2.0, abs=0.05)
    assert not found.completed()


def test_a_path_without_length_is_refused() -> None:
    with pytest.raises(PathError, match="length"):
        measures.path_deviation(_straight(1.0, 3.0), [[1.0, 1.0], [1.0, 1.0]], RATE_HZ)


def test_moving_average_keeps_straight_lines_and_length() -> None:
    line = _straight(1.0, 3.0, aside_m=0.5)
    np.testing.assert_allclose(measures.moving_average(line, 30), line, atol=1e-9)


def test_slip_is_the_speed_of_the_joint_that_carries() -> None:
    """Left toe creeps at 3 cm/s, right foot swings low and fast, the heels are in the air."""
    frames = 120
    feet = np.zeros((frames, 4, 3))
    feet[:, 1, 2] = np.arange(frames) / RATE_HZ * 0.03
    feet[:, 3, 2] = np.arange(frames) / RATE_HZ * 2.0
    feet[:, [0, 2], 1] = 0.2
    heights = measures.heights_over_ground(feet, np.zeros((frames, 4)), np.zeros(4))
    assert measures.slip_speed(feet, heights, RATE_HZ).mean == pytest.approx(0.03)
    assert measures.skate_speed(feet, heights, RATE_HZ).mean == pytest.approx(1.015)
    flying = measures.slip_speed(feet, heights + 0.1, RATE_HZ)
    assert np.all(np.isnan(flying.values)) and flying.mean == 0.0


def test_weighted_skate_falls_to_zero_at_the_threshold() -> None:
    feet = np.zeros((3, 4, 3))
    feet[:, :, 0] = np.arange(3)[:, None] / RATE_HZ
    found = measures.weighted_skate_speed(feet, np.tile([0.0, 0.0125, 0.025, 1.0], (3, 1)), RATE_HZ)
    np.testing.assert_allclose(found.values[0], [1.0, 2 - 2**0.5, 0.0, 0.0], atol=1e-9)


def test_penetration_counts_below_the_planted_height_over_the_terrain() -> None:
    feet = np.zeros((10, 4, 3))
    feet[..., 1] = 0.5
    ground = np.full((10, 4), 0.45)
    heights = measures.heights_over_ground(feet, ground, [0.06, 0.05, 0.04, 0.05])
    sunk = measures.penetration(heights)
    assert sunk.largest == pytest.approx(0.01)
    assert sunk.mean == pytest.approx(0.0025)


def test_planted_heights_are_found_in_the_motion() -> None:
    phase = np.linspace(0, 20 * np.pi, 1200)
    lift = np.maximum(np.sin(phase), 0.0)
    feet = np.zeros((1200, 4, 3))
    feet[..., 1] = 0.08 + 0.1 * lift[:, None]
    found = measures.estimate_planted_heights(feet, np.zeros((1200, 4)), RATE_HZ)
    np.testing.assert_allclose(found, 0.08, atol=1e-3)
