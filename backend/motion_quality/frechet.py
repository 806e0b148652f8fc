"""Fréchet distance between Gaussian fits of motion windows, on a reference's main components.

The distance itself is reported, not its square: it has the unit of the samples.

Source: Dowson & Landau 1982, The Fréchet distance between multivariate normal distributions;
Heusel et al. 2017 made it a measure of generated against real samples (and report its square).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

_NEIGHBOURS = 20
_SPEED_BANDWIDTH_M_S = 0.1
_CHUNK = 64
"""So few rows at once that they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean (D,) and covariance (D, D)."""

    mean: Reals
    covariance: Reals


@dataclass(frozen=True)
class FrechetDistance:
    """Fréchet distance and its two parts, total² = mean_term² + spread_term²."""

    mean_term: float
    spread_term: float

    @property
    def total(self) -> float:
        """Both parts together."""
        return float(np.hypot(self.mean_term, self.spread_term))


def fit_gaussian(samples: Reals, weights: Reals | None = None) -> Gaussian:
    """Mean and covariance of samples (N, D), each counted with its weight (N,)."""
    share = np.full(len(samples), 1.0) if weights is None else weights
    share = share / share.sum()
    mean = share @ samples
    centred = samples - mean
    return Gaussian(mean, (centred * share[:, None]).T @ centred)


def frechet_distance(first: Gaussian, second: Gaussian) -> FrechetDistance:
    """Roots of |μ₁ − μ₂|² and of tr(C₁ + C₂ − 2 (C₁^½ C₂ C₁^½)^½)."""
    gap = first.mean - second.mean
    root = _matrix_root(first.covariance)
    cross = np.linalg.eigvalsh(root @ second.covariance @ root)
    spread = np.trace(first.covariance) + np.trace(second.covariance)
    spread -= 2.0 * np.sqrt(np.maximum(cross, 0.0)).sum()
    return FrechetDistance(float(np.linalg.norm(gap)), float(np.sqrt(max(spread, 0.0))))


def _matrix_root(covariance: Reals) -> Reals:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Directions of largest variance of a reference.

    Args:
        centre: (F,) mean of the reference.
        axes: (F, D) orthonormal directions, largest variance first.
    """

    centre: Reals
    axes: Reals

    def project(self, samples: Reals, count: int | None = None) -> Reals:
        """(N, F) to (N, D), or to the first ``count`` components alone."""
        return np.asarray((samples - self.centre) @ self.axes[:, :count])


def fit_components(samples: Reals, count: int) -> PrincipalComponents:
    """The ``count`` directions in which samples (N, F) vary most."""
    spread = fit_gaussian(samples)
    vectors = np.linalg.eigh(spread.covariance)[1]
    return PrincipalComponents(spread.mean, vectors[:, ::-1][:, :count])


def match_speeds(reference_m_s: Reals, desired_m_s: Reals) -> Reals:
    """Weights that give the reference the speeds of another set.

    Every desired window hands out one unit among the reference windows near its speed, by a
    Gaussian kernel of 0.1 m/s, widened to the 20th neighbour where the reference is thin.

    Args:
        reference_m_s: (N,) speed of each reference window.
        desired_m_s: (M,) speeds to imitate.

    Returns:
        (N,) weights with sum 1.
    """
    weights = np.zeros(len(reference_m_s))
    nearest = min(_NEIGHBOURS, len(reference_m_s)) - 1
    for start in range(0, len(desired_m_s), _CHUNK):
        gaps = np.abs(desired_m_s[start : start + _CHUNK, None] - reference_m_s)
        width = np.maximum(np.partition(gaps, nearest, axis=1)[:, nearest], _SPEED_BANDWIDTH_M_S)
        gaps /= width[:, None]
        gaps *= gaps
        gaps *= -0.5
        kernel = np.exp(gaps, out=gaps)
        weights += (1.0 / kernel.sum(axis=1)) @ kernel
    return weights / weights.sum()
