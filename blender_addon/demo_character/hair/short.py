"""How short hair lies: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from .locks import flow_lines, ramp, spread_roots, taper
from .plan import TONE_SHARES, Locks
from .scalp import directions, hairline_m, mean_places, on_hairline

CROWN: Final = directions(np.array(180.0), np.array(58.0))
SKULL_M: Final = 0.092  # an angle of 1 along the scalp


def hair_roots(count: int, margin_m: float = 0.002) -> tuple[Floats, Floats]:
    """Roots spread over the hair's skin, and how far above the hairline; count on a sphere."""
    roots = spread_roots(count)
    line = hairline_m(mean_places(roots))
    return roots[line > margin_m], line[line > margin_m]


def away_from(here: Floats, pole: Floats) -> Floats:
    """(L, 3) unit ways straight away from a direction."""
    way = here * np.einsum("lc,lc->l", here, np.broadcast_to(pole, here.shape))[:, None] - pole
    return np.asarray(way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6))


def drawn_looks(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Thicker edges and tones of locks at random."""
    return {
        "flips": np.where(rng.random(count) < 0.5, -1.0, 1.0),
        "tones": rng.choice(3, count, p=TONE_SHARES),
    }


@cache
def short(count: int = 300) -> Locks:
    """Short at sides and nape, longer on top and swept to one side."""
    rng = np.random.default_rng(1)
    roots, line = hair_roots(count)
    fringe = on_hairline(np.arange(-66.0, 67.0, 6.0) + rng.uniform(-2, 2, 23))
    roots, line = np.vstack((roots, fringe)), np.hstack((line, np.full(len(fringe), 0.003)))
    top = ramp(roots[:, 1], 0.35, 0.7)
    low = 1 - ramp(line, 0.0, 0.03)
    lengths = (0.040 + 0.022 * top - 0.018 * low * (1 - top)) / SKULL_M
    lengths = lengths * rng.uniform(0.85, 1.15, len(roots))
    few = np.where(np.arange(len(roots)) < len(roots) - len(fringe), 1.0, 0.7)
    lengths = lengths * few
    turn = rng.normal(0.0, 0.16, len(roots))

    def flow(here: Floats) -> Floats:
        high = ramp(here[:, 1], 0.3, 0.6) * ramp(here[:, 2], -0.3, 0.2)
        way = away_from(here, CROWN)
        way = way * (1 - 0.8 * high)[:, None] + high[:, None] * np.array([1.0, 0.25, -0.1])
        return np.asarray(way + np.cross(here, way) * turn[:, None])

    rows = 6
    at = np.linspace(0.0, 1.0, rows)
    full = (0.0035 + 0.010 * top) * rng.uniform(0.8, 1.2, len(roots))
    wide = few * (0.0062 + 0.0025 * top) * rng.uniform(0.8, 1.25, len(roots))
    tall = (0.0022 + 0.003 * top) * rng.uniform(0.8, 1.2, len(roots))
    shape = taper(rows, 0.7, 0.35, 0.07)
    return Locks(
        ways=flow_lines(roots, flow, lengths, rows),
        above=0.001 + full[:, None] * (ramp(at, 0.0, 0.6) - 0.35 * ramp(at, 0.7, 1.0)),
        wide=wide[:, None] * shape,
        tall=tall[:, None] * shape,
        **drawn_looks(rng, len(roots)),
    )


@cache
def curls(count: int = 180) -> Locks:
    """Coils all over, standing off the head."""
    rng = np.random.default_rng(2)
    roots, line = hair_roots(count)
    top = ramp(roots[:, 1], -0.2, 0.7)
    rows = 10
    at = np.linspace(0.0, 1.0, rows)
    lengths = rng.uniform(0.028, 0.042, len(roots)) / SKULL_M * (0.5 + 0.5 * ramp(line, 0.0, 0.03))
    turn = rng.normal(0.0, 1.2, len(roots))

    def flow(here: Floats) -> Floats:
        way = away_from(here, CROWN)
        return np.asarray(way + np.cross(here, way) * turn[:, None])

    lines = flow_lines(roots, flow, lengths, rows)
    phase = (
        rng.uniform(0, 2 * np.pi, len(roots))[:, None]
        + at * 2 * np.pi * 1.3 * np.where(rng.random(len(roots)) < 0.5, -1, 1)[:, None]
    )
    coil = 0.009 * ramp(at, 0.0, 0.3) * (1 - 0.35 * at)
    beside = np.cross(lines, np.gradient(lines, axis=1))
    beside /= np.linalg.norm(beside, axis=2, keepdims=True)
    ways = lines + beside * (coil * np.cos(phase) / SKULL_M)[..., None]
    ways /= np.linalg.norm(ways, axis=2, keepdims=True)
    full = (0.010 + 0.020 * top) * rng.uniform(0.75, 1.2, len(roots))
    above = 0.002 + full[:, None] * ramp(at, -0.3, 0.8) + coil * np.sin(phase)
    shape = taper(rows, 0.7, 0.4, 0.1)
    return Locks(
        ways=ways,
        above=np.maximum(above, 0.002),
        wide=rng.uniform(0.0075, 0.011, len(roots))[:, None] * shape,
        tall=np.full((len(roots), 1), 0.008) * shape,
        **drawn_looks(rng, len(roots)),
    )
