"""What a walk asks of each frame: its timetable at the model's frame rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from ..errors import PathError, SettingsError
from ..ground.path import Path
from ..ground.standing import MAX_STAND_S
from ..maths.smoothing import gaussian_smooth
from .request import WalkRequest
from .slowing import Slowdown
from .stepping import steps_on_treads
from .timetable import Timetable, make_timetable
from .turning import turn_after

MAX_DURATION_S: Final = 3600.0

_EASE_S: Final = 0.13
_ROUNDED_S: Final = 0.1
_TURN_S: Final = 0.1
_LEAN_S: Final = 0.16
_LEAN_SHARE_M: Final = 0.7
_WIDEST_M: Final = 0.1


@dataclass(frozen=True, eq=False)
class WalkPlan:
    """The desired track, frame by frame at 60 Hz.

    Args:
        positions_xz: (T, 2) metres.
        headings_rad: (T,) unwrapped, where the body faces.
        speeds_m_s: (T,) along the path.
        distances_m: (T,) arc length reached.
        travel_rad: (T,) unwrapped, where it goes.
        treads: (T,) steps made on stairs, whole numbers when a foot is set down; NaN elsewhere.
        slowdowns: where less is gone than asked for.
    """

    positions_xz: Floats
    headings_rad: Floats
    speeds_m_s: Floats
    distances_m: Floats
    travel_rad: Floats
    treads: Floats
    slowdowns: tuple[Slowdown, ...] = ()

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.speeds_m_s)

    @property
    def turn_rates_rad_s(self) -> Floats:
        """(T,) of the body."""
        if self.frame_count < 2:
            return np.zeros(self.frame_count)
        return np.asarray(np.gradient(self.headings_rad) * MODEL_FRAME_RATE_HZ)


def plan_request(request: WalkRequest, fastest_m_s: float | None = None) -> WalkPlan:
    """The plan of what is asked of one character.

    Args:
        request: a path to walk, or how long to stand.
        fastest_m_s: of the model.

    Raises:
        PathError: the path is shorter than a small step, the walk would last longer than an
            hour, or its end cannot be reached as early as asked.
        SettingsError: a number of the request is none, or out of its range.
    """
    check_request(request)
    if request.path is None:
        return _stand(request)
    return _walk(make_timetable(request, fastest_m_s))


def plan_walk(path: Path, stand_before_s: float, stand_after_s: float) -> WalkPlan:
    """Stand, walk the path on level ground with its speeds and stops, stand.

    Args:
        path: where to go.
        stand_before_s, stand_after_s: standing at the two ends.

    Raises:
        PathError: see ``plan_request``.
    """
    request = WalkRequest(path, stand_before_s=stand_before_s, stand_after_s=stand_after_s)
    return _walk(make_timetable(request))


def check_request(request: WalkRequest) -> None:
    """Refuse numbers that are none or out of range.

    Raises:
        SettingsError: says which, and what is possible.
    """
    for name, seconds in (
        (" before the first step", request.stand_before_s),
        (" after the last step", request.stand_after_s),
        ("", request.stand_s),
    ):
        if not 0 <= seconds <= MAX_STAND_S:
            raise SettingsError(
                f"standing time{name} must be 0 to {MAX_STAND_S:g} s; found {seconds:g} s"
            )
    if request.arrive_s is not None and not 0 < request.arrive_s <= MAX_DURATION_S:
        raise SettingsError(
            f"the end of a path is reached 0 to {MAX_DURATION_S:g} s after the first step; found "
            f"{request.arrive_s:g} s"
        )
    numbers = (*request.place, request.start_heading_rad or 0.0, request.end_heading_rad or 0.0)
    if not np.isfinite(numbers).all():
        raise SettingsError(f"a place or heading is not a finite number; found {numbers}")


def _stand(request: WalkRequest) -> WalkPlan:
    """Stand where one is; turn on the spot, if another heading is asked for."""
    if request.stand_s <= 0:
        raise SettingsError(
            "neither a path nor a time to stand is given. Choose a curve, or set for how many "
            "seconds to stand"
        )
    heading = request.place[2] if request.start_heading_rad is None else request.start_heading_rad
    turn = turn_after(request.end_heading_rad, heading, 0.0)
    if turn.duration_s > request.stand_s:
        degrees = np.degrees(abs(turn.angle_rad))
        raise SettingsError(
            f"turning by {degrees:.0f}° takes {turn.duration_s:.1f} s; only {request.stand_s:g} s "
            "are given to stand. Stand longer"
        )
    times = np.arange(int(np.ceil(request.stand_s * MODEL_FRAME_RATE_HZ)) + 1) / MODEL_FRAME_RATE_HZ
    begin = min(request.stand_before_s, request.stand_s - turn.duration_s)
    headings = heading + turn.angle_rad * turn.share(times - begin)
    still = np.zeros(len(times))
    places = np.repeat(np.array([request.place[:2]], np.float64), len(times), axis=0)
    return WalkPlan(places, headings, still, still, headings, np.full(len(times), np.nan))


def _walk(table: Timetable) -> WalkPlan:
    if table.seconds > MAX_DURATION_S:
        raise PathError(
            f"the walk would last {table.seconds / 60:.0f} minutes; at most "
            f"{MAX_DURATION_S / 60:.0f} are made in one go. Raise the speed or split the path"
        )
    times = np.arange(int(np.ceil(table.seconds * MODEL_FRAME_RATE_HZ)) + 1) / MODEL_FRAME_RATE_HZ
    raw = np.interp(times, table.times_s, table.distances_m)
    along = gaussian_smooth(raw, _EASE_S * MODEL_FRAME_RATE_HZ)
    speeds = np.gradient(along) * MODEL_FRAME_RATE_HZ
    travel = _at(table.way.directions_rad, table, along)
    positions = gaussian_smooth(table.path.positions(along), _ROUNDED_S * MODEL_FRAME_RATE_HZ)
    positions = positions + _swing_wide(travel, speeds)
    facing = _at(table.way.facing_rad, table, along) + _turned(table, times)
    treads = steps_on_treads(table.way.flights, along)
    slowdowns = table.way.slowdowns
    return WalkPlan(positions, travel + facing, speeds, along, travel, treads, slowdowns)


def _at(angles_rad: Floats, table: Timetable, along: Floats) -> Floats:
    """Angles along the way at the frames (T,)."""
    values = np.interp(along, table.way.distances_m, angles_rad)
    return gaussian_smooth(values, _TURN_S * MODEL_FRAME_RATE_HZ)


def _turned(table: Timetable, times_s: Floats) -> Floats:
    """(T,) by turns on the spot and while setting out."""
    before, after = table.before, table.after
    angles = before.angle_rad * (before.share(times_s) - 1) + after.angle_rad * after.share(times_s)
    return gaussian_smooth(angles, _TURN_S * MODEL_FRAME_RATE_HZ)


def _swing_wide(travel_rad: Floats, speeds: Floats) -> Floats:
    """Shift (T, 2) to the outside of a turn by which the leaning hips come to its inside.

    Leaning by v·ω/g at hip height keeps the feet outside of the hips; the path is for the hips.
    """
    turns = np.gradient(travel_rad) * MODEL_FRAME_RATE_HZ
    sideways = gaussian_smooth(speeds * turns, _LEAN_S * MODEL_FRAME_RATE_HZ)
    shift = np.clip(_LEAN_SHARE_M * sideways / GRAVITY_M_S2, -_WIDEST_M, _WIDEST_M)
    rightward = np.stack((-np.cos(travel_rad), np.sin(travel_rad)), axis=-1)
    return np.asarray(shift[:, None] * rightward)
