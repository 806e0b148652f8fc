"""The walks of 20 s on which a figure with weight is judged."""

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

from .walks import Order

SUITE_VERSION: Final = 2
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


def starts(count: int) -> tuple[Start, ...]:
    """The first of the fixed starts: every way once, then again with other walkers."""
    return tuple(
        Start(_walk_name(CASES[n % len(CASES)], n // len(CASES)), _start_s(n), n)
        for n in range(count)
    )


def walk_orders(count: int) -> list[Order]:
    """The walks of so many starts."""
    return [
        order(_walk_name(name, turn), *_WAYS[name](), turn)
        for turn in range(-(-count // len(CASES)))
        for name in CASES[: count - turn * len(CASES)]
    ]


def _walk_name(case: str, turn: int) -> str:
    return f"{case}_{turn}"


def _start_s(number: int) -> float:
    return round(float(np.random.default_rng(number).uniform(_EARLIEST_S, _LATEST_S)), 3)


def order(
    name: str, points: Reals, speeds: Reals | float, stops: list[list[float]], seed: int
) -> Order:
    """A walk along points (N, 3), standing at both ends."""
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
    "s_curve": _steady(lambda: _tiled(curve(s_shape, 2.0), 3, (8.0, 0.0))),
    "stop_and_go": _stop_and_go,
    "speed_ramp": _speed_ramp,
    "circle": _steady(lambda: _tiled(circle(2.0), 3, (0.0, 0.0))),
    "corners": _steady(lambda: _tiled(corners(3.0), 2, (0.0, 9.0))),
    "figure_eight": _steady(lambda: _tiled(curve(eight, 1.0), 2, (0.0, 0.0))),
    "u_turn": _steady(lambda: u_turn(15.0, 1.0)),
    "spiral": _steady(lambda: curve(spiral, 1.3)),
}
