"""The picture: what is near is near, whatever the seed, and points that are alike do no harm."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.editing.map.tsne import affinities, gradient, tsne
from blender_addon.core.errors import Cancelled, InputError
from blender_addon.core.jobs import Progress


def _groups(count: int = 150) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    owner = np.arange(count) % 5
    return 6.0 * rng.normal(size=(5, 20))[owner] + rng.normal(size=(count, 20)), owner


def _near(places: np.ndarray, count: int = 10) -> np.ndarray:
    gaps = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return np.argsort(gaps, axis=1)[:, :count]


def test_groups_stay_together():
    points, owner = _groups()
    places = tsne(points)
    assert places.shape == (150, 2) and np.isfinite(places).all()
    assert (owner[_near(places)] == owner[:, None]).mean() > 0.98


def test_the_same_seed_gives_the_same_picture_and_another_nearly_so():
    points, _ = _groups()
    first, again, other = tsne(points, seed=1), tsne(points, seed=1), tsne(points, seed=2)
    assert np.array_equal(first, again)
    shared = [
        len(np.intersect1d(a, b)) / 10 for a, b in zip(_near(first), _near(other), strict=True)
    ]
    assert np.mean(shared) > 0.7


def test_perplexity_is_the_number_of_neighbours():
    points, _ = _groups()
    rng = np.random.default_rng(1)
    for perplexity in (5.0, 30.0):
        near = affinities(points + rng.normal(size=points.shape), perplexity, Progress())
        assert near.sum() == pytest.approx(1.0, abs=1e-4)
        assert np.allclose(near, near.T)
        rows = near / near.sum(axis=1, keepdims=True)
        entropy = -(rows * np.log(np.maximum(rows, 1e-12))).sum(axis=1)
        # Made symmetric, rows have somewhat more neighbours than asked for.
        assert perplexity * 0.9 < np.median(np.exp(entropy)) < perplexity * 1.8


def test_the_gradient_is_that_of_the_divergence():
    points, _ = _groups(30)
    near = affinities(points, 5.0, Progress())
    places = np.random.default_rng(2).normal(size=(30, 2)).astype(np.float32)

    def divergence(at: np.ndarray) -> float:
        kernel = 1.0 / (1.0 + np.square(at[:, None] - at).sum(axis=-1))
        np.fill_diagonal(kernel, 0.0)
        made = kernel / kernel.sum()
        off = ~np.eye(30, dtype=bool)
        p = near.astype(np.float64)[off]
        return float((p * np.log(np.maximum(p, 1e-12) / made[off])).sum())

    slope = gradient(near, places, np.empty((2, 30, 30), np.float32))
    for place in ((0, 0), (7, 1)):
        step = np.zeros((30, 2))
        step[place] = 1e-4
        found = (divergence(places + step) - divergence(places - step)) / 2e-4
        assert slope[place] == pytest.approx(found, rel=1e-2, abs=1e-5)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 12])
def test_few_points(count):
    places = tsne(np.random.default_rng(0).normal(size=(count, 6)))
    assert places.shape == (count, 2) and np.isfinite(places).all()
    if count > 1:
        assert len(np.unique(places.round(3), axis=0)) == count


def test_points_that_are_the_same():
    places = tsne(np.ones((40, 8)))
    assert np.isfinite(places).all()


def test_it_can_be_cancelled_and_says_what_is_wrong():
    points, _ = _groups()
    seen = []
    with pytest.raises(Cancelled):
        tsne(points, on_progress=lambda share: (seen.append(share), share < 0.5)[1])
    assert seen == sorted(seen) and len(seen) > 100
    with pytest.raises(InputError, match="finite points"):
        tsne(np.full((5, 3), np.nan))
    with pytest.raises(InputError, match="perplexity"):
        tsne(points, perplexity=0.5)
