"""What a figure with weight is judged on: walks of 20 s, pushes, rough ground, posts, falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from backend.motion_quality.ways import (
    Reals,
    circle,
    corners,
    curve,
    eight,
    line,
    s_shape,
    spiral,
    u_turn,
)
from blender_addon.core.ground.terrain import HeightField

from .walks import Order

SUITE_VERSION: Final = 1
"""To be raised whenever what is asked here changes: roll-outs of another version are not reused."""

LIFE_S: Final = 20.0
WALK_M_S: Final = 1.3
STAND_S: Final = 2.0
CASES: Final = (
    "straight", "s_curve", "stop_and_go", "speed_ramp", "circle", "corners", "figure_eight",
    "u_turn", "spiral",
)  # fmt: skip
"""The flat ways of the walks' own suite, long enough for 20 s; of few starts the first."""

_EARLIEST_S, _LATEST_S = 1.0, 4.0  # of a start: some stand, some set out, most walk
_WAY_M: Final = 10.0
_BEFORE_M: Final = 2.0


@dataclass(frozen=True)
class Start:
    """One of the walks of 20 s.

    Args:
        walk: name of the walk.
        start_s: where in it the figure is put into its pose and speed.
        seed: of the plans.
    """

    walk: str
    start_s: float
    seed: int


@dataclass(frozen=True, eq=False)
class Rough:
    """A way of 10 m over ground that is not level.

    Args:
        name: of the walk over it.
        order: the walk, whose maker knows the ground.
        ground: what the walk stands on; None where it is level.
        boxes: (N, 2, 3) lower and upper corner of what lies on it.
    """

    name: str
    order: Order
    ground: HeightField | None
    boxes: Reals


