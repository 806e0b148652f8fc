"""How curly hair lies: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from .common import CROWN, SKULL_M, away_from, drawn_looks, hair_roots
from .locks import flow_lines, ramp, taper
from .plan import Locks


@dataclass(frozen=True)
class _Coil:
    """Coils; lengths in metres.

    Args:
        count: over the whole sphere.
        rows: of each lock.
        long_m: how far it goes along the scalp.
        turns: of the coil.
        radius_m: of the coil.
        wide_m, tall_m: half width and thickness.
        begin_m, full_m, top_m: height of roots; of tips at the sides; and how much more on top.
    """

    count: int
    rows: int
    long_m: float
    turns: float
    radius_m: float
    wide_m: float
    tall_m: float
    begin_m: float
    full_m: float
    top_m: float


_LOOSE: Final = _Coil(190, 9, 0.036, 1.25, 0.009, 0.0092, 0.008, 0.004, 0.011, 0.020)
_TIGHT: Final = _Coil(290, 5, 0.017, 0.7, 0.0060, 0.0075, 0.007, 0.010, 0.013, 0.015)


@cache
def curls() -> Locks:
    """Coils all over, standing off the head."""
    return _coils(_LOOSE, 2)


@cache
def afro() -> Locks:
    """Tight coils close together: a cloud around the head."""
    return _coils(_TIGHT, 12)


def _coils(kind: _Coil, seed: int) -> Locks:
    rng = np.random.default_rng(seed)
    roots, line = hair_roots(kind.count)
    count = len(roots)
    edge = ramp(line, 0.0, 0.03)
    at = np.linspace(0.0, 1.0, kind.rows)
    lengths = kind.long_m * rng.uniform(0.8, 1.15, count) * (0.5 + 0.5 * edge) / SKULL_M
    turn = rng.normal(0.0, 1.2, count)

    def flow(here: Floats) -> Floats:
        way = away_from(here, CROWN)
        return np.asarray(way + np.cross(here, way) * turn[:, None])

    lines = flow_lines(roots, flow, lengths, kind.rows)
    sense = np.where(rng.random(count) < 0.5, -1.0, 1.0)[:, None]
    phase = rng.uniform(0, 2 * np.pi, (count, 1)) + at * 2 * np.pi * kind.turns * sense
    coil = kind.radius_m * ramp(at, 0.0, 0.3) * (1 - 0.35 * at)
    beside = np.cross(lines, np.gradient(lines, axis=1))
    beside /= np.linalg.norm(beside, axis=2, keepdims=True)
    ways = lines + beside * (coil * np.cos(phase) / SKULL_M)[..., None]
    ways /= np.linalg.norm(ways, axis=2, keepdims=True)
    top = ramp(roots[:, 1], -0.2, 0.7)
    full = (kind.full_m + kind.top_m * top) * rng.uniform(0.85, 1.15, count)
    begin = kind.begin_m * edge * (1 + kind.top_m / kind.full_m * top)
    above = begin[:, None] + (full - begin)[:, None] * ramp(at, -0.3, 0.8) + coil * np.sin(phase)
    shape = taper(kind.rows, 0.7, 0.4, 0.12)
    wide = kind.wide_m * rng.uniform(0.85, 1.2, (count, 1)) * (0.7 + 0.3 * edge)[:, None]
    return Locks(
        ways=ways,
        above=np.maximum(above, 0.002),
        wide=wide * shape,
        tall=np.full((count, 1), kind.tall_m) * shape,
        **drawn_looks(rng, count),
    )
