"""How short hair lies: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from .common import CROWN, SKULL_M, away_from, drawn_looks, hair_roots
from .locks import flow_lines, ramp, taper
from .plan import Locks
from .scalp import on_hairline

_ROWS: Final = 6
_CROWN_FREE: Final = 0.99  # no lock begins nearer to the crown, where all ways part


@cache
def short() -> Locks:
    """Short at sides and nape, longer on top and swept to one side."""
    return _short(np.array([1.0, 0.25, -0.1]), 0.062, 0.010, 1)


@cache
def swept() -> Locks:
    """Short at sides and nape, on top combed back from the forehead."""
    return _short(np.array([0.22, 0.5, -1.0]), 0.074, 0.013, 9)


@cache
def wreath() -> Locks:
    """Short around a bald top."""
    return _short(np.array([0.0, -1.0, -0.3]), 0.035, 0.003, 10, receding=1.0)


def _roots(rng: np.random.Generator, receding: float) -> tuple[Floats, Floats, Floats]:
    """Roots, how far above the hairline, and the size of their locks: finer at the hairline."""
    roots, line = hair_roots(270, receding)
    off = roots @ CROWN < _CROWN_FREE
    roots, line = roots[off], line[off]
    if receding:
        return roots, line, np.ones(len(roots))
    around = np.arange(-60.0, 61.0, 5.0)
    fringe = on_hairline(around + rng.uniform(-1.5, 1.5, len(around)), 0.004)
    size = np.hstack((np.ones(len(roots)), np.full(len(fringe), 0.72)))
    return np.vstack((roots, fringe)), np.hstack((line, np.full(len(fringe), 0.004))), size


def _short(
    way_on_top: Floats, long_m: float, full_m: float, seed: int, receding: float = 0.0
) -> Locks:
    """Short hair that lies down and away from the crown, but on top in a way of its own.

    Args:
        way_on_top: (3,) there.
        long_m: locks on top, metres.
        full_m: how much higher the top is than the sides.
    """
    rng = np.random.default_rng(seed)
    roots, line, size = _roots(rng, receding)
    count = len(roots)
    top = ramp(roots[:, 1], 0.35, 0.7)
    low = (1 - ramp(line, 0.0, 0.03)) * (1 - top)
    lengths = 0.038 + (long_m - 0.038) * top - 0.013 * low
    # Over the nape an angle spans more skin than over the skull.
    lengths = lengths * (1 - 0.5 * ramp(-roots[:, 1], 0.3, 0.6))
    lengths = lengths * size * rng.uniform(0.85, 1.15, count) / SKULL_M
    turn = rng.normal(0.0, 0.15, count) * (1 + 3 * ramp(roots @ CROWN, 0.93, 0.98))

    def flow(here: Floats) -> Floats:
        high = ramp(here[:, 1], 0.3, 0.6) * ramp(here[:, 2], -0.3, 0.2)
        way = away_from(here, CROWN)
        way = way * (1 - 0.85 * high)[:, None] + high[:, None] * way_on_top
        return np.asarray(way + np.cross(here, way) * turn[:, None])

    at = np.linspace(0.0, 1.0, _ROWS)
    full = (
        (0.0032 + full_m * top)
        * (1 - 0.4 * ramp(roots @ CROWN, 0.92, 0.98))
        * rng.uniform(0.8, 1.2, count)
    )
    wide = size * (0.0060 + 0.0025 * top) * (1 - 0.4 * low) * rng.uniform(0.8, 1.25, count)
    tall = (0.0020 + 0.003 * top) * rng.uniform(0.8, 1.2, count)
    shape = taper(_ROWS, 0.75, 0.35, 0.07)
    return Locks(
        ways=flow_lines(roots, flow, lengths, _ROWS),
        above=0.001 + full[:, None] * (ramp(at, 0.0, 0.6) - 0.35 * ramp(at, 0.7, 1.0)),
        wide=wide[:, None] * shape,
        tall=tall[:, None] * shape,
        **drawn_looks(rng, count),
    )
