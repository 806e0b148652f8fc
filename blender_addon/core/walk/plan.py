"""When to be where: a path turned into a timetable at the model's frame rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from ..errors import PathError
from ..ground.path import MIN_LENGTH_M, Path
from ..maths.smoothing import gaussian_smooth
from .features import directions_to_headings
from .request import WalkRequest

ACCELERATION_M_S2: Final = 1.3
"""How fast people gain and lose speed on the way, without hurry."""

_STEP_M = 0.02
_EASE_S = 0.1
_CORNER_S = 0.07
_TURN_S = 0.2
_LOOK_M = 0.05
_LEAN_S = 0.16
_LEAN_SHARE_M = 0.7
_WIDEST_M = 0.1
MAX_DURATION_S: Final = 3600.0


@dataclass(frozen=True, eq=False)
class WalkPlan:
    """The desired track, frame by frame at 60 Hz.

    Args:
        positions_xz: (T, 2) metres.
        headings_rad: (T,) unwrapped.
        speeds_m_s: (T,) along the path.
        distances_m: (T,) arc length reached.
    """

    positions_xz: Floats
    headings_rad: Floats
    speeds_m_s: Floats
    distances_m: Floats

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.speeds_m_s)


def plan_request(request: WalkRequest) -> WalkPlan:
    """The plan of what is asked of one character.

    Raises:
        PathError: see ``plan_walk``.
    """
    if request.path is None:
        raise PathError("there is no path to walk along. Choose a curve")
    return plan_walk(request.path, request.stand_before_s, request.stand_after_s)


def plan_walk(path: Path, stand_before_s: float, stand_after_s: float) -> WalkPlan:
    """Stand, walk the path with its speeds and stops, stand.

    Args:
        path: where to go.
        stand_before_s, stand_after_s: standing at the two ends.

    Raises:
        PathError: the path is shorter than a small step, or the walk would last longer than an
            hour.
    """
    if path.length_m < MIN_LENGTH_M:
        raise PathError(
            f"the path is {path.length_m:.3f} m long on the ground at a person's size; at least "
            f"{MIN_LENGTH_M} m is needed. Draw a longer curve"
        )
    times, distances = _timetable(path, stand_before_s)
    duration = times[-1] + stand_after_s
    if duration > MAX_DURATION_S:
        raise PathError(
            f"the walk would last {duration / 60:.0f} minutes; at most "
            f"{MAX_DURATION_S / 60:.0f} are made in one go. Raise the speed or split the path"
        )
    frames = np.arange(int(np.ceil(duration * MODEL_FRAME_RATE_HZ)) + 1)
    raw = np.interp(frames / MODEL_FRAME_RATE_HZ, times, distances)
    along = gaussian_smooth(raw, _EASE_S * MODEL_FRAME_RATE_HZ)
    speeds = np.gradient(along) * MODEL_FRAME_RATE_HZ
    headings = _headings(path, along)
    positions = gaussian_smooth(path.positions(along), _CORNER_S * MODEL_FRAME_RATE_HZ)
    positions = positions + _swing_wide(headings, speeds)
    return WalkPlan(positions, headings, speeds, along)


def times_at(path: Path, stand_before_s: float, distances_m: Floats) -> Floats:
    """When the places of a path are reached, (N,) seconds; of a stop, when it is left.

    Args:
        path: where to go.
        stand_before_s: standing before the first step.
        distances_m: (N,) along the path.
    """
    times, distances = _timetable(path, stand_before_s)
    desired = np.asarray(distances_m, np.float64)
    before = np.searchsorted(distances, desired + 1e-9, side="right") - 1
    before = np.clip(before, 0, len(times) - 2)
    step = np.maximum(distances[before + 1] - distances[before], 1e-9)
    share = np.clip((desired - distances[before]) / step, 0.0, 1.0)
    return np.asarray(times[before] + share * (times[before + 1] - times[before]))


def _timetable(path: Path, start_s: float) -> tuple[Floats, Floats]:
    """Times (K,) and distances (K,) between which to interpolate."""
    limits = [0.0, *(stop.at_m for stop in path.stops), path.length_m]
    waits = [0.0, *(stop.seconds for stop in path.stops), 0.0]
    times, distances = [np.array([0.0])], [np.array([0.0])]
    now = start_s
    for begin, end, wait in zip(limits[:-1], limits[1:], waits[1:], strict=True):
        leg = np.linspace(begin, end, max(int((end - begin) / _STEP_M), 2) + 1)
        passed = _travel_times(leg, path.speeds(leg))
        times += [now + passed, now + passed[-1:] + wait]
        distances += [leg, leg[-1:]]
        now += float(passed[-1]) + wait
    return np.concatenate(times), np.concatenate(distances)


def _travel_times(distances: Floats, desired_speeds: Floats) -> Floats:
    """Time at each distance, from rest to rest, with limited acceleration."""
    from_start = np.sqrt(2 * ACCELERATION_M_S2 * (distances - distances[0]))
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


def _swing_wide(headings: Floats, speeds: Floats) -> Floats:
    """Shift (T, 2) to the outside of a turn by which the leaning hips come to its inside.

    Leaning by v·ω/g at hip height keeps the feet outside of the hips; the path is for the hips.
    """
    turns = np.gradient(headings) * MODEL_FRAME_RATE_HZ
    sideways = gaussian_smooth(speeds * turns, _LEAN_S * MODEL_FRAME_RATE_HZ)
    shift = np.clip(_LEAN_SHARE_M * sideways / GRAVITY_M_S2, -_WIDEST_M, _WIDEST_M)
    rightward = np.stack((-np.cos(headings), np.sin(headings)), axis=-1)
    return np.asarray(shift[:, None] * rightward)


def _headings(path: Path, along: Floats) -> Floats:
    """Direction of the path (T,), turning over a moment where the path has a corner."""
    ahead = path.positions(np.minimum(along + _LOOK_M, path.length_m))
    behind = path.positions(np.maximum(along - _LOOK_M, 0.0))
    headings = np.unwrap(directions_to_headings(ahead - behind))
    return gaussian_smooth(headings, _TURN_S * MODEL_FRAME_RATE_HZ)
