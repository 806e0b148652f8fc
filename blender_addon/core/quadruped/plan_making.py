"""What a request asks of each frame: where, how fast, in which gait, doing what."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..errors import PathError, SettingsError
from ..ground.path import Path
from ..maths.smoothing import gaussian_smooth, smoothstep
from .body import MODEL_HIP_HEIGHT_M
from .gait_choice import gait_weights, gaits_along
from .gaits import ACTIONS, Action, Gait
from .plan import QuadrupedPlan
from .plan_notes import plan_notes
from .request import QuadrupedRequest
from .timetable import SETTLE_S, Doing, Timetable, asked_along, make_timetable
from .way import Piece, find_way

MAX_DURATION_S: Final = 3600.0
MIN_LENGTH_M: Final = 0.1
"""Of a path, in the model's world: a fifth of the hip height."""
JUMP_S: Final = 0.6
"""From the moment the front feet leave the ground for a jump until the hind feet are back."""

_EASE_S: Final = 0.12
_BLEND_S: Final = 0.4
_JUMP_BLEND_S: Final = 0.2
_STILL_M_S: Final = 0.04
_TRUNK_ARM_M: Final = 0.25
"""A turn moves the ends of the trunk as going does: half its length."""


def plan_request(
    request: QuadrupedRequest, hip_height_m: float = MODEL_HIP_HEIGHT_M
) -> QuadrupedPlan:
    """The plan of what is asked of one animal.

    Args:
        request: in the model's world: hips at ``MODEL_HIP_HEIGHT_M``, times scaled alike.
        hip_height_m: the animal's own, for the figures in notes and messages.

    Raises:
        PathError: the path is too short for the body, a place does not lie on it, or it would
            take longer than an hour.
        SettingsError: a number of the request is none, or out of its range.
    """
    check_request(request, hip_height_m)
    path = request.path
    if path is None:
        return _standing_plan(request)
    way = find_way(path)
    table = make_timetable(request, path, way)
    if table.seconds > MAX_DURATION_S:
        pace = _own_seconds(hip_height_m) / 60
        raise PathError(
            f"the way would take {table.seconds * pace:.0f} minutes; at most "
            f"{MAX_DURATION_S * pace:.0f} are made in one go for an animal of this size. Raise "
            "the speed or split the path"
        )
    return _moving_plan(request, path, way, table, hip_height_m)


def check_request(request: QuadrupedRequest, hip_height_m: float = MODEL_HIP_HEIGHT_M) -> None:
    """Refuse numbers that are none or out of range.

    Raises:
        PathError, SettingsError: see ``plan_request``.
    """
    own = _own_seconds(hip_height_m)
    for name, seconds in (
        (" before the first step", request.stand_before_s),
        (" after the last step", request.stand_after_s),
        ("", request.stand_s),
        *((f" of '{mark.action.value}'", mark.seconds) for mark in request.marks),
    ):
        if not 0 <= seconds <= MAX_DURATION_S:
            raise SettingsError(
                f"the time{name} must be 0 to {MAX_DURATION_S * own:.0f} s; found "
                f"{seconds * own:g} s"
            )
    if not np.isfinite(request.place).all():
        raise SettingsError(f"a place or heading is not a finite number; found {request.place}")
    told = (request.gait, *(change.gait for change in request.gait_changes))
    if Gait.STAND in told:
        raise SettingsError("standing is not a gait to go in. Use a stop to wait on the way")
    if request.path is None:
        if request.stand_s <= 0 and not request.marks:
            raise SettingsError(
                "neither a path nor a time to stand is given. Choose a curve, or set for how many "
                "seconds to stand"
            )
        return
    _check_on_path(request, request.path.length_m, hip_height_m / MODEL_HIP_HEIGHT_M)


def _own_seconds(hip_height_m: float) -> float:
    """Seconds of an animal's own time that one of the model's world is."""
    return float(np.sqrt(hip_height_m / MODEL_HIP_HEIGHT_M))


def _check_on_path(request: QuadrupedRequest, length_m: float, size: float) -> None:
    if length_m < MIN_LENGTH_M:
        raise PathError(
            f"the path is {length_m * size:.2f} m long on the ground; an animal of this size "
            f"needs at least {MIN_LENGTH_M * size:.2f} m. Draw a longer curve"
        )
    places = [(mark.at_m, f"the mark '{mark.action.value}'") for mark in request.marks]
    places += [(change.at_m, "a change of gait") for change in request.gait_changes]
    for at, name in places:
        if not -1e-6 <= at <= length_m + 1e-6:
            raise PathError(
                f"{name} at {at * size:.2f} m does not lie on the path, which is "
                f"{length_m * size:.2f} m long. Move it"
            )


