"""Where people go slower than asked, and why: in corners, on stairs, backward, as they turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..ground.path import Path
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.headings import directions_to_headings
from ..maths.smoothing import gaussian_smooth
from .direction import Directions
from .treads import SPACING_M, Flight, find_flights

SIDEWAYS_M_S2: Final = 1.0
"""Most acceleration to the side while walking: with more of it the body would lean by over 8°."""
RUNNING_SIDEWAYS_M_S2: Final = 1.9
"""The same while running, which leans into a bend."""

TREADS_PER_S: Final = 1.75
"""Steps that people make on stairs, one tread each."""

MAX_TURN_RAD_S: Final = 3.5
"""Fastest that someone who walks on turns around."""

_BEND_M: Final = 0.3
"""A corner is walked as a bend: standard deviation of its direction along the way."""
_LOOK_M: Final = 0.05
_SPEEDS_M_S: Final = np.linspace(8.0, 0.05, 400)
_SIDEWAYS_M_S2: Final = np.interp(_SPEEDS_M_S, (1.8, 2.6), (SIDEWAYS_M_S2, RUNNING_SIDEWAYS_M_S2))
_FACING_DEG: Final = (0.0, 30.0, 60.0, 90.0, 135.0, 180.0)
_FACING_M_S: Final = (20.0, 4.0, 1.5, 0.8, 1.0, 1.2)
"""How fast people go forward, sideways and backward."""
_FACED_DEG: Final = 20.0
"""Turned further against the way, someone is said to go sideways or backward."""
_NOTED: Final = 0.95
_NOTED_TURNING: Final = 0.8
"""A turn is over within a step: less braking for it is not worth a word."""
_TURNS_RAD_M: Final = 0.05
"""Someone whose facing changes by more along the way is turning about."""
_SLOWEST_M_S: Final = 0.1


class Reason(Enum):
    """What slows a walk down."""

    TREADS = "treads"
    FACING = "facing"
    TURNING = "turning"


@dataclass(frozen=True)
class Slowdown:
    """A part of the way that is gone slower than asked for.

    Args:
        reason: why.
        at_m: where it begins, by distance along the way.
        speed_m_s: the speed that is gone instead.
        asked_m_s: the highest that was asked for there.
        treads: how many steps of stairs; 0 elsewhere.
    """

    reason: Reason
    at_m: float
    speed_m_s: float
    asked_m_s: float
    treads: int = 0


@dataclass(frozen=True, eq=False)
class Way:
    """A path looked at closely.

    Args:
        distances_m: (N,) even steps along the path.
        directions_rad: (N,) of the path, unwrapped; a corner is a bend.
        facing_rad: (N,) by which the body is turned against it, positive to the left.
        asked_m_s: (N,) desired speeds.
        limits_m_s: (N,) speeds that are not exceeded.
        flights: the stairs on the way.
        slowdowns: where less is gone than asked for, but for corners.
    """

    distances_m: Floats
    directions_rad: Floats
    facing_rad: Floats
    asked_m_s: Floats
    limits_m_s: Floats
    flights: tuple[Flight, ...]
    slowdowns: tuple[Slowdown, ...]


def look_at(path: Path, terrain: Terrain, directions: Directions) -> Way:
    """What a path asks for, place by place.

    Args:
        path: where to go, in the model's size.
        terrain: its ground.
        directions: say where someone faces.
    """
    count = max(int(path.length_m / SPACING_M), 2) + 1
    along = np.linspace(0.0, path.length_m, count)
    bends = _directions(path, along)
    facing = np.radians(directions.along("facing_deg", along))
    asked = path.speeds(along)
    flights = _flights(path, terrain, along)
    by_facing = np.interp(_off_ahead_deg(facing), _FACING_DEG, _FACING_M_S)
    by_treads = _tread_limits(flights, along)
    by_turns = _turn_limits(along, bends + facing)
    by_bends = np.minimum(_bend_limits(along, bends), by_turns)
    limits = np.minimum(np.minimum(by_facing, by_treads), by_bends)
    slower = (
        *_slower_on_treads(flights, along, asked, limits),
        *_slower_by_facing(along, facing, asked, by_facing),
        *_slower_by_turning(along, facing, asked, by_turns),
    )
    return Way(along, bends, facing, asked, limits, flights, slower)


def _directions(path: Path, along: Floats) -> Floats:
    """(N,) directions of the path, corners rounded."""
    ahead = path.positions(np.minimum(along + _LOOK_M, path.length_m))
    behind = path.positions(np.maximum(along - _LOOK_M, 0.0))
    headings = np.unwrap(directions_to_headings(ahead - behind))
    return gaussian_smooth(headings, _BEND_M / (along[1] - along[0]), keep_ends=True)


def _flights(path: Path, terrain: Terrain, along: Floats) -> tuple[Flight, ...]:
    if isinstance(terrain, FlatTerrain):
        return ()
    return find_flights(along, terrain.heights(path.positions(along)))


def _bend_limits(along: Floats, directions_rad: Floats) -> Floats:
    """v²·κ stays below the acceleration that a lean of a few degrees balances."""
    bends = np.abs(np.gradient(directions_rad, along))
    tightest = np.maximum.accumulate(_SIDEWAYS_M_S2 / _SPEEDS_M_S**2)
    limits = np.interp(bends, tightest, _SPEEDS_M_S)
    return np.asarray(np.where(bends < tightest[0], np.inf, limits))


def _turn_limits(along: Floats, headings_rad: Floats) -> Floats:
    turns = np.abs(np.gradient(headings_rad, along))
    return np.asarray(np.maximum(MAX_TURN_RAD_S / np.maximum(turns, 1e-6), _SLOWEST_M_S))


def fastest_facing(facing_deg: float) -> float:
    """How fast people go, m/s, who face that many degrees away from where they go."""
    return float(np.interp(_off_ahead_deg(np.radians([facing_deg])), _FACING_DEG, _FACING_M_S)[0])


def _off_ahead_deg(facing_rad: Floats) -> Floats:
    """(N,) 0 … 180, how far the body is turned away from where it goes."""
    return np.asarray(np.abs((np.degrees(facing_rad) + 180.0) % 360.0 - 180.0))


def _tread_limits(flights: Sequence[Flight], along: Floats) -> Floats:
    """One foot on each tread, at the pace of people on stairs."""
    limits = np.full(len(along), np.inf)
    for flight in flights:
        limits[_on(flight, along)] = TREADS_PER_S * flight.depth_m
    return limits


def _on(flight: Flight, along: Floats) -> slice:
    """From where a foot is set on the first tread until the last has been left."""
    first, last = flight.middles_m[0] - 0.5 * flight.depth_m, flight.middles_m[-1]
    begin, end = np.searchsorted(along, (first, last))
    return slice(int(begin), max(int(end), int(begin) + 1))


def _slower_on_treads(
    flights: Sequence[Flight], along: Floats, asked: Floats, limits: Floats
) -> list[Slowdown]:
    found = []
    for flight in flights:
        here = _on(flight, along)
        fastest, speed = float(asked[here].max()), TREADS_PER_S * flight.depth_m
        if speed < _NOTED * fastest:
            at, treads = float(flight.edges_m[0]), len(flight.edges_m)
            found.append(Slowdown(Reason.TREADS, at, speed, fastest, treads))
    return found


def _slower_by_facing(
    along: Floats, facing: Floats, asked: Floats, by_facing: Floats
) -> list[Slowdown]:
    """Each stretch that is faced away from and too fast for that, once."""
    found = []
    for begin, end in _stretches(_off_ahead_deg(facing) > _FACED_DEG):
        slow, fastest = float(np.median(by_facing[begin:end])), float(asked[begin:end].max())
        if slow < _NOTED * fastest:
            found.append(Slowdown(Reason.FACING, float(along[begin]), slow, fastest))
    return found


def _slower_by_turning(
    along: Floats, facing: Floats, asked: Floats, by_turns: Floats
) -> list[Slowdown]:
    """Each place where someone turns about and brakes for it, once."""
    turning = np.abs(np.gradient(facing, along)) > _TURNS_RAD_M
    found = []
    for begin, end in _stretches(turning):
        slow, fastest = float(by_turns[begin:end].min()), float(asked[begin:end].max())
        if slow < _NOTED_TURNING * fastest:
            found.append(Slowdown(Reason.TURNING, float(along[begin]), slow, fastest))
    return found


def _stretches(where: Bools) -> list[tuple[int, int]]:
    """First row and the row after the last of each stretch where something is so."""
    ends = np.flatnonzero(np.diff(np.concatenate(([0], where.astype(int), [0]))))
    return [(int(begin), int(end)) for begin, end in ends.reshape(-1, 2)]
