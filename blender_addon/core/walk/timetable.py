"""When someone is where along a path: speeds as asked, as far as people go so fast there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import PathError, SettingsError
from ..ground.path import MIN_LENGTH_M, Path
from .request import WalkRequest
from .slowing import Way, look_at
from .turning import Turn, turn_after, turn_before

ACCELERATION_M_S2: Final = 1.3
"""How fast people gain and lose speed on the way, without hurry."""

SETTING_OUT_M_S2: Final = 1.1
"""The same from standing, so that the first step is not yet a whole one."""

SHUFFLING_M_S: Final = 0.2
"""Slower, nothing is seen but shuffling."""

_FASTEST_M_S: Final = 100.0
_TRIES: Final = 60
_IN_TIME_S: Final = 1e-3
_LATEST: Final = 1e-3
"""Of the speed asked for, the slowest that is tried to arrive late."""


@dataclass(frozen=True, eq=False)
class Timetable:
    """A walk along a path, before it is cut into frames.

    Args:
        path: where, in the model's size.
        way: the same looked at closely.
        times_s, distances_m: (K,) between which to interpolate; 0 is when standing begins.
        before, after: turns on the spot.
        seconds: from the beginning of standing to its end.
        speed_factor: by which the speeds asked for are multiplied, to arrive in time.
    """

    path: Path
    way: Way
    times_s: Floats
    distances_m: Floats
    before: Turn
    after: Turn
    seconds: float
    speed_factor: float

    @property
    def arrival_s(self) -> float:
        """When the end of the path is reached."""
        return float(self.times_s[-1])

    def times_at(self, distances_m: Floats) -> Floats:
        """When places are reached, (N,) seconds; of a stop, when it is left.

        Args:
            distances_m: (N,) along the path.
        """
        times, distances = self.times_s, self.distances_m
        desired = np.asarray(distances_m, np.float64)
        before = np.searchsorted(distances, desired + 1e-9, side="right") - 1
        before = np.clip(before, 0, len(times) - 2)
        step = np.maximum(distances[before + 1] - distances[before], 1e-9)
        share = np.clip((desired - distances[before]) / step, 0.0, 1.0)
        return np.asarray(times[before] + share * (times[before + 1] - times[before]))


def make_timetable(request: WalkRequest, fastest_m_s: float | None = None) -> Timetable:
    """The timetable of a request with a path.

    Args:
        request: what is asked of one character.
        fastest_m_s: of the model, for a walk that has to arrive in time.

    Raises:
        PathError: there is no path, it is shorter than a small step, or its end cannot be
            reached as early as asked.
        SettingsError: it would be reached so late that nothing would move.
    """
    path = request.path
    if path is None:
        raise PathError("there is no path to walk along. Choose a curve")
    if path.length_m < MIN_LENGTH_M:
        raise PathError(
            f"the path is {path.length_m:.3f} m long on the ground at a person's size; at least "
            f"{MIN_LENGTH_M} m is needed. Draw a longer curve"
        )
    way = look_at(path, request.terrain, request.directions)
    ahead = float(way.directions_rad[0] + way.facing_rad[0])
    at_end = float(way.directions_rad[-1] + way.facing_rad[-1])
    before = turn_before(request.start_heading_rad, ahead, request.stand_before_s)
    factor = 1.0
    if request.arrive_s is not None:
        factor = _factor_in_time(path, way, request.arrive_s - before.delay_s, fastest_m_s, before)
    begin = request.stand_before_s + before.delay_s
    times, distances = _legs(path, way, begin, factor)
    after = turn_after(request.end_heading_rad, at_end, float(times[-1]))
    seconds = float(times[-1]) + after.delay_s + request.stand_after_s
    return Timetable(path, way, times, distances, before, after, seconds, factor)


def _factor_in_time(
    path: Path, way: Way, seconds: float, fastest_m_s: float | None, before: Turn
) -> float:
    """By what the speeds have to be multiplied to take so long from the first step to the end."""
    high = (fastest_m_s or _FASTEST_M_S) / float(path.speeds_m_s.max())
    low = min(_LATEST, high)
    earliest = _seconds(path, way, high)
    if seconds < earliest - _IN_TIME_S:
        first = earliest + before.delay_s
        raise PathError(
            f"the end of the path cannot be reached in {seconds + before.delay_s:.2f} s; at the "
            f"earliest it takes {first:.2f} s from the first step. Arrive later or shorten the path"
        )
    if seconds > _seconds(path, way, low):
        raise SettingsError(
            f"arriving after {seconds:.0f} s would be hardly any motion. Arrive earlier, or stand "
            "longer before the first step"
        )
    for _ in range(_TRIES):
        middle = float(np.sqrt(low * high))
        late = _seconds(path, way, middle) - seconds
        if abs(late) < _IN_TIME_S:
            return middle
        low, high = (middle, high) if late > 0 else (low, middle)
    return float(np.sqrt(low * high))


def _seconds(path: Path, way: Way, factor: float) -> float:
    return float(_legs(path, way, 0.0, factor)[0][-1])


def _legs(path: Path, way: Way, start_s: float, factor: float) -> tuple[Floats, Floats]:
    """Times (K,) and distances (K,), from rest to rest between stops."""
    limits = [0.0, *(stop.at_m for stop in path.stops), path.length_m]
    waits = [*(stop.seconds for stop in path.stops), 0.0]
    speeds = np.minimum(way.asked_m_s * factor, way.limits_m_s)
    times, distances = [np.array([0.0])], [np.array([0.0])]
    now = start_s
    for begin, end, wait in zip(limits[:-1], limits[1:], waits, strict=True):
        inside = (way.distances_m > begin) & (way.distances_m < end)
        leg = np.concatenate(([begin], way.distances_m[inside], [end]))
        if len(leg) < 4:
            leg = np.linspace(begin, end, 4)
        passed = _travel_times(leg, np.interp(leg, way.distances_m, speeds))
        times += [now + passed, now + passed[-1:] + wait]
        distances += [leg, leg[-1:]]
        now += float(passed[-1]) + wait
    return np.concatenate(times), np.concatenate(distances)


def _travel_times(distances: Floats, desired_speeds: Floats) -> Floats:
    """Time at each distance, from rest to rest, with limited acceleration."""
    from_start = np.sqrt(2 * SETTING_OUT_M_S2 * (distances - distances[0]))
    to_end = np.sqrt(2 * ACCELERATION_M_S2 * (distances[-1] - distances))
    speeds = np.minimum(np.minimum(from_start, to_end), desired_speeds)
    speeds = _limit_rise(speeds, distances)
    speeds = _limit_rise(speeds[::-1], -distances[::-1])[::-1]
    middle = np.maximum(0.5 * (speeds[1:] + speeds[:-1]), 1e-3)
    return np.concatenate(([0.0], np.cumsum(np.diff(distances) / middle)))


def _limit_rise(speeds: Floats, distances: Floats) -> Floats:
    """Cap speeds so that none is reached with more than the acceleration allowed.

    v² may grow by 2·a·Δs: a running minimum of v² − 2·a·s, put back.
    """
    grown = 2 * ACCELERATION_M_S2 * distances
    return np.asarray(np.sqrt(np.maximum(np.minimum.accumulate(speeds**2 - grown) + grown, 0)))
