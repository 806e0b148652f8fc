"""The paths and grounds that animals are judged on, at any size, and a random one of ten minutes.

Lengths are hip heights and speeds Froude numbers, so that a fox and a horse are asked for the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

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
from blender_addon.core.conventions import GRAVITY_M_S2, Floats
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.quadruped.body import QuadrupedBody

WALK_FR, TROT_FR, GALLOP_FR = 0.15, 1.0, 3.0
RAMP_FR: Final = (0.05, 3.5)
RAMP_S: Final = 12.0
"""Model seconds from the slowest to the fastest."""
STAND_S: Final = 0.7
_HIPS_IN_MODEL_M: Final = 0.5
RAMP: Final = "ramp"


@dataclass(frozen=True, eq=False)
class Case:
    """One way for one body, in its own metres and seconds.

    Args:
        name: of the way.
        path: where and how fast.
        terrain: the ground.
        stand_s: standing before and after.
    """

    name: str
    path: Path
    terrain: Terrain = field(default_factory=FlatTerrain)
    stand_s: float = STAND_S


@dataclass(frozen=True, eq=False)
class Way:
    """A case in hip heights, for a body whose hips are 1 high.

    Args:
        name: unique.
        points: (N, 3).
        froude_numbers: one for all of it, or (N,).
        stops: (place, model seconds).
        closed: a round.
        ground: the kind, of a hip height's size; None for flat.
    """

    name: str
    points: Floats
    froude_numbers: float | Floats
    stops: tuple[tuple[float, float], ...] = ()
    closed: bool = False
    ground: str | None = None


def quadruped_ways() -> tuple[Way, ...]:
    """Walks, trots, gallops and the ramp; always the same."""
    return (*_walks(), *_trots(), *_gallops(), ramp())


def quick_ways() -> tuple[Way, ...]:
    """A few, for a look and for tests."""
    return (
        Way("walk_s_curve", curve(s_shape, 2.0), WALK_FR),
        Way("walk_corners", corners(2.5), WALK_FR),
        Way("trot_circle", circle(4.0), TROT_FR, closed=True),
        Way("gallop_straight", line((0, 0), (0, 30)), GALLOP_FR),
        ramp(5.0),
    )


def _walks() -> tuple[Way, ...]:
    return (
        Way("walk_straight", line((0, 0), (0, 14)), WALK_FR),
        Way("walk_circle", circle(2.0), WALK_FR, closed=True),
        Way("walk_s_curve", curve(s_shape, 2.0), WALK_FR),
        Way("walk_figure_eight", curve(eight, 1.0), WALK_FR),
        Way("walk_corners", corners(3.5), WALK_FR),
        Way("walk_u_turn", u_turn(5.0, 1.2), WALK_FR),
        Way("walk_spiral", curve(spiral, 1.0), WALK_FR),
        Way("walk_stop_and_go", line((0, 0), (0, 14)), WALK_FR, ((5.0, 1.5), (10.0, 1.5))),
        Way("walk_bumps", curve(weave, 14.0), WALK_FR, ground="bumps"),
        Way("walk_steps", line((0, 0), (0, 16)), WALK_FR, ground="steps"),
        Way("walk_slope", line((0, 0), (0, 19)), WALK_FR, ground="slope"),
    )


def _trots() -> tuple[Way, ...]:
    return (
        Way("trot_straight", line((0, 0), (0, 24)), TROT_FR),
        Way("trot_circle", circle(5.0), TROT_FR, closed=True),
        Way("trot_s_curve", curve(s_shape, 5.0), TROT_FR),
        Way("trot_figure_eight", curve(eight, 2.0), TROT_FR),
        Way("trot_corners", corners(8.0), TROT_FR),
        Way("trot_u_turn", u_turn(10.0, 4.0), TROT_FR),
        Way("trot_bumps", curve(weave, 24.0), TROT_FR, ground="bumps"),
    )


def _gallops() -> tuple[Way, ...]:
    return (
        Way("gallop_straight", line((0, 0), (0, 60)), GALLOP_FR),
        Way("gallop_circle", circle(12.0), GALLOP_FR, closed=True),
        Way("gallop_s_curve", curve(s_shape, 12.0), GALLOP_FR),
        Way("gallop_u_turn", u_turn(30.0, 8.0), GALLOP_FR),
    )


def ramp(seconds: float = RAMP_S) -> Way:
    """From the slowest to the fastest and back, speed linear in time (its square in distance)."""
    slow, fast = (float(_speed(number)) for number in RAMP_FR)
    way = seconds * (slow + fast) / 2
    knots = np.cumsum((0.0, 2.0 * slow, way, 2.0 * fast, way, 2.0 * slow))
    points = line((0.0, 0.0), (0.0, float(knots[-1])))
    squares = np.array((slow, slow, fast, fast, slow, slow)) ** 2
    speeds = np.sqrt(np.interp(points[:, 2], knots, squares))
    return Way(RAMP, points, speeds**2 * _HIPS_IN_MODEL_M / GRAVITY_M_S2)


def _speed(froude_number: Floats | float) -> Reals:
    """Hip heights a model second."""
    return np.asarray(np.sqrt(np.asarray(froude_number) * GRAVITY_M_S2 / _HIPS_IN_MODEL_M))


def random_way(minutes: float, seed: int = 0) -> Way:
    """A smooth random path of changing speed whose last minute repeats its first one."""
    generator = np.random.default_rng(seed)
    parts = [_random_minute(generator) for _ in range(max(round(minutes), 1))]
    if len(parts) > 1:
        parts[-1] = parts[0]
    bends = np.concatenate([bend for bend, _ in parts])
    numbers = np.concatenate([number for _, number in parts])
    headings = np.cumsum(bends * SPACING_M)
    steps = SPACING_M * np.stack((np.sin(headings), 0 * headings, np.cos(headings)), axis=-1)
    return Way("random", np.cumsum(steps, axis=0), numbers)


def _random_minute(generator: np.random.Generator) -> tuple[Reals, Reals]:
    """Curvature (1 / h) and Froude number every 0.05 h, about 60 model seconds.

    Both begin and end at the same value, so that minutes can be joined. Turns are the gentler the
    faster: at most 0.3 g sideways.
    """
    numbers = np.exp(generator.uniform(np.log(0.06), np.log(3.2), 14))
    numbers = np.concatenate(([0.15], numbers, [0.15]))
    seconds = np.linspace(0.0, 60.0, len(numbers))
    fine = np.linspace(0.0, 60.0, 3601)
    speeds = np.interp(fine, seconds, _speed(numbers))
    along = np.concatenate(([0.0], np.cumsum((speeds[1:] + speeds[:-1]) / 2 / 60.0)))
    where = np.arange(0.0, along[-1], SPACING_M)
    speed = np.interp(where, along, speeds)
    limit = 0.3 * GRAVITY_M_S2 / _HIPS_IN_MODEL_M / speed**2
    sides = np.interp(fine, seconds, np.concatenate(([0.0], generator.normal(0, 0.25, 14), [0.0])))
    bends = np.clip(np.interp(where, along, sides), -limit, limit).clip(-0.5, 0.5)
    return bends, speed**2 * _HIPS_IN_MODEL_M / GRAVITY_M_S2


def case_of(way: Way, body: QuadrupedBody) -> Case:
    """A way for a body, in its own size."""
    height = body.hip_height_m
    numbers = np.broadcast_to(np.asarray(way.froude_numbers, np.float64), (len(way.points),))
    speeds = np.sqrt(numbers * GRAVITY_M_S2 * height)
    stops = tuple(Stop(place * height, wait / body.time_factor) for place, wait in way.stops)
    path = Path(way.points * height, speeds, stops, way.closed)
    return Case(way.name, path, ground_of(way.ground, height), STAND_S / body.time_factor)


def ground_of(kind: str | None, height_m: float) -> Terrain:
    """Ground of a kind for hips as high."""
    if kind is None:
        return FlatTerrain()
    if kind == "bumps":
        return BumpyTerrain(0.2 * height_m, 7.0 * height_m, 5.0 * height_m)
    if kind == "steps":
        return StairsTerrain(0.15 * height_m, 0.8 * height_m, 6, 3.0 * height_m, 2.0 * height_m)
    return SlopeTerrain(15.0, 5.0 * height_m, 3.0 * height_m, 3.0 * height_m)
