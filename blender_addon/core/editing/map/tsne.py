"""t-SNE, exact: a picture in which points that are near are drawn near.

Source: van der Maaten & Hinton 2008, Visualizing data using t-SNE: perplexity by bisection,
symmetric affinities, early exaggeration, momentum and gains as in their own program. Begun from
the main components, as Kobak & Linderman 2021 advise, so that it hardly depends on the seed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...errors import InputError
from ...jobs import OnProgress, Progress

_ITERATIONS: Final = 500
_EXAGGERATED: Final = 120
_EXAGGERATION: Final = 12.0
_MOMENTUM: Final = (0.5, 0.8)
_GAINS: Final = (0.2, 0.8, 0.01)
_BISECTIONS: Final = 40
_FIRST_SPREAD: Final = 1e-2
_NOISE: Final = 1e-4
_LEAST_RATE: Final = 50.0
_TINY: Final = 1e-12

Singles = NDArray[np.float32]


def tsne(
    latents: Floats,
    perplexity: float = 30.0,
    seed: int = 0,
    on_progress: Progress | OnProgress | None = None,
) -> Floats:
    """Places in a plane (W, 2), for drawing; their unit and direction mean nothing.

    Args:
        latents: (W, D); near is alike.
        perplexity: about how many neighbours a point has; fewer where there are few points.
        seed: of a little noise at the beginning.
        on_progress: given how much is done; may cancel.

    Raises:
        InputError: the latents are no finite (W, D), or the perplexity is below 1.
        Cancelled: somebody wants it to stop.
    """
    points = np.asarray(latents, np.float64)
    if points.ndim != 2 or not np.isfinite(points).all():
        raise InputError(f"a map needs finite points (W, D); found {points.shape}")
    if not perplexity >= 1.0:
        raise InputError(f"perplexity must be 1 or more; found {perplexity:g}; 30 is usual")
    progress = Progress.of(on_progress)
    if len(points) < 4:
        return _few(len(points))
    near = affinities(points, min(perplexity, (len(points) - 1) / 3.0), progress.part(0.0, 0.1))
    places = _begin(points, np.random.default_rng(seed))
    return _descend(near, places, progress.part(0.1, 1.0))


def _few(count: int) -> Floats:
    """Two points beside each other, three in a triangle."""
    angles = 2.0 * np.pi * np.arange(count) / max(count, 1)
    places = np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    return np.asarray(places if count > 1 else np.zeros((count, 2)), np.float32)


def affinities(points: Floats, perplexity: float, progress: Progress) -> Singles:
    """How near points (W, D) are, symmetric (W, W) with sum 1.

    Each row is a Gaussian whose width is found so that its entropy is that of ``perplexity``
    neighbours.
    """
    squares = np.sum(points * points, axis=1)
    distances = squares[:, None] + squares - 2.0 * points @ points.T
    np.maximum(distances, 0.0, out=distances)
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)  # rows do not change by it
    usual = np.median(distances[np.isfinite(distances)])
    precision = np.full(len(points), 1.0 / max(float(usual), _TINY))
    low, high = np.zeros(len(points)), np.full(len(points), np.inf)
    np.fill_diagonal(distances, 0.0)
    off = 1.0 - np.eye(len(points))
    desired = np.log(perplexity)
    for step in range(_BISECTIONS):
        kernel = np.exp(-distances * precision[:, None]) * off
        total = kernel.sum(axis=1)
        entropy = np.log(total) + precision * (distances * kernel).sum(axis=1) / total
        wide = entropy > desired
        low, high = np.where(wide, precision, low), np.where(wide, high, precision)
        middle = np.where(np.isinf(high), 2.0 * precision, 0.5 * (low + high))
        progress((step + 1) / _BISECTIONS)
        if np.abs(entropy - desired).max() < 1e-3:
            break
        precision = middle
    rows = kernel / total[:, None]
    return np.asarray((rows + rows.T) / (2.0 * len(points)), np.float32)


def _begin(points: Floats, rng: np.random.Generator) -> Singles:
    """The two main components, small, and a little noise that parts what is the same."""
    centred = points - points.mean(axis=0)
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :2]
    # Signs of components are by chance; the larger side is the positive one.
    places = centred @ vectors
    places = places * np.where((places**3).sum(axis=0) < 0, -1.0, 1.0)
    places = _FIRST_SPREAD * places / max(float(places[:, 0].std()), _TINY)
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
    places = places + _NOISE * rng.standard_normal(places.shape)
    return np.asarray(places, np.float32)


def _descend(near: Singles, places: Singles, progress: Progress) -> Singles:
    """Move places (W, 2) down the gradient of the divergence."""
    speed, gains = np.zeros_like(places), np.ones_like(places)
    rate = max(len(places) / _EXAGGERATION, _LEAST_RATE)
    work = np.empty((2, *near.shape), np.float32)
    near = near * np.float32(_EXAGGERATION)
    for step in range(_ITERATIONS):
        if step == _EXAGGERATED:
            near /= np.float32(_EXAGGERATION)
        slope = gradient(near, places, work)
        against = (slope > 0) != (speed > 0)
        more, less, least = _GAINS
        gains = np.maximum(np.where(against, gains + more, gains * less), least)
        momentum = _MOMENTUM[0 if step < _EXAGGERATED else 1]
        speed = np.asarray(momentum * speed - rate * gains * slope, np.float32)
        places = places + speed
        places -= places.mean(axis=0)
        progress((step + 1) / _ITERATIONS)
    return places


def gradient(near: Singles, places: Singles, work: Singles) -> Singles:
    """Gradient (W, 2) of the divergence of the picture from the affinities (equation 5).

    Args:
        near: (W, W) affinities.
        places: (W, 2).
        work: (2, W, W) to work in.
    """
    kernel, pull = work
    squares = np.sum(places * places, axis=1)
    np.matmul(places, -2.0 * places.T, out=kernel)
    kernel += (1.0 + squares)[:, None]
    kernel += squares
    np.maximum(kernel, 1.0, out=kernel)
    np.reciprocal(kernel, out=kernel)
    np.fill_diagonal(kernel, 0.0)
    np.multiply(kernel, np.float32(-1.0 / max(float(kernel.sum()), _TINY)), out=pull)
    pull += near
    pull *= kernel
    return np.asarray(4.0 * (pull.sum(axis=1)[:, None] * places - pull @ places), np.float32)
