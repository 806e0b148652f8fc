"""Weights between 0 and 1 that come nearest to a motion."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.speech.audio2face.solver import BoundedSolver


def shapes(seed=0, count=12, rows=60, alike=0.0):
    rng = np.random.default_rng(seed)
    deltas = rng.normal(size=(count, rows)) * np.exp(rng.normal(size=count))[:, None]
    deltas[1] = alike * deltas[0] + (1.0 - alike) * deltas[1]
    return deltas


def known_weights(frames=90, count=12, seed=1):
    rng = np.random.default_rng(seed)
    times = np.arange(frames)[:, None] / 30.0
    waves = np.sin(2 * np.pi * rng.uniform(0.3, 4.0, count) * times + rng.uniform(0, 6, count))
    return np.clip(waves, 0.0, 1.0)


@pytest.mark.parametrize("alike", [0.0, 0.95])
def test_known_weights_come_back(alike):
    deltas, wanted = shapes(alike=alike), known_weights()
    gram = deltas @ deltas.T
    assert np.abs(BoundedSolver(gram).solve(wanted @ gram) - wanted).max() < 1e-3


def test_nothing_within_the_bounds_is_nearer():
    """The slope is 0 where a weight is free, and points outwards where it is at a bound."""
    deltas = shapes(2)
    gram = deltas @ deltas.T + 2.0 * np.eye(12)
    aims = np.random.default_rng(3).normal(size=(200, 12)) * 30.0
    weights = BoundedSolver(gram).solve(aims).astype(np.float64)
    slope = (weights @ gram - aims) / np.diag(gram)
    low, high = weights < 1e-5, weights > 1 - 1e-5
    assert 0.2 < (low | high).mean() < 0.95
    assert slope[low].min() > -1e-3 and slope[high].max() < 1e-3
    assert np.abs(slope[~low & ~high]).max() < 1e-3
    assert weights.min() >= 0.0 and weights.max() <= 1.0


def test_strong_ties_of_pairs_are_solved_too():
    deltas = shapes(4)
    gram = deltas @ deltas.T + 15.0 * np.eye(12)
    tie = np.zeros(12)
    tie[[2, 3]] = 1.0, -1.0
    tied = gram + 1e5 * np.outer(tie, tie)
    weights = BoundedSolver(tied).solve(known_weights() @ gram)
    assert np.abs(weights[:, 2] - weights[:, 3]).max() < 1e-2
    assert weights[:, 2].max() > 0.2


def test_a_pull_makes_a_jump_gradual_and_parts_do_not_show():
    gram = np.eye(3)
    aims = np.zeros((60, 3))
    aims[20:, 0] = 1.0
    pulled = BoundedSolver(gram + 4.0 * np.eye(3), 4.0).solve(aims)
    jump = np.diff(pulled[:, 0])
    assert pulled[20, 0] == pytest.approx(0.2, abs=1e-4)
    assert pulled[-1, 0] > 0.99 and jump.min() > -1e-4 and jump.max() < 0.21
    in_parts = BoundedSolver(gram + 4.0 * np.eye(3), 4.0)
    parts = np.concatenate([in_parts.solve(part) for part in np.array_split(aims, 7)])
    assert np.abs(parts - pulled).max() < 1e-4


def test_the_lesser_of_two_that_cancel_is_nothing():
    deltas, wanted = shapes(5), known_weights(seed=6)
    gram = deltas @ deltas.T
    weights = BoundedSolver(gram, cancelling=[(4, 5)]).solve(wanted @ gram)
    assert np.minimum(weights[:, 4], weights[:, 5]).max() == 0.0
    both = (wanted[:, 4] > 0.1) & (wanted[:, 5] > 0.1)
    assert both.any()
    assert np.maximum(weights[:, 4], weights[:, 5])[both].min() > 0.0


def test_no_frames_are_no_weights():
    assert BoundedSolver(np.eye(2)).solve(np.zeros((0, 2))).shape == (0, 2)