def _standing_plan(request: QuadrupedRequest) -> QuadrupedPlan:
    """Stand where one is, and do there what is marked, one thing after the other."""
    doings: list[Doing] = []
    now = request.stand_before_s
    for mark in sorted(request.marks, key=lambda mark: mark.at_m):
        if mark.action is not Action.JUMP:
            doings.append(Doing(mark.action, now, now + mark.seconds))
            now += mark.seconds + SETTLE_S
    seconds = max(request.stand_s, now if doings else 0.0)
    times = np.arange(int(np.ceil(seconds * MODEL_FRAME_RATE_HZ)) + 1) / MODEL_FRAME_RATE_HZ
    still = np.zeros(len(times))
    actions = np.zeros((len(times), len(ACTIONS)))
    actions[:, 0] = 1.0
    x, z, heading = request.place
    places = np.tile(np.array([x, z], np.float64), (len(times), 1))
    facing = np.full(len(times), float(heading))
    return QuadrupedPlan(
        places, facing, facing, still, still, _with_doings(actions, tuple(doings), times)
    )


def _moving_plan(
    request: QuadrupedRequest,
    path: Path,
    way: tuple[Piece, ...],
    table: Timetable,
    hip_height_m: float,
) -> QuadrupedPlan:
    times = np.arange(int(np.ceil(table.seconds * MODEL_FRAME_RATE_HZ)) + 1) / MODEL_FRAME_RATE_HZ
    ease = _EASE_S * MODEL_FRAME_RATE_HZ
    gone = gaussian_smooth(np.interp(times, table.times_s, table.gone_m), ease)
    travel = gaussian_smooth(np.interp(times, table.times_s, table.travel_rad), ease)
    speeds = np.maximum(_rate(gone), 0.0)
    places, distances = _along(way, gone)
    turns = _rate(travel)
    standing = (speeds < _STILL_M_S) & (np.abs(turns) * _TRUNK_ARM_M < _STILL_M_S)
    asked = asked_along(request, path, distances)
    actions = _actions(request, asked, distances, speeds, turns, standing)
    actions = _with_doings(actions, table.doings, times)
    actions = _with_jumps(actions, _jump_times(request, distances, times), times)
    headings = travel + np.pi if request.backward else travel
    notes = plan_notes(request, path, way, distances, speeds, actions, hip_height_m)
    return QuadrupedPlan(places, headings, travel, speeds, distances, actions, notes)


def _rate(values: Floats) -> Floats:
    if len(values) < 2:
        return np.zeros(len(values))
    return np.asarray(np.gradient(values) * MODEL_FRAME_RATE_HZ)


def _along(way: tuple[Piece, ...], gone: Floats) -> tuple[Floats, Floats]:
    """Places (T, 2) and arc lengths of the path (T,) where so much of the way is gone."""
    known = np.concatenate([piece.gone_m for piece in way])
    places = np.concatenate([piece.places_m for piece in way])
    path = np.concatenate([piece.path_m for piece in way])
    found = np.stack([np.interp(gone, known, places[:, n]) for n in range(2)], axis=-1)
    return found, np.interp(gone, known, path)


def _actions(
    request: QuadrupedRequest,
    asked: Floats,
    distances: Floats,
    speeds: Floats,
    turns: Floats,
    standing: Bools,
) -> Floats:
    keyed = _keyed(request, distances)
    lead_left = bool(np.random.default_rng(request.seed).random() < 0.5)
    gaits = gaits_along(speeds, asked, turns, keyed, request.body.family, lead_left)
    if request.backward:
        gaits[:] = ACTIONS.index(Gait.WALK.value)
    return gait_weights(gaits, standing.astype(np.float64), speeds)


def _keyed(request: QuadrupedRequest, distances: Floats) -> list[Gait | None]:
    """The gait that is told at each of T places."""
    changes = sorted(request.gait_changes, key=lambda change: change.at_m)
    numbers = np.searchsorted([change.at_m for change in changes], distances, side="right")
    told = [request.gait, *(change.gait for change in changes)]
    return [told[number] for number in numbers.tolist()]


def _with_doings(actions: Floats, doings: tuple[Doing, ...], times: Floats) -> Floats:
    for doing in doings:
        blend = min(_BLEND_S, 0.5 * (doing.end_s - doing.begin_s))
        weight = _on_between(times, doing.begin_s, doing.end_s, max(blend, 1e-3))
        actions = _put(actions, doing.action, weight)
    return actions


def _on_between(times: Floats, begin: float, end: float, blend: float) -> Floats:
    return smoothstep((times - begin) / blend) * smoothstep((end - times) / blend)


def _put(actions: Floats, action: Action, weight: Floats) -> Floats:
    actions = actions * (1.0 - weight[:, None])
    actions[:, ACTIONS.index(action.value)] += weight
    return actions


def _jump_times(request: QuadrupedRequest, distances: Floats, times: Floats) -> list[float]:
    """When the middles of jumps are: at the end of a path, as soon as the animal gets there."""
    jumps = [mark.at_m for mark in request.marks if mark.action is Action.JUMP]
    reached = np.searchsorted(distances, np.minimum(jumps, distances[-1]))
    return [float(times[frame]) for frame in reached]


def _with_jumps(actions: Floats, middles_s: list[float], times: Floats) -> Floats:
    half = 0.5 * (JUMP_S + _JUMP_BLEND_S)  # so that half its weight is on for JUMP_S
    for middle in middles_s:
        weight = _on_between(times, middle - half, middle + half, _JUMP_BLEND_S)
        actions = _put(actions, Action.JUMP, weight)
    return actions
