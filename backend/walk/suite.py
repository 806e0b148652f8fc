"""The paths and grounds a walker is judged on, and random ones for the stability test."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from backend.motion_quality.ways import (
    SPACING_M,
    BumpyTerrain,
    Reals,
    SlopeTerrain,
    StairsTerrain,
    circle,
    corners,
    curve,
    eight,
    line,
    s_shape,
    spiral,
    u_turn,
    weave,
)
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain, Terrain

STAND_S = 2.0
WALK_M_S = 1.3


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
    ahead = line((0.0, 0.0), (0.0, 10.0))
    stops = (Stop(4.0, 2.0), Stop(8.0, 2.0))
    return (
        WalkCase("straight", Path.from_points(ahead, WALK_M_S)),
        WalkCase("circle", Path.from_points(circle(2.0), WALK_M_S, closed=True)),
        WalkCase("s_curve", Path.from_points(curve(s_shape, 2.0), WALK_M_S)),
        WalkCase("figure_eight", Path.from_points(curve(eight, 1.0), WALK_M_S)),
        WalkCase("corners", Path.from_points(corners(3.0), WALK_M_S)),
        WalkCase("u_turn", Path.from_points(u_turn(5.0, 1.0), WALK_M_S)),
        WalkCase("spiral", Path.from_points(curve(spiral, 1.0), WALK_M_S)),
        WalkCase("stop_and_go", Path.from_points(line((0, 0), (0, 12)), WALK_M_S, stops=stops)),
        WalkCase("speed_ramp", _speed_ramp()),
        WalkCase("bumps", Path.from_points(curve(weave, 12.0), WALK_M_S), BumpyTerrain()),
        WalkCase("stairs", Path.from_points(line((0, 0), (0, 10)), 0.8), StairsTerrain()),
        WalkCase("slope", Path.from_points(line((0, 0), (0, 17)), WALK_M_S), SlopeTerrain()),
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
    headings = np.cumsum(bends * SPACING_M)
    steps = SPACING_M * np.stack((np.sin(headings), 0 * headings, np.cos(headings)), axis=-1)
    return WalkCase("random", Path(np.cumsum(steps, axis=0), speeds))


def _random_minute(generator: np.random.Generator) -> tuple[Reals, Reals]:
    """Curvature (1/m, radius mostly over 2 m) and speed (0.8 to 2 m/s) every 5 cm, about 60 s.

    Both begin and end at the same value, so that minutes can be joined.
    """
    count = round(60.0 * 1.35 / SPACING_M)
    knots = np.linspace(0, count, 22)
    bends = np.concatenate(([0.0], generator.normal(0.0, 0.22, 20).clip(-0.5, 0.5), [0.0]))
    speeds = np.concatenate(([1.3], generator.uniform(0.8, 2.0, 20), [1.3]))
    where = np.arange(count)
    return np.interp(where, knots, bends), np.interp(where, knots, speeds)


def _speed_ramp() -> Path:
    """0.8 → 3.2 → 0.8 m/s over 30 m, speed linear in time (its square linear in distance)."""
    points = line((0.0, 0.0), (0.0, 30.0))
    way = points[:, 2]
    knots_m, knots_m_s = (0, 2, 14, 16, 28, 30), np.array((0.8, 0.8, 3.2, 3.2, 0.8, 0.8))
    return Path(points, np.sqrt(np.interp(way, knots_m, knots_m_s**2)))
