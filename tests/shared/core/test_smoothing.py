"""Smoothing keeps what is smooth, and its ends as asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.smoothing import gaussian_smooth, running_maximum

NUMBERS = st.floats(-100, 100)
SERIES = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=12), elements=NUMBERS)
SIGMAS = st.floats(0.2, 15.0)


@given(SERIES, SIGMAS, st.booleans())
def test_shape_stays_and_time_can_run_backward(values: Floats, sigma: float, ends: bool) -> None:
    smooth = gaussian_smooth(values, sigma, keep_ends=ends)
    assert smooth.shape == values.shape
    back = gaussian_smooth(values[::-1], sigma, keep_ends=ends)[::-1]
    np.testing.assert_allclose(smooth, back, atol=1e-9)


@given(SERIES, SIGMAS)
def test_averages_stay_within_the_values(values: Floats, sigma: float) -> None:
    smooth = gaussian_smooth(values, sigma)
    assert (smooth <= values.max(axis=0) + 1e-9).all()
    assert (smooth >= values.min(axis=0) - 1e-9).all()


@given(SERIES, SIGMAS)
def test_kept_ends_are_kept(values: Floats, sigma: float) -> None:
    smooth = gaussian_smooth(values, sigma, keep_ends=True)
    np.testing.assert_allclose(smooth[[0, -1]], values[[0, -1]], atol=1e-9)


@given(st.integers(1, 60), SIGMAS, NUMBERS, NUMBERS)
def test_a_straight_line_is_smooth_already(count: int, sigma: float, a: float, b: float) -> None:
    line = a + b * np.arange(count)
    smooth = gaussian_smooth(line, sigma, keep_ends=True)
    np.testing.assert_allclose(smooth, line, atol=1e-8 * (1 + abs(b) * count))


def test_the_kernel_is_the_bell_curve() -> None:
    impulse = np.zeros(101)
    impulse[50] = 1.0
    smooth = gaussian_smooth(impulse, 4.0)
    frames = np.arange(101) - 50
    bell = np.exp(-0.5 * (frames / 4.0) ** 2) * (np.abs(frames) <= 12)
    np.testing.assert_allclose(smooth, bell / bell.sum(), atol=1e-12)


def test_columns_do_not_mix() -> None:
    values = np.random.default_rng(0).normal(size=(40, 3, 2))
    together = gaussian_smooth(values, 3.0)
    for place in np.ndindex(3, 2):
        alone = gaussian_smooth(values[(slice(None), *place)], 3.0)
        np.testing.assert_allclose(together[(slice(None), *place)], alone)


def test_no_width_changes_nothing_and_shares_nothing() -> None:
    values = np.arange(5.0)
    smooth = gaussian_smooth(values, 0.0)
    np.testing.assert_array_equal(smooth, values)
    smooth[0] = 9.0
    assert values[0] == 0.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_number_type_stays(dtype: type) -> None:
    assert gaussian_smooth(np.zeros((9, 2), dtype), 2.0).dtype == dtype


@given(arrays(np.float64, st.integers(1, 40), elements=NUMBERS), st.integers(0, 9))
def test_running_maximum_is_the_maximum_around(values: Floats, radius: int) -> None:
    desired = [values[max(n - radius, 0) : n + radius + 1].max() for n in range(len(values))]
    np.testing.assert_array_equal(running_maximum(values, radius), desired)