def starts(count: int) -> tuple[Start, ...]:
    """The first of the fixed starts: every way once, then again with other walkers."""
    return tuple(
        Start(_walk_name(CASES[n % len(CASES)], n // len(CASES)), _start_s(n), n)
        for n in range(count)
    )


def walk_orders(count: int) -> list[Order]:
    """The walks of so many starts."""
    return [
        _order(_walk_name(name, turn), *_WAYS[name](), turn)
        for turn in range(-(-count // len(CASES)))
        for name in CASES[: count - turn * len(CASES)]
    ]


def rough_ways(count: int) -> tuple[Rough, ...]:
    """Boxes, a slope, a step down, boxes again, and so on."""
    makers = (_boxes, _slope, _step_down)
    return tuple(makers[n % len(makers)](n // len(makers)) for n in range(count))


def _walk_name(case: str, turn: int) -> str:
    return f"{case}_{turn}"


def _start_s(number: int) -> float:
    return round(float(np.random.default_rng(number).uniform(_EARLIEST_S, _LATEST_S)), 3)


def _order(
    name: str, points: Reals, speeds: Reals | float, stops: list[list[float]], seed: int
) -> Order:
    told: Any = speeds if isinstance(speeds, float) else [round(float(v), 4) for v in speeds]
    return {
        "name": name, "points": np.round(points[:, [0, 2]], 4).tolist(), "speeds_m_s": told,
        "stops": stops, "stand_before_s": STAND_S, "stand_after_s": STAND_S, "seed": seed,
    }  # fmt: skip


_Way = tuple[Reals, Reals | float, list[list[float]]]


def _tiled(points: Reals, times: int, step: tuple[float, float]) -> Reals:
    """A way that goes on as it began, moved by (x, z) each time."""
    moved = [points + n * np.array([step[0], 0.0, step[1]]) for n in range(times)]
    return np.concatenate([moved[0], *(part[1:] for part in moved[1:])])


def _stop_and_go() -> _Way:
    return line((0, 0), (0, 24)), WALK_M_S, [[4.0 * n, 2.0] for n in range(1, 6)]


def _speed_ramp() -> _Way:
    """0.8 → 3.2 → 0.8 m/s over 30 m, twice; speed linear in time (its square in distance)."""
    points = line((0.0, 0.0), (0.0, 60.0))
    knots_m, knots_m_s = (0, 2, 14, 16, 28, 30), np.array((0.8, 0.8, 3.2, 3.2, 0.8, 0.8))
    return points, np.sqrt(np.interp(points[:, 2] % 30.0, knots_m, knots_m_s**2)), []


def _steady(points: Callable[[], Reals]) -> Callable[[], _Way]:
    return lambda: (points(), WALK_M_S, [])


_WAYS: Final[dict[str, Callable[[], _Way]]] = {
    "straight": _steady(lambda: line((0, 0), (0, 32))),
    "s_curve": _steady(lambda: _tiled(curve(s_shape, 2.0), 2, (8.0, 0.0))),
    "stop_and_go": _stop_and_go,
    "speed_ramp": _speed_ramp,
    "circle": _steady(lambda: _tiled(circle(2.0), 3, (0.0, 0.0))),
    "corners": _steady(lambda: _tiled(corners(3.0), 2, (0.0, 9.0))),
    "figure_eight": _steady(lambda: _tiled(curve(eight, 1.0), 2, (0.0, 0.0))),
    "u_turn": _steady(lambda: u_turn(15.0, 1.0)),
    "spiral": _steady(lambda: curve(spiral, 1.3)),
}


def _straight_over(name: str, ground: HeightField | None, seed: int) -> Order:
    way = line((0.0, 0.0), (0.0, _WAY_M + _BEFORE_M))
    order = dict(_order(name, way, 1.1, [], seed))
    if ground is not None:
        order["ground"] = {
            "origin_xz": ground.origin_xz.tolist(), "spacing_m": ground.spacing_m,
            "samples": np.round(ground.samples, 4).tolist(),
        }  # fmt: skip
    return order


def _field(heights: Callable[[Reals, Reals], Reals], spacing_m: float = 0.05) -> HeightField:
    x, z = np.arange(-2.0, 2.0 + 1e-9, spacing_m), np.arange(-3.0, 16.0 + 1e-9, spacing_m)
    return HeightField(
        np.array([x[0], z[0]]), spacing_m, heights(*np.meshgrid(x, z, indexing="ij"))
    )


def _boxes(turn: int) -> Rough:
    """Flat boxes up to 4 cm high, strewn over the way; the walk's maker knows where they lie."""
    rng = np.random.default_rng(100 + turn)
    places = np.stack((rng.uniform(-0.5, 0.5, 30), rng.uniform(_BEFORE_M, 12.0, 30)), axis=1)
    halves = rng.uniform(0.06, 0.2, (30, 2))
    tall = rng.uniform(0.015, 0.04, 30)
    low = np.stack((places[:, 0] - halves[:, 0], 0 * tall, places[:, 1] - halves[:, 1]), axis=1)
    high = np.stack((places[:, 0] + halves[:, 0], tall, places[:, 1] + halves[:, 1]), axis=1)
    boxes = np.stack((low, high), axis=1)
    known = _field(lambda x, z: box_heights(boxes, np.stack((x, z), axis=-1)))
    name = f"boxes_{turn}"
    return Rough(name, _straight_over(name, known, turn), None, boxes)


def _slope(turn: int) -> Rough:
    """Eight degrees up for half of the way, then down."""
    middle, rise = _BEFORE_M + _WAY_M / 2.0, np.tan(np.radians(8.0))
    ground = _field(
        lambda x, z: rise * np.clip(np.minimum(z - _BEFORE_M + 1.0, 2 * middle - z - 1.0), 0.0, 9.0)
    )
    name = f"slope_{turn}"
    return Rough(name, _straight_over(name, ground, turn), ground, np.zeros((0, 2, 3)))


def _step_down(turn: int) -> Rough:
    """A step down of 8 cm in the middle of the way."""
    middle = _BEFORE_M + _WAY_M / 2.0 + 0.17 * turn
    ground = _field(lambda x, z: np.where(z < middle, 0.08, 0.0))
    name = f"step_down_{turn}"
    return Rough(name, _straight_over(name, ground, turn), ground, np.zeros((0, 2, 3)))


def box_heights(boxes: Reals, xz: Reals) -> Reals:
    """Upper side of the boxes (N, 2, 3) at places (..., 2); 0 beside them."""
    at = np.zeros(xz.shape[:-1])
    for low, high in boxes:
        inside = np.all((xz >= low[[0, 2]]) & (xz <= high[[0, 2]]), axis=-1)
        at = np.where(inside, np.maximum(at, high[1]), at)
    return np.asarray(at)
