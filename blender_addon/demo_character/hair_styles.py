"""How each style of hair lies: pure NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from ..core.conventions import Floats
from .hair_plan import Locks
from .locks import flow_lines
from .scalp import MIDDLE, directions, hairline_m, hold, mean_body

_CROWN: Final = directions(np.array(180.0), np.array(58.0))
SKULL_M: Final = 0.092  # an angle of 1 along the scalp


def spread_roots(count: int) -> Floats:
    """(N, 3) directions spread evenly over the sphere, count of them."""
    number = np.arange(count) + 0.5
    high = 1 - 2 * number / count
    turn = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - high**2)
    return np.stack((flat * np.cos(turn), high, flat * np.sin(turn)), axis=1)


def ramp(values: Floats, low: float, high: float) -> Floats:
    """0 below low, 1 above high, smooth between."""
    part = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(part * part * (3 - 2 * part))


def taper(rows: int, root: float, widest: float, tip: float) -> Floats:
    """(R,) share of the full width along a lock."""
    at = np.linspace(0.0, 1.0, rows)
    swell = root + (1 - root) * ramp(at, 0.0, widest)
    return np.asarray(swell * (tip + (1 - tip) * (1 - ramp(at, widest, 1.15) ** 1.0)))


@cache
def short(count: int = 300) -> Locks:
    """Short at sides and nape, longer on top and swept to one side."""
    rng = np.random.default_rng(1)
    roots = spread_roots(count)
    line = hairline_m(hold(roots).points(mean_body().vertices))
    roots, line = roots[line > 0.002], line[line > 0.002]
    top = ramp(roots[:, 1], 0.45, 0.75)
    lengths = (0.024 + 0.022 * top) * rng.uniform(0.85, 1.15, len(roots)) / SKULL_M

    turn = rng.normal(0.0, 0.18, len(roots))

    def flow(here: Floats) -> Floats:
        down = here * (here @ _CROWN)[:, None] - _CROWN
        high = ramp(here[:, 1], 0.5, 0.85) * ramp(here[:, 2], -0.3, 0.2)
        way = down / np.linalg.norm(down, axis=1, keepdims=True)
        way = way * (1 - 0.55 * high)[:, None] + high[:, None] * np.array([0.9, 0.0, 0.1])
        beside = np.cross(here, way)
        return np.asarray(way + beside * turn[:, None])

    rows = 7
    lines = flow_lines(roots, flow, lengths, rows)
    at = np.linspace(0.0, 1.0, rows)
    full = (0.0045 + 0.010 * top) * rng.uniform(0.8, 1.2, len(roots))
    above = 0.001 + full[:, None] * (ramp(at, 0.0, 0.55) - 0.25 * ramp(at, 0.6, 1.0))
    wide = (0.0075 + 0.003 * top) * rng.uniform(0.8, 1.25, len(roots))
    tall = (0.003 + 0.003 * top) * rng.uniform(0.8, 1.2, len(roots))
    shape = taper(rows, 0.5, 0.4, 0.06)
    return Locks(
        hold(lines.reshape(-1, 3)),
        above,
        wide[:, None] * shape,
        tall[:, None] * shape,
        np.where(rng.random(len(roots)) < 0.5, -1.0, 1.0),
        rng.choice(3, len(roots), p=(0.6, 0.22, 0.18)),
    )
