"""How parted hair lies that hangs to the jaw or the chest: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from .common import CROWN, SKULL_M, away_from, drawn_looks
from .locks import flow_lines, ramp, taper
from .plan import Locks
from .scalp import directions, hairline_m, mean_places

_STEP: Final = 0.05  # radians
_UP, _DOWN = 42, 80  # steps over the head and below
_ROWS: Final = 12
_LEVEL_DEG: Final = -3.0  # hair hangs free below this rise
_FACE_DEG: Final = 64.0  # half the azimuth that the face is free of


def _parting(here: Floats, side: float) -> Floats:
    """(L, 3) the nearest direction of the parting: an arc from the forehead to the crown."""
    front = np.array([side, 0.70, 0.66])
    rear = np.array([0.5 * side, CROWN[1], CROWN[2]])
    part = np.clip((here[:, 2] - rear[2]) / (front[2] - rear[2]), 0.0, 1.0)[:, None]
    arc = rear * (1 - part) + front * part + np.array([0.0, 0.38, 0.0]) * 4 * part * (1 - part)
    return np.asarray(arc / np.linalg.norm(arc, axis=1, keepdims=True))


def _flow(here: Floats, side: float) -> Floats:
    way = away_from(here, _parting(here, side))
    back = np.maximum(here[:, 2], 0.0) * ramp(np.abs(here[:, 0]), 0.05, 0.5)
    way = way + back[:, None] * np.array([0.0, 0.0, -0.8])
    way = way - here * np.einsum("lc,lc->l", way, here)[:, None]
    return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True))


def _over_head(azimuths: Floats, side: float) -> tuple[Floats, Floats]:
    """Lines from the parting or the hairline down to where they hang; and how long each is.

    Args:
        azimuths: (L,) degrees, where they arrive.

    Returns:
        (L, K, 3) directions from below upwards, and (L,) the last place with hair.
    """
    ways = [directions(azimuths, np.full_like(azimuths, _LEVEL_DEG))]
    for step in range(_UP):
        here = _kept_in_hair(ways[-1], min(step / 10.0, 1.0))
        near = np.linalg.norm(here - _parting(here, side), axis=1)
        go = np.minimum(np.maximum(near - 0.02, 0.0), _STEP)[:, None]
        onward = here - _flow(here, side) * go
        ways.append(onward / np.linalg.norm(onward, axis=1, keepdims=True))
    lines = np.stack(ways, axis=1)
    moved = np.linalg.norm(np.diff(lines, axis=1), axis=2) > 0.2 * _STEP
    end = np.where(moved.all(axis=1), _UP, np.argmin(moved, axis=1))
    return lines, end


def _kept_in_hair(ways: Floats, firmness: float) -> Floats:
    """Directions (L, 3) brought up and back to the hairline where they are on the forehead."""
    places = mean_places(ways)
    short = np.maximum(0.004 - hairline_m(places), 0.0) * (places[:, 2] > 0.06)
    moved = ways + (firmness * short / SKULL_M)[:, None] * np.array([0.0, 0.9, -0.5])
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def hanging(
    azimuths: Floats, starts: Floats, side: float, drop_m: Floats, full_m: Floats
) -> tuple[Floats, Floats, Floats]:
    """Places of hanging locks.

    Args:
        azimuths: (L,) degrees, where they leave the head.
        starts: (L,) share of the way from the parting at which they begin.
        side: where the parting is, about −0.4 to 0.4.
        drop_m: (L,) how far they hang below the head's widest.
        full_m: (L,) their height above the skin.

    Returns:
        ways (L, R, 3), above (L, R) and drop (L, R), metres.
    """
    lines, end = _over_head(azimuths, side)
    over = end * (1 - starts)
    below = drop_m / (_STEP * SKULL_M)
    at = np.linspace(0.0, 1.0, _ROWS)
    place = over[:, None] - (over + below)[:, None] * at
    up = np.maximum(place, 0.0)
    low = np.minimum(up.astype(np.int64), _UP - 1)
    each = np.arange(len(lines))[:, None]
    part = (up - low)[..., None]
    ways = lines[each, low] * (1 - part) + lines[each, low + 1] * part
    ways /= np.linalg.norm(ways, axis=2, keepdims=True)
    drop = np.maximum(-place, 0.0) * _STEP * SKULL_M
    above = 0.001 + full_m[:, None] * ramp(at, 0.0, 0.22)
    return ways, above, drop


def near_ear(ways: Floats) -> Floats:
    """How much places cover an ear, 0 to 1."""
    around = np.degrees(np.arctan2(np.abs(ways[..., 0]), ways[..., 2]))
    high = ramp(-ways[..., 1], -0.55, -0.02)
    share = high * ramp(around, 50.0, 74.0) * (1 - ramp(around, 112.0, 150.0))
    for _ in range(3):  # a lock bends gently over an ear
        share[:, 1:-1] = 0.25 * share[:, :-2] + 0.5 * share[:, 1:-1] + 0.25 * share[:, 2:]
    return np.asarray(share)


def _tiers(rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Azimuths, starts and order (0 innermost to 1 outermost) of locks in three tiers."""
    found = []
    for count, start, order in ((17, 0.55, 0.0), (26, 0.25, 0.5), (32, 0.0, 1.0)):
        around = np.linspace(_FACE_DEG, 360 - _FACE_DEG, count)
        found.append(
            (
                around + rng.uniform(-2.0, 2.0, count),
                np.maximum(start + rng.uniform(-0.15, 0.15, count), 0.0),
                np.full(count, order),
            )
        )
    azimuths, starts, order = np.hstack(found)
    return azimuths, starts, order


