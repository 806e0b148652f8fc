"""The Fréchet distance has its closed forms, and re-weighting gives the speeds asked for."""

from __future__ import annotations

import numpy as np
import pytest

from backend.motion_quality.frechet import (
    Gaussian,
    fit_components,
    fit_gaussian,
    frechet_distance,
    match_speeds,
)


def test_diagonal_gaussians_have_the_closed_form() -> None:
    first = Gaussian(np.array([1.0, -2.0, 0.5]), np.diag([4.0, 1.0, 0.25]))
    second = Gaussian(np.array([0.0, 1.0, 0.5]), np.diag([1.0, 9.0, 0.25]))
    found = frechet_distance(first, second)
    assert found.mean_term**2 == pytest.approx(1.0 + 9.0)
    assert found.spread_term**2 == pytest.approx((2 - 1) ** 2 + (1 - 3) ** 2)
    assert found.total**2 == pytest.approx(15.0)


def test_the_distance_is_symmetric_zero_to_itself_and_blind_to_a_common_turn() -> None:
    generator = np.random.default_rng(3)
    first = fit_gaussian(generator.normal(size=(400, 5)) @ generator.normal(size=(5, 5)))
    second = fit_gaussian(generator.normal(size=(400, 5)) @ generator.normal(size=(5, 5)) + 0.3)
    turn = np.linalg.qr(generator.normal(size=(5, 5)))[0]
    turned = [Gaussian(turn @ g.mean, turn @ g.covariance @ turn.T) for g in (first, second)]
    there, back = frechet_distance(first, second), frechet_distance(second, first)
    assert there.total > 0.1
    assert there.total == pytest.approx(back.total)
    assert frechet_distance(*turned).total == pytest.approx(there.total)
    assert frechet_distance(first, first).total == pytest.approx(0.0, abs=1e-5)


def test_a_weight_counts_like_that_many_copies() -> None:
    samples = np.random.default_rng(0).normal(size=(6, 2))
    copies = np.array([1, 2, 3, 1, 1, 5])
    weighted = fit_gaussian(samples, copies.astype(float))
    repeated = fit_gaussian(np.repeat(samples, copies, axis=0))
    np.testing.assert_allclose(weighted.mean, repeated.mean)
    np.testing.assert_allclose(weighted.covariance, repeated.covariance)


def test_components_are_the_directions_of_most_variance() -> None:
    generator = np.random.default_rng(1)
    samples = generator.normal(size=(3000, 6)) * np.array([10.0, 5.0, 1.0, 0.1, 0.05, 0.01])
    components = fit_components(samples + 7.0, 3)
    np.testing.assert_allclose(np.abs(components.axes[:3]), np.eye(3), atol=0.05)
    seen = components.project(samples + 7.0)
    np.testing.assert_allclose(seen.std(axis=0), [10.0, 5.0, 1.0], rtol=0.05)
    np.testing.assert_allclose(seen.mean(axis=0), 0.0, atol=1e-9)


def test_reweighting_moves_the_reference_to_the_desired_speeds() -> None:
    reference = np.linspace(0.5, 2.0, 301)
    desired = np.random.default_rng(2).normal(1.6, 0.1, 500)
    weights = match_speeds(reference, desired)
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ reference == pytest.approx(desired.mean(), abs=0.02)
    assert weights[reference < 1.0].sum() < 1e-3


def test_a_speed_nobody_captured_takes_its_nearest_neighbours() -> None:
    weights = match_speeds(np.concatenate((np.full(50, 1.0), np.full(50, 3.0))), np.array([2.6]))
    assert weights[50:].sum() > 0.95
