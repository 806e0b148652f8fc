"""Ways of the measures' suites, at any size: shapes of paths and of the ground under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats

SPACING_M = 0.05

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class BumpyTerrain:
    """Rolling ground, ``amplitude_m · sin(2πz/length_z_m) · cos(2πx/length_x_m)``."""

    amplitude_m: float = 0.3
    length_x_m: float = 7.0
    length_z_m: float = 5.0

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        x, z = np.moveaxis(np.asarray(xz, np.float64), -1, 0)
        across, along = np.cos(2 * np.pi * x / self.length_x_m), 2 * np.pi * z / self.length_z_m
        return np.asarray(self.amplitude_m * np.sin(along) * across, np.float32)


@dataclass(frozen=True)
class StairsTerrain:
    """Steps up along +Z from ``start_m``, a landing, and as many steps down."""

    rise_m: float = 0.15
    tread_m: float = 0.3
    steps: int = 8
    start_m: float = 2.0
    landing_m: float = 2.0

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        z = np.asarray(xz, np.float64)[..., 1]
        top = self.start_m + (self.steps - 1) * self.tread_m + self.landing_m
        up = np.floor((z - self.start_m) / self.tread_m) + 1
        down = self.steps - 1 - np.floor((z - top) / self.tread_m)
        treads = np.clip(np.minimum(up, down), 0, self.steps)
        return np.asarray(self.rise_m * treads, np.float32)

    def tread_near(self, heights_m: Reals) -> Reals:
        """Height of the tread nearest to each of the heights (...)."""
        treads = np.clip(np.round(np.asarray(heights_m) / self.rise_m), 0, self.steps)
        return np.asarray(treads * self.rise_m)


@dataclass(frozen=True)
class SlopeTerrain:
    """A ramp up along +Z from ``start_m``, level ground on top, and the same ramp down."""

    angle_deg: float = 15.0
    ramp_m: float = 5.0
    top_m: float = 3.0
    start_m: float = 2.0

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        z = np.asarray(xz, np.float64)[..., 1] - self.start_m
        ends = (0.0, self.ramp_m, self.ramp_m + self.top_m, 2 * self.ramp_m + self.top_m)
        rise = self.ramp_m * np.tan(np.radians(self.angle_deg))
        return np.interp(z, ends, (0.0, rise, rise, 0.0)).astype(np.float32)


def ground_points(x: Reals, z: Reals) -> Reals:
    """(N,) and (N,) to (N, 3) points of a path at height 0."""
    return np.stack((x, np.zeros_like(x), z), axis=-1)


def line(start: tuple[float, float], end: tuple[float, float]) -> Reals:
    """Points from (x, z) to (x, z), 5 cm apart, both ends included."""
    count = round(float(np.hypot(end[0] - start[0], end[1] - start[1])) / SPACING_M) + 1
    return ground_points(np.linspace(start[0], end[0], count), np.linspace(start[1], end[1], count))


def curve(shape: Callable[[Reals], tuple[Reals, Reals]], scale: float) -> Reals:
    """Points of a parametric curve over [0, 1], 5 cm apart."""
    fine = np.stack([scale * part for part in shape(np.linspace(0, 1, 4001))], axis=-1)
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))))
    even = np.linspace(0.0, along[-1], round(along[-1] / SPACING_M) + 1)
    return ground_points(np.interp(even, along, fine[:, 0]), np.interp(even, along, fine[:, 1]))


def circle(radius_m: float) -> Reals:
    """Starts at the origin toward +Z and turns left."""
    angle = np.linspace(0, 2 * np.pi, 251)[:-1]
    return ground_points(radius_m * (1 - np.cos(angle)), radius_m * np.sin(angle))


def s_shape(t: Reals) -> tuple[Reals, Reals]:
    """Two half circles of radius 1, first to the left, then to the right."""
    angle = 2 * np.pi * t
    x = np.where(angle <= np.pi, 1 - np.cos(angle), 3 + np.cos(angle))
    return x, np.sin(angle)


def eight(t: Reals) -> tuple[Reals, Reals]:
    """A lemniscate of Gerono, 10 m by 5 m, crossing itself in the origin."""
    angle = 2 * np.pi * t
    return 2.5 * np.sin(2 * angle), 5.0 * np.sin(angle)


def corners(leg_m: float) -> Reals:
    """Right, left, left, right: five legs with 90° corners."""
    turns = np.array([(0, 0), (0, 1), (-1, 1), (-1, 2), (0, 2), (0, 3)]) * leg_m
    legs = [line(tuple(a), tuple(b)) for a, b in pairwise(turns)]
    return np.concatenate([legs[0]] + [leg[1:] for leg in legs[1:]])


def u_turn(leg_m: float, radius_m: float) -> Reals:
    """Ahead, half around to the left, and back."""
    angle = np.linspace(0, np.pi, round(np.pi * radius_m / SPACING_M) + 1)[1:-1]
    bend = ground_points(radius_m * (1 - np.cos(angle)), leg_m + radius_m * np.sin(angle))
    back = line((2 * radius_m, leg_m), (2 * radius_m, 0.0))
    return np.concatenate((line((0.0, 0.0), (0.0, leg_m)), bend, back))


def spiral(t: Reals) -> tuple[Reals, Reals]:
    """Inwards from radius 3 m to 1 m in two turns to the left."""
    angle, radius = 4 * np.pi * t, 3.0 - 2.0 * t
    return 3.0 - radius * np.cos(angle), radius * np.sin(angle)


def weave(t: Reals) -> tuple[Reals, Reals]:
    """A gentle weave of a twelfth to either side."""
    return np.sin(2 * np.pi * t) / 12.0, t
