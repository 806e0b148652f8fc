"""More ways over level ground: shares and spreads need more walks than one a path."""

from __future__ import annotations

from itertools import product

import numpy as np

from backend.motion_quality.frechet import Reals
from blender_addon.core.ground.path import Path, Stop

from ..metrics import Performance
from ..suite import WALK_M_S, WalkCase

SHORT_M = (1.0, 4.5)
_SPACING_M = 0.05
_EVERY = 30
"""Frames; sway from side to side is no way."""
_STRAIGHT_M = 6.0
_SPEEDS_M_S = (0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.5, 1.6)
_STRAIGHTS = 10
_CURVES_M = (4.0, 6.0, 9.0)
_CURVE_SPEEDS_M_S = {1: 1.15, -1: 1.4}
_STOPPING_SPEEDS_M_S = (0.9, 1.1, 1.3, 1.5)
_SHORT_M = (2.0, 2.4, 2.8, 3.2, 3.6, 4.0)


def level_ways() -> tuple[WalkCase, ...]:
    """34 walks on level ground, always the same: straight, curved, with stops, and short ones."""
    return (
        *(_straight(f"straight_{n}", _STRAIGHT_M, WALK_M_S) for n in range(_STRAIGHTS)),
        *(_straight(f"straight_at_{v:g}", _STRAIGHT_M, v) for v in _SPEEDS_M_S),
        *(_curve(radius, sense) for radius, sense in product(_CURVES_M, (1, -1))),
        *(_stopping(v) for v in _STOPPING_SPEEDS_M_S),
        *(_straight(f"short_{length:g}", length, 1.2) for length in _SHORT_M),
    )


def is_short(performance: Performance) -> bool:
    """Whether somebody goes 1 to 4.5 m: starting and stopping is most of such a way."""
    steps = np.diff(performance.root_xz[::_EVERY], axis=0)
    length = float(np.linalg.norm(steps, axis=-1).sum())
    return SHORT_M[0] <= length <= SHORT_M[1]


def _straight(name: str, length_m: float, speed_m_s: float) -> WalkCase:
    return WalkCase(name, Path.from_points(_ahead(length_m), speed_m_s))


def _ahead(length_m: float) -> Reals:
    along = np.linspace(0.0, length_m, round(length_m / _SPACING_M) + 1)
    return np.stack((0 * along, 0 * along, along), axis=-1)


def _curve(radius_m: float, sense: int) -> WalkCase:
    """7 m of a circle to the left (1) or to the right (−1)."""
    angle = np.linspace(0.0, 7.0 / radius_m, round(7.0 / _SPACING_M) + 1)
    across, along = sense * radius_m * (1 - np.cos(angle)), radius_m * np.sin(angle)
    points = np.stack((across, 0 * along, along), axis=-1)
    name = f"curve_{radius_m:g}_{'left' if sense > 0 else 'right'}"
    return WalkCase(name, Path.from_points(points, _CURVE_SPEEDS_M_S[sense]))


def _stopping(speed_m_s: float) -> WalkCase:
    """Two pauses of 1.5 s on 8 m."""
    stops = (Stop(2.5, 1.5), Stop(5.5, 1.5))
    return WalkCase(
        f"stops_at_{speed_m_s:g}", Path.from_points(_ahead(8.0), speed_m_s, stops=stops)
    )
