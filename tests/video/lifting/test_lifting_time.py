"""Frame rates and gaps."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.video.lifting.gaps import bridge, gaps_of, hold_long_gaps, near
from blender_addon.core.video.lifting.timeline import film_times, model_times, sample, slowed

RATES_HZ = (12.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0, 120.0, 240.0)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("count", [1, 2, 10, 97])
def test_times_go_there_and_back(rate_hz: float, count: int) -> None:
    there, back = model_times(count, rate_hz), film_times(count, rate_hz)
    assert there[0] == 0.0
    assert there[-1] == count - 1
    assert len(back) == count
    np.testing.assert_allclose(np.interp(back, np.arange(len(there)), there), np.arange(count))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_slow_swing_survives_the_change_of_rate(rate_hz: float) -> None:
    count = round(3 * rate_hz)
    swing = np.sin(2 * np.pi * np.arange(count) / rate_hz)[:, None]
    there = sample(slowed(swing, rate_hz), model_times(count, rate_hz))
    back = sample(there, film_times(count, rate_hz))
    off = np.abs(back - swing)[3:-3]
    assert off.max() < 0.02


def test_a_curve_goes_through_its_frames() -> None:
    values = np.random.default_rng(2).normal(size=(9, 4, 2))
    np.testing.assert_allclose(sample(values, np.arange(9.0)), values)
    assert sample(values, np.array([3.5])).shape == (1, 4, 2)


def test_a_bridge_is_a_line_between_what_is_known() -> None:
    values = np.full((6, 1, 2), np.nan)
    values[1], values[4] = 1.0, 4.0
    known = np.isfinite(values).all(axis=-1)
    np.testing.assert_allclose(bridge(values, known)[:, 0, 0], [1, 1, 2, 3, 4, 4])


def test_a_point_that_is_never_seen_is_where_the_others_are() -> None:
    values = np.zeros((3, 3, 2))
    values[:, 0], values[:, 1], values[:, 2] = 1.0, 3.0, np.nan
    found = bridge(values, np.isfinite(values).all(axis=-1))
    np.testing.assert_allclose(found[:, 2], 2.0)
    nothing = bridge(np.full((3, 2, 2), np.nan), np.zeros((3, 2), bool))
    assert not nothing.any()


def test_gaps_are_found_at_the_ends_too() -> None:
    seen = np.array([0, 0, 1, 1, 0, 1, 0], bool)
    assert gaps_of(seen) == [(0, 2), (4, 5), (6, 7)]
    assert gaps_of(np.ones(4, bool)) == []
    np.testing.assert_array_equal(near(seen, 1), [0, 0, 1, 1, 1, 1, 0])


def test_a_long_gap_holds_then_goes_over_and_a_short_one_is_left() -> None:
    seen = np.ones(200, bool)
    seen[20:120], seen[150:155] = False, False
    joints = np.zeros((200, 14, 3))
    joints[120:] = 1.0
    joints[20:120], joints[150:155] = 7.0, 7.0
    held = hold_long_gaps(joints, seen, 30.0)[:, 0, 0]
    np.testing.assert_allclose(held[20:50], 0.0)
    np.testing.assert_allclose(held[95:120], 1.0)
    assert (np.diff(held[19:121]) >= 0.0).all()
    assert np.diff(held[19:121]).max() < 0.1
    np.testing.assert_allclose(held[150:155], 7.0)


def test_beyond_the_ends_the_nearest_pose_is_held() -> None:
    seen = np.zeros(10, bool)
    seen[3:6] = True
    joints = np.random.default_rng(0).normal(size=(10, 14, 3))
    held = hold_long_gaps(joints, seen, 30.0)
    np.testing.assert_array_equal(held[:3], np.broadcast_to(joints[3], (3, 14, 3)))
    np.testing.assert_array_equal(held[6:], np.broadcast_to(joints[5], (4, 14, 3)))
