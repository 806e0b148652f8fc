"""The paths and grounds a walker is judged on, and random ones for the stability test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain, Terrain

STAND_S = 2.0
WALK_M_S = 1.3
_SPACING_M = 0.05

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


@dataclass(frozen=True, eq=False)
class WalkCase:
    """One path to be walked on one ground, with 2 s of standing before and after.

    Args:
        name: names the exported files.
        path: where to go and how fast.
        terrain: the ground.
        stand_s: standing before and after.
    """

    name: str
    path: Path
    terrain: Terrain = field(default_factory=FlatTerrain)
    stand_s: float = STAND_S


def locomotion_suite() -> tuple[WalkCase, ...]:
    """The twelve cases, always the same."""
    ahead = _line((0.0, 0.0), (0.0, 10.0))
    stops = (Stop(4.0, 2.0), Stop(8.0, 2.0))
    return (
        WalkCase("straight", Path.from_points(ahead, WALK_M_S)),
        WalkCase("circle", Path.from_points(_circle(2.0), WALK_M_S, closed=True)),
        WalkCase("s_curve", Path.from_points(_curve(_s_shape, 2.0), WALK_M_S)),
        WalkCase("figure_eight", Path.from_points(_curve(_eight, 1.0), WALK_M_S)),
        WalkCase("corners", Path.from_points(_corners(3.0), WALK_M_S)),
        WalkCase("u_turn", Path.from_points(_u_turn(5.0, 1.0), WALK_M_S)),
        WalkCase("spiral", Path.from_points(_curve(_spiral, 1.0), WALK_M_S)),
        WalkCase("stop_and_go", Path.from_points(_line((0, 0), (0, 12)), WALK_M_S, stops=stops)),
        WalkCase("speed_ramp", _speed_ramp()),
        WalkCase("bumps", Path.from_points(_curve(_weave, 12.0), WALK_M_S), BumpyTerrain()),
        WalkCase("stairs", Path.from_points(_line((0, 0), (0, 10)), 0.8), StairsTerrain()),
        WalkCase("slope", Path.from_points(_line((0, 0), (0, 17)), WALK_M_S), SlopeTerrain()),
    )


def random_walk_case(minutes: float, seed: int = 0) -> WalkCase:
    """A smooth random path of changing speed whose last minute repeats its first one.

    The first and the last minute ask for the same turns and speeds, so that what differs between
    them is drift and nothing else.
    """
    generator = np.random.default_rng(seed)
    parts = [_random_minute(generator) for _ in range(max(round(minutes), 1))]
    if len(parts) > 1:
        parts[-1] = parts[0]
    bends = np.concatenate([bend for bend, _ in parts])
    speeds = np.concatenate([speed for _, speed in parts])
    headings = np.cumsum(bends * _SPACING_M)
    steps = _SPACING_M * np.stack((np.sin(headings), 0 * headings, np.cos(headings)), axis=-1)
    return WalkCase("random", Path(np.cumsum(steps, axis=0), speeds))


def _random_minute(generator: np.random.Generator) -> tuple[Reals, Reals]:
    """Curvature (1/m, radius mostly over 2 m) and speed (0.8 to 2 m/s) every 5 cm, about 60 s.

    Both begin and end at the same value, so that minutes can be joined.
    """
    count = round(60.0 * 1.35 / _SPACING_M)
    knots = np.linspace(0, count, 22)
    bends = np.concatenate(([0.0], generator.normal(0.0, 0.22, 20).clip(-0.5, 0.5), [0.0]))
    speeds = np.concatenate(([1.3], generator.uniform(0.8, 2.0, 20), [1.3]))
    where = np.arange(count)
    return np.interp(where, knots, bends), np.interp(where, knots, speeds)


def _points(x: Reals, z: Reals) -> Reals:
    return np.stack((x, np.zeros_like(x), z), axis=-1)


def _line(start: tuple[float, float], end: tuple[float, float]) -> Reals:
    count = round(float(np.hypot(end[0] - start[0], end[1] - start[1])) / _SPACING_M) + 1
    return _points(np.linspace(start[0], end[0], count), np.linspace(start[1], end[1], count))


def _curve(shape: Callable[[Reals], tuple[Reals, Reals]], scale: float) -> Reals:
    """Points of a parametric curve over [0, 1], 5 cm apart."""
    fine = np.stack([scale * part for part in shape(np.linspace(0, 1, 4001))], axis=-1)
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))))
    even = np.linspace(0.0, along[-1], round(along[-1] / _SPACING_M) + 1)
    return _points(np.interp(even, along, fine[:, 0]), np.interp(even, along, fine[:, 1]))


def _circle(radius_m: float) -> Reals:
    """Starts at the origin toward +Z and turns left."""
    angle = np.linspace(0, 2 * np.pi, 251)[:-1]
    return _points(radius_m * (1 - np.cos(angle)), radius_m * np.sin(angle))


def _s_shape(t: Reals) -> tuple[Reals, Reals]:
    """Two half circles of radius 1, first to the left, then to the right."""
    angle = 2 * np.pi * t
    x = np.where(angle <= np.pi, 1 - np.cos(angle), 3 + np.cos(angle))
    return x, np.sin(angle)


def _eight(t: Reals) -> tuple[Reals, Reals]:
    """A lemniscate of Gerono, 10 m by 5 m, crossing itself in the origin."""
    angle = 2 * np.pi * t
    return 2.5 * np.sin(2 * angle), 5.0 * np.sin(angle)


def _corners(leg_m: float) -> Reals:
    """Right, left, left, right: five legs with 90° corners."""
    corners = np.array([(0, 0), (0, 1), (-1, 1), (-1, 2), (0, 2), (0, 3)]) * leg_m
    legs = [_line(tuple(a), tuple(b)) for a, b in pairwise(corners)]
    return np.concatenate([legs[0]] + [leg[1:] for leg in legs[1:]])


def _u_turn(leg_m: float, radius_m: float) -> Reals:
    """Ahead, half around to the left, and back."""
    angle = np.linspace(0, np.pi, round(np.pi * radius_m / _SPACING_M) + 1)[1:-1]
    bend = _points(radius_m * (1 - np.cos(angle)), leg_m + radius_m * np.sin(angle))
    back = _line((2 * radius_m, leg_m), (2 * radius_m, 0.0))
    return np.concatenate((_line((0.0, 0.0), (0.0, leg_m)), bend, back))


def _spiral(t: Reals) -> tuple[Reals, Reals]:
    """Inwards from radius 3 m to 1 m in two turns to the left."""
    angle, radius = 4 * np.pi * t, 3.0 - 2.0 * t
    return 3.0 - radius * np.cos(angle), radius * np.sin(angle)


def _weave(t: Reals) -> tuple[Reals, Reals]:
    """A gentle weave of a twelfth to either side."""
    return np.sin(2 * np.pi * t) / 12.0, t


def _speed_ramp() -> Path:
    """0.8 → 3.2 → 0.8 m/s over 30 m, speed linear in time (its square linear in distance)."""
    points = _line((0.0, 0.0), (0.0, 30.0))
    way = points[:, 2]
    knots_m, knots_m_s = (0, 2, 14, 16, 28, 30), np.array((0.8, 0.8, 3.2, 3.2, 0.8, 0.8))
    return Path(points, np.sqrt(np.interp(way, knots_m, knots_m_s**2)))
