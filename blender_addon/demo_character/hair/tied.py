"""How tied hair lies: combed to one place, and a bun or a tail there: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from .common import SKULL_M, drawn_looks
from .locks import ramp, taper
from .plan import TONES, Locks
from .scalp import directions, hairline_m, mean_places

BUN: Final = directions(np.array(180.0), np.array(34.0))
TAIL: Final = directions(np.array(180.0), np.array(28.0))
NAPE: Final = directions(np.array(180.0), np.array(-22.0))
_ROWS: Final = 8
_FINEST: Final = 120


def _combed_to(knot: Floats, count: int, seed: int, rows: int = _ROWS, near: float = 0.10) -> Locks:
    """Locks from all along the hairline to a knot."""
    rng = np.random.default_rng(seed)
    inner = count // 2
    turn = np.hstack((np.arange(count) / count, (np.arange(inner) + 0.5) / inner)) * 2 * np.pi
    turn = turn + rng.uniform(-0.4, 0.4, len(turn)) * 2 * np.pi / count / 2
    far = np.linspace(near, 2.8, _FINEST)
    ring = np.stack((np.cos(turn), np.sin(turn), np.zeros_like(turn)), axis=1) @ _frame(knot)
    fine = np.cos(far)[:, None] * knot + np.sin(far)[:, None] * ring[:, None]
    bare = hairline_m(mean_places(fine)) < 0.001
    last = np.where(bare.any(axis=1), bare.argmax(axis=1) - 1, _FINEST - 1)
    reach = far[last] * np.hstack((np.ones(count), rng.uniform(0.5, 0.8, inner)))
    at = np.linspace(0.0, 1.0, rows)
    angle = reach[:, None] + (near - reach[:, None]) * at
    ways = np.cos(angle)[..., None] * knot + np.sin(angle)[..., None] * ring[:, None]
    over = np.hstack((np.zeros(count), np.full(inner, 0.002)))
    above = 0.0005 + (0.0035 + over)[:, None] * ramp(at, 0.0, 0.3) + 0.003 * ramp(at, 0.6, 1.0)
    wide = np.sin(angle) * 2 * np.pi * SKULL_M / count / 2 * 1.25 + 0.001
    wide = wide * rng.uniform(0.9, 1.2, (len(turn), 1)) * taper(rows, 0.6, 0.25, 0.8)
    tall = rng.uniform(0.0032, 0.005, (len(turn), 1)) * taper(rows, 0.5, 0.3, 0.8)
    return Locks(ways=ways, above=above, wide=wide, tall=tall, **drawn_looks(rng, len(turn)))


def _frame(knot: Floats) -> Floats:
    """(3, 3) rows: left, up along the scalp, and away from it."""
    left = np.array([1.0, 0.0, 0.0])
    return np.stack((left, np.cross(knot, left), knot))


@cache
def combed_to_bun() -> Locks:
    """Combed up to a bun at the back of the head."""
    return _combed_to(BUN, 44, 5)


@cache
def combed_to_tail() -> Locks:
    """Combed back to a tail."""
    return _combed_to(TAIL, 44, 6)


@cache
def bun(count: int = 9, rows: int = 10) -> Locks:
    """Locks wound around a ball."""
    rng = np.random.default_rng(7)
    at = np.linspace(0.0, 1.0, rows)
    high = np.radians(125.0 - 112.0 * at)
    turn = 2 * np.pi * np.arange(count)[:, None] / count + np.radians(170.0) * at
    round_ = np.stack(
        (np.sin(high) * np.cos(turn), np.sin(high) * np.sin(turn), np.cos(high) + 0 * turn), axis=-1
    ) @ _frame(BUN)
    centre = 0.020 * BUN
    return Locks(
        ways=np.broadcast_to(BUN, round_.shape),
        above=np.zeros(turn.shape),
        wide=np.full(turn.shape, 0.0135) * (0.35 + 0.65 * np.sin(high)),
        tall=np.full(turn.shape, 0.009),
        shift=centre + round_ * (0.030 + 0.002 * rng.uniform(-1, 1, (count, 1)))[..., None],
        facing=round_,
        **drawn_looks(rng, count),
    )


@cache
def tail(count: int = 22, rows: int = 12) -> Locks:
    """Locks from the knot down the back."""
    rng = np.random.default_rng(8)
    at = np.linspace(0.0, 1.0, rows)
    corners = np.array([(0, 0, 0), (0, 0.035, -0.065), (0, -0.08, -0.095), (0, -0.235, -0.075)])
    share = np.stack(((1 - at) ** 3, 3 * at * (1 - at) ** 2, 3 * at**2 * (1 - at), at**3), axis=1)
    middle = share @ corners
    way = np.gradient(middle, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    left = np.array([1.0, 0.0, 0.0])
    over = np.cross(way, left)
    turn = 2 * np.pi * (np.arange(count) * 0.382)[:, None] + 0.5 * at
    ring = np.where(np.arange(count) % 3 == 0, 0.45, 1.0)[:, None]
    thick = (0.007 + 0.019 * ramp(at, 0.05, 0.45)) * (1 - 0.55 * ramp(at, 0.5, 1.0))
    out = np.cos(turn)[..., None] * left + np.sin(turn)[..., None] * over
    ends = 1.0 - 0.12 * rng.random((count, 1)) * at
    shift = middle * ends[..., None] + out * (ring * thick)[..., None]
    shape = taper(rows, 0.5, 0.35, 0.1)
    return Locks(
        ways=np.broadcast_to(TAIL, shift.shape),
        above=np.full(turn.shape, 0.004),
        wide=rng.uniform(0.010, 0.014, (count, 1)) * shape,
        tall=np.full((count, 1), 0.006) * shape,
        shift=shift,
        facing=out,
        most_trunk=0.45,
        **drawn_looks(rng, count),
    ).settled()


@cache
def braids(count: int = 26, rows: int = 25) -> Locks:
    """Braids close to the head, from the hairline to the nape."""
    plain = _combed_to(NAPE, count, 14, rows, 0.12)
    bumps = 1.0 + 0.35 * np.sin(np.linspace(0.0, 1.0, rows) * rows * np.pi * 0.999 + 0.5)
    wide = np.clip(plain.wide[:count] * 0.72, 0.0034, 0.0075)
    return Locks(
        ways=plain.ways[:count],
        above=0.0015 + np.zeros_like(wide),
        wide=wide * (0.85 + 0.15 * bumps),
        tall=0.0058 * bumps * taper(rows, 0.5, 0.1, 0.9),
        flips=plain.flips[:count],
        tones=np.zeros(count, np.int64),
    )


@cache
def braid_ends(count: int = 12, rows: int = 18) -> Locks:
    """Where braids hang from the nape."""
    rng = np.random.default_rng(15)
    at = np.linspace(0.0, 1.0, rows)
    side = np.linspace(-1.0, 1.0, count)[:, None] + rng.uniform(-0.05, 0.05, (count, 1))
    drop = (0.15 + 0.03 * rng.random((count, 1))) * at
    shift = np.stack(
        (
            side * (0.012 + 0.030 * ramp(at, 0.0, 0.7)),
            0.008 - drop,
            -0.012 * ramp(at, 0.0, 0.3) - 0.03 * at + 0.006 * np.cos(7 * side),
        ),
        axis=-1,
    )
    bumps = 1.0 + 0.25 * np.sin(at * rows * np.pi * 0.999 + 0.5)
    shape = taper(rows, 0.9, 0.2, 0.35)
    return Locks(
        ways=np.broadcast_to(NAPE, shift.shape),
        above=np.full(drop.shape, 0.003),
        wide=np.full((count, 1), 0.0052) * shape * (0.85 + 0.15 * bumps),
        tall=np.full((count, 1), 0.0062) * shape * bumps,
        shift=shift,
        flips=np.where(rng.random(count) < 0.5, -1.0, 1.0),
        tones=np.zeros(count, np.int64),
    ).settled()


@cache
def hair_tie(rows: int = 13) -> Locks:
    """A band around a tail's beginning: one lock that closes on itself."""
    turn = np.linspace(0.0, 2 * np.pi, rows)[None]
    out = np.cos(turn)[..., None] * _frame(TAIL)[0] + np.sin(turn)[..., None] * _frame(TAIL)[1]
    return Locks(
        ways=np.broadcast_to(TAIL, out.shape),
        above=np.full(turn.shape, 0.012),
        wide=np.full(turn.shape, 0.0055),
        tall=np.full(turn.shape, 0.004),
        flips=np.ones(1),
        tones=np.array([TONES.index("HairTie")]),
        shift=0.0125 * out,
        facing=out,
    )