@cache
def bob(side: float = 0.16) -> Locks:
    """Parted, to the jaw, its ends turned in."""
    rng = np.random.default_rng(3)
    azimuths, starts, order = _tiers(rng)
    count = len(azimuths)
    drop_m = 0.105 + 0.012 * rng.random(count) + 0.006 * order
    full = (0.004 + 0.007 * order) * rng.uniform(0.85, 1.15, count)
    ways, above, drop = hanging(azimuths, starts, side, drop_m, full)
    shift = np.zeros((*drop.shape, 3))
    shift[..., 1] = -drop
    flat = ways * (1.0, 0.0, 1.0)
    shift -= flat * (0.012 * ramp(drop, 0.0, 0.06) + 0.009 * ramp(drop, 0.05, 0.115))[..., None]
    shape = taper(_ROWS, 0.55, 0.35, 0.3)
    wide = np.where(order > 0.9, 0.0125, np.where(order > 0.2, 0.014, 0.02))
    wide = wide * rng.uniform(0.85, 1.15, count)
    return Locks(
        ways=ways,
        above=above,
        wide=wide[:, None] * shape,
        tall=rng.uniform(0.004, 0.006, count)[:, None] * shape,
        shift=shift,
        ears=near_ear(ways),
        most_trunk=0.35,
        **drawn_looks(rng, count),
    )


@cache
def fringe() -> Locks:
    """From the top of the head down to above the brows."""
    rng = np.random.default_rng(13)
    around = np.linspace(-48.0, 48.0, 21) + rng.uniform(-1.5, 1.5, 21)
    roots = directions(0.9 * around, 58.0 + rng.uniform(-4.0, 4.0, 21))
    turn = rng.normal(0.0, 0.06, len(roots))

    def flow(here: Floats) -> Floats:
        way = away_from(here, np.array([0.0, 0.92, 0.39]))
        return np.asarray(way + np.cross(here, way) * turn[:, None])

    low = 0.20 + 0.06 * (np.abs(around) > 35.0) + rng.uniform(-0.03, 0.03, len(roots))
    reach = np.arcsin(roots[:, 1]) - low
    at = np.linspace(0.0, 1.0, _ROWS)
    full = rng.uniform(0.011, 0.014, len(roots))
    above = 0.006 + full[:, None] * ramp(at, 0.0, 0.35) - 0.011 * ramp(at, 0.4, 1.0)
    shape = taper(_ROWS, 0.55, 0.3, 0.35)
    return Locks(
        ways=flow_lines(roots, flow, reach, _ROWS),
        above=above,
        wide=rng.uniform(0.0085, 0.0105, len(roots))[:, None] * shape,
        tall=rng.uniform(0.003, 0.0042, len(roots))[:, None] * shape,
        **drawn_looks(rng, len(roots)),
    )


@cache
def long(side: float = 0.16) -> Locks:
    """Parted, over the shoulders: in front of them from before the ears, behind them else."""
    rng = np.random.default_rng(4)
    azimuths, starts, order = _tiers(rng)
    count = len(azimuths)
    front = np.abs(180.0 - azimuths) > 88.0
    drop_m = np.where(front, 0.26, 0.30) + 0.03 * rng.random(count) + 0.01 * order
    full = (0.004 + 0.007 * order) * rng.uniform(0.85, 1.15, count)
    ways, above, drop = hanging(azimuths, starts, side, drop_m, full)
    shift = np.zeros((*drop.shape, 3))
    shift[..., 1] = -drop
    go = ramp(drop, 0.05, 0.19)
    base = mean_places(ways)
    aim_z = np.where(front, 0.085, -0.055)[:, None]
    aim_x = base[..., 0] * np.where(front, 0.85, 0.95)[:, None]
    shift[..., 0] += go * (aim_x - base[..., 0])
    shift[..., 2] += go * (aim_z - base[..., 2])
    wave = 0.006 * ramp(drop, 0.02, 0.1) * np.sin(drop / 0.028 + rng.uniform(0, 6.3, (count, 1)))
    shift[..., 0] += wave
    shape = taper(_ROWS, 0.55, 0.35, 0.12)
    wide = np.where(order > 0.9, 0.0125, np.where(order > 0.2, 0.014, 0.018))
    wide = wide * rng.uniform(0.85, 1.15, count)
    locks = Locks(
        ways=ways,
        above=above,
        wide=wide[:, None] * shape,
        tall=rng.uniform(0.004, 0.006, count)[:, None] * shape,
        shift=shift,
        ears=near_ear(ways),
        **drawn_looks(rng, count),
    )
    return locks.settled()
