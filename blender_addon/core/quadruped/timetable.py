"""When an animal is where on its way, and when it stands to do something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.path import Path
from .gaits import Action
from .request import QuadrupedRequest
from .slowing import backing_limit, bend_limits, slope_limits, travel_times, with_jumps
from .way import Piece, slopes_along

SETTLE_S: Final = 0.6
"""The feet are gathered before something is done standing, and after it before going on."""
_TURN_RAD_S: Final = 1.3
_TURN_PAUSE_S: Final = 0.5
_LEAST_TURN_RAD: Final = 0.02


@dataclass(frozen=True)
class Doing:
    """Something done standing, from a time to another."""

    action: Action
    begin_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Timetable:
    """Knots between which to interpolate; 0 is when standing begins.

    Args:
        times_s: (K,).
        gone_m: (K,) along the way.
        travel_rad: (K,) unwrapped direction of travel.
        doings: what is done standing.
        seconds: until the end of standing.
    """

    times_s: Floats
    gone_m: Floats
    travel_rad: Floats
    doings: tuple[Doing, ...]
    seconds: float


@dataclass(frozen=True)
class _Rest:
    """A place where the animal stands, in metres of the path."""

    at_m: float
    seconds: float
    action: Action | None


def make_timetable(request: QuadrupedRequest, path: Path, way: tuple[Piece, ...]) -> Timetable:
    """The timetable of a request with a path.

    Args:
        request: in the model's world.
        path: of the request.
        way: along the path.
    """
    book = _Book(request.stand_before_s)
    book.knot(0.0, way[0])
    rests = _rests(request, path)
    for number, piece in enumerate(way):
        if number:
            book.turn_to(float(piece.directions_rad[0]))
        here = [rest for rest in rests if _within(rest, piece, number, len(way))]
        book.go(piece, here, limits_along(request, path, piece))
    return book.closed(request.stand_after_s)


def limits_along(request: QuadrupedRequest, path: Path, piece: Piece) -> Floats:
    """(N,) speeds at the places of a piece that are not exceeded."""
    asked = asked_along(request, path, piece.path_m)
    by_slope = slope_limits(slopes_along(piece, request.terrain))
    return np.minimum(asked, np.minimum(bend_limits(piece.bends), by_slope))


def asked_along(request: QuadrupedRequest, path: Path, path_m: Floats) -> Floats:
    """(N,) speeds asked for at places (N,) of the path, as far as the kind of going allows."""
    asked = path.speeds(path_m)
    jumps = tuple(mark.at_m for mark in request.marks if mark.action is Action.JUMP)
    return backing_limit(asked) if request.backward else with_jumps(asked, path_m, jumps)


def _rests(request: QuadrupedRequest, path: Path) -> list[_Rest]:
    rests = [_Rest(stop.at_m, stop.seconds, None) for stop in path.stops]
    for mark in request.marks:
        if mark.action is not Action.JUMP:
            rests.append(_Rest(mark.at_m, mark.seconds, mark.action))
    return sorted(rests, key=lambda rest: rest.at_m)


def _within(rest: _Rest, piece: Piece, number: int, count: int) -> bool:
    begin, end = piece.path_m[0], piece.path_m[-1]
    return bool(begin <= rest.at_m < end or (number == count - 1 and rest.at_m >= end))


class _Book:
    """Knots written one after the other."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.times: list[float] = []
        self.gone: list[float] = []
        self.travel: list[float] = []
        self.doings: list[Doing] = []

    def knot(self, at_s: float, piece: Piece) -> None:
        """Stand at the beginning of a piece."""
        self._add(at_s, float(piece.gone_m[0]), float(piece.directions_rad[0]))

    def _add(self, at_s: float, gone_m: float, travel_rad: float) -> None:
        self.times.append(at_s)
        self.gone.append(gone_m)
        self.travel.append(travel_rad)

    def turn_to(self, travel_rad: float) -> None:
        """Turn on the spot."""
        angle = abs(travel_rad - self.travel[-1])
        if angle < _LEAST_TURN_RAD:
            return
        self._wait(_TURN_PAUSE_S)
        self.now += angle / _TURN_RAD_S
        self._add(self.now, self.gone[-1], travel_rad)
        self._wait(_TURN_PAUSE_S)

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        self._add(self.now, self.gone[-1], self.travel[-1])

    def go(self, piece: Piece, rests: list[_Rest], limits: Floats) -> None:
        """Go along a piece, from rest to rest."""
        begin = float(piece.path_m[0])
        for rest in rests:
            self._leg(piece, begin, rest.at_m, limits)
            self._do(rest)
            begin = max(begin, rest.at_m)
        self._leg(piece, begin, float(piece.path_m[-1]), limits)

    def _leg(self, piece: Piece, begin: float, end: float, limits: Floats) -> None:
        if end - begin < 1e-6:
            return
        inside = (piece.path_m > begin) & (piece.path_m < end)
        along = np.concatenate(([begin], piece.path_m[inside], [end]))
        if len(along) < 5:
            along = np.linspace(begin, end, 5)
        gone = np.interp(along, piece.path_m, piece.gone_m)
        passed, _ = travel_times(gone, np.interp(along, piece.path_m, limits))
        self._add(self.now, float(gone[0]), self.travel[-1])
        self.times += (self.now + passed).tolist()
        self.gone += gone.tolist()
        self.travel += np.interp(along, piece.path_m, piece.directions_rad).tolist()
        self.now += float(passed[-1])

    def _do(self, rest: _Rest) -> None:
        if rest.action is not None:
            self._wait(SETTLE_S)
            self.doings.append(Doing(rest.action, self.now, self.now + rest.seconds))
        self._wait(rest.seconds)
        if rest.action is not None:
            self._wait(0.5 * SETTLE_S)

    def closed(self, stand_after_s: float) -> Timetable:
        """Stand at the end."""
        self._wait(stand_after_s)
        times = np.array(self.times)
        doings = tuple(self.doings)
        return Timetable(times, np.array(self.gone), np.array(self.travel), doings, self.now)
