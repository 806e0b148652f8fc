"""How cloth lies: it bridges hollows, hangs from what stands out, and folds: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from .refine import Mesh
from .tights import Tube


def bridge(points: Floats, normals: Floats, mesh: Mesh, share: Floats, steps: int) -> Floats:
    """Pull cloth straight over hollows: points move towards their neighbours, outwards only.

    Args:
        points, normals: (N, 3).
        share: (N,) how far each may follow, 0 to 1.
        steps: how wide the hollows may be, in edges.
    """
    for _ in range(steps):
        step = mesh.smooth(points) - points
        rise = np.maximum(np.einsum("nc,nc->n", step, normals), 0.0) * share
        points = points + rise[:, None] * normals
    return points


def span(points: Floats, rings: Ints, share: float) -> Floats:
    """Pull cloth straight across the hollows of level rings, such as between breasts or buttocks.

    Args:
        points: (N, 3).
        rings: (R, L) vertices of each ring in order.
        share: how much of each hollow it leaves out, 0 to 1.
    """
    ring = points[rings]
    out = ring - ring.mean(axis=1, keepdims=True)
    out[..., 1] = 0.0
    out /= np.maximum(np.linalg.norm(out, axis=2, keepdims=True), 1e-6)
    for reach in _REACHES:
        chord = (np.roll(ring, reach, axis=1) + np.roll(ring, -reach, axis=1)) / 2
        rise = np.maximum(((chord - ring) * out).sum(axis=2, keepdims=True), 0.0)
        ring = ring + share * rise * out
    points = np.array(points)
    points[rings] = ring
    return points


def hang(points: Floats, axis: Floats, parents: Ints, slope: Floats, share: Floats) -> Floats:
    """Let cloth hang from the widest place above it.

    Args:
        points: (N, 3).
        axis: (N, 3) the middle at each point.
        parents: (N,) the point above each.
        slope: (N,) how fast the cloth narrows below a wide place, metres a metre.
        share: (N,) how far each point follows.
    """
    out = points - axis
    radius = np.linalg.norm(out, axis=1)
    drop = np.linalg.norm(points - points[parents], axis=1) * slope
    hung = radius
    for _ in range(40):
        hung = np.maximum(hung, hung[parents] - drop)
    grown = radius + (hung - radius) * share
    return np.asarray(axis + out * (grown / np.maximum(radius, 1e-6))[:, None], np.float32)


_REACHES: Final = (8, 5, 4, 3, 2, 1, 1)  # edges to each side, from the widest hollow


_RADIUS_M: Final = {"trunk": 0.15, "arm": 0.045, "leg": 0.075}  # of tubes in the base, about


@dataclass(frozen=True)
class Fold:
    """A ridge with a valley at each side, across a tube.

    Args:
        tube: name of the tube.
        place_m: along its axis, in the base.
        angle_rad: around it, where the fold is deepest.
        reach_rad: how far around it goes.
        tilt_m: how far along the axis its end has moved after ``reach_rad``.
        width_m: from its ridge to the valley.
        height_m: of the ridge on a person 1.75 m tall.
    """

    tube: str
    place_m: float
    angle_rad: float
    reach_rad: float
    tilt_m: float
    width_m: float
    height_m: float


def fold_heights(folds: Sequence[Fold], tubes: Mapping[str, Tube], count: int) -> Floats:
    """(N,) how far folds lift each vertex of a mesh, metres, on a person 1.75 m tall."""
    total = np.zeros(count)
    for fold in folds:
        tube = tubes[fold.tube]
        turn = np.angle(np.exp(1j * (tube.angle_rad - fold.angle_rad))) / fold.reach_rad
        off = tube.length_m - fold.place_m - fold.tilt_m * turn
        slant = fold.tilt_m / (fold.reach_rad * _RADIUS_M[fold.tube.rsplit("-", 1)[-1]])
        x = off / (fold.width_m * np.hypot(1.0, slant))
        ridge = (1.0 - x**2) * np.exp(-0.5 * x**2)
        total[tube.vertices] += fold.height_m * ridge * np.exp(-(turn**2)) * tube.within
    return total
