"""Where a lifted person is before the camera: rays, size, and feet on the ground."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools
from ...maths.smoothing import gaussian_kernel
from ..camera import FilmCamera
from .body import Doubles
from .evidence import Evidence

_FEW: Final = 3
"""So many joints at least tell a place."""
_HUBER: Final = 0.03
"""Of the depth: residuals of rays beyond it count less."""
_ROUNDS: Final = 3
_NEAREST_M: Final = 0.3


def place_by_rays(
    shape: Doubles, rays: Doubles, weights: Doubles, depth: Doubles | None = None
) -> Doubles:
    """Where bodies of known shape and size are, so that their joints lie on their rays.

    Args:
        shape: (T, P, 3) joints about any origin, camera axes, metres.
        rays: (T, P, 2) x/z and y/z.
        weights: (T, P).
        depth: (T,) of the origin, where it is known already; None to find it.

    Returns:
        (T, 3) of the origin; NaN where too few joints are seen.
    """
    u, v = rays[..., 0], rays[..., 1]
    gap = rays * shape[..., 2:] - shape[..., :2]  # t_xy - ray · t_z has to be this
    robust = weights.copy()
    place = np.full((len(shape), 3), np.nan)
    enough = (weights > 0.0).sum(axis=1) >= _FEW
    for _ in range(_ROUNDS):
        place[enough] = _solve(gap, u, v, robust, depth)[enough]
        away = place[:, None, :2] - rays * place[:, None, 2:] - gap
        size = np.linalg.norm(away, axis=-1) / np.maximum(np.abs(place[:, 2:]), _NEAREST_M)
        robust = weights * np.minimum(1.0, _HUBER / np.maximum(np.nan_to_num(size), 1e-9))
    return place


def _solve(
    gap: Doubles, u: Doubles, v: Doubles, weights: Doubles, depth: Doubles | None
) -> Doubles:
    total = np.maximum(weights.sum(axis=1), 1e-9)

    def mean(values: Doubles) -> Doubles:
        return np.asarray((weights * values).sum(axis=1) / total)

    u0, v0, gx, gy = mean(u), mean(v), mean(gap[..., 0]), mean(gap[..., 1])
    if depth is None:
        du, dv = u - u0[:, None], v - v0[:, None]
        spread = mean(np.asarray(du * du + dv * dv))
        depth = -mean(du * gap[..., 0] + dv * gap[..., 1]) / np.maximum(spread, 1e-12)
        depth = np.maximum(depth, _NEAREST_M)
    return np.stack((gx + u0 * depth, gy + v0 * depth, depth), axis=-1)


def weighted_smooth(values: Doubles, weights: Doubles, sigma_frames: float) -> Doubles:
    """Gaussian mean of values (T, C) along time with weights (T,); lines where there is none.

    Local lines are fitted instead of local means, so that a steady motion is not flattened at the
    ends and at holes.

    Source: Cleveland 1979, Robust locally weighted regression and smoothing scatterplots.
    """
    count = len(values)
    kernel = gaussian_kernel(sigma_frames)
    radius = len(kernel) // 2
    taps = np.arange(-radius, radius + 1, dtype=np.float64)
    w = np.pad(weights, radius)
    y = np.pad(np.where(weights[:, None] > 0.0, values, 0.0), ((radius, radius), (0, 0)))
    wy = w[:, None] * y

    def moment(series: Doubles, power: int) -> Doubles:
        return np.asarray(_correlate(series, kernel * taps**power, count))

    s0, s1, s2 = (moment(w[:, None], power) for power in range(3))
    t0, t1 = moment(wy, 0), moment(wy, 1)
    slopes = s0 * s2 - s1 * s1
    line = (s2 * t0 - s1 * t1) / np.maximum(slopes, 1e-12)
    mean = t0 / np.maximum(s0, 1e-12)
    smooth = np.where(slopes > 1e-3 * sigma_frames**2 * s0 * s0, line, mean)
    known = s0[:, 0] > 1e-6
    return _bridged(smooth, known)


def _correlate(series: Doubles, kernel: Doubles, count: int) -> Doubles:
    columns = [np.convolve(column, kernel[::-1], "valid")[:count] for column in series.T]
    return np.stack(columns, axis=-1)


def _bridged(values: Doubles, known: Bools) -> Doubles:
    if known.all() or not known.any():
        return values
    frames, at = np.arange(len(values)), np.flatnonzero(known)
    return np.stack([np.interp(frames, at, column[at]) for column in values.T], axis=-1)


def place_person(
    evidence: Evidence,
    camera: FilmCamera,
    shape: Doubles,
    sigma_s: float,
    ground: tuple[Doubles, Doubles] | None = None,
) -> Doubles:
    """(T, 3) where the middle of the hips is, camera axes, metres.

    Depth is what rays tell least of, so it is averaged over time more than what lies across.

    Args:
        evidence: rays.
        camera: that took them.
        shape: (T, 14, 3) lifted joints in the size that is wanted.
        sigma_s: standard deviation of the mean over time, of depth.
        ground: (T,) depth by feet on the ground, and (T,) how much that counts against the rays'
            own; None without.
    """
    rays = camera.rays(evidence.points_px)
    free = place_by_rays(shape, rays, evidence.weights)
    depth, weight = free[:, 2], np.where(np.isfinite(free[:, 2]), 1.0, 0.0)
    depth = np.where(weight > 0.0, depth, 0.0)
    if ground is not None:
        by_feet, share = ground
        depth = (weight * depth + share * by_feet) / np.maximum(weight + share, 1e-9)
        weight = weight + share
    # Depths are compared as ratios: the error of a size grows with its distance.
    log_depth = np.log(np.maximum(depth, _NEAREST_M))[:, None]
    smooth = np.exp(weighted_smooth(log_depth, weight, sigma_s * evidence.rate_hz)[:, 0])
    across = place_by_rays(shape, rays, evidence.weights, smooth)
    known = np.isfinite(across[:, 0])
    return _bridged(np.where(known[:, None], across, 0.0), known)
