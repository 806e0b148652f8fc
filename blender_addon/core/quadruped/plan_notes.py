"""What of a request will not go as asked, in the user's words."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.path import Path
from .body import MODEL_HIP_HEIGHT_M
from .gait_choice import usual_froude
from .gaits import ACTIONS, Action, Gait, froude
from .request import QuadrupedRequest
from .slowing import BACKING_M_S, JUMPING_M_S, bend_limits, speed_words
from .way import Piece, slopes_along

_NOTED: Final = 0.6
"""Who goes slower than this part of what was asked in a bend is told so."""
_TIGHT_M: Final = 0.25
"""A bend of a smaller radius is tighter than half the trunk."""
_STEEP_DEG: Final = 35.0
_USUAL: Final = 0.5
"""Of the frames of a gait that was told, so many may be out of its usual speeds."""


def plan_notes(
    request: QuadrupedRequest,
    path: Path,
    way: tuple[Piece, ...],
    distances_m: Floats,
    speeds_m_s: Floats,
    actions: Floats,
    hip_height_m: float,
) -> tuple[str, ...]:
    """Notes on a plan.

    Args:
        request: in the model's world.
        path: of the request.
        way: along the path.
        distances_m, speeds_m_s: (T,) of the plan.
        actions: (T, 13) of the plan.
        hip_height_m: the animal's own.
    """
    size = hip_height_m / MODEL_HIP_HEIGHT_M
    return (
        *_turn_notes(way, size),
        *_bend_notes(path, way, size, hip_height_m),
        *_slope_notes(request, way, size),
        *_gait_notes(request, distances_m, speeds_m_s, actions, hip_height_m),
        *_backing_notes(request, path, hip_height_m),
        *_jump_notes(request, distances_m, speeds_m_s, size, hip_height_m),
    )


def _turn_notes(way: tuple[Piece, ...], size: float) -> list[str]:
    return [
        f"at {piece.path_m[0] * size:.1f} m the path doubles back: it turns about on the spot there"
        for piece in way[1:]
    ]


def _bend_notes(path: Path, way: tuple[Piece, ...], size: float, hip_height_m: float) -> list[str]:
    """The tightest bend that is gone much more slowly than asked."""
    along = np.concatenate([piece.path_m for piece in way])
    bends = np.concatenate([piece.bends for piece in way])
    limits, asked = bend_limits(bends), path.speeds(along)
    shares = limits / asked
    worst = int(np.argmax(shares < 1.02 * shares.min()))  # the first of those as tight
    if limits[worst] >= _NOTED * asked[worst]:
        return []
    at, radius = along[worst] * size, size / max(abs(float(bends[worst])), 1e-6)
    slow, fast = (speed_words(float(v[worst]), hip_height_m) for v in (limits, asked))
    tight = "is tighter than the body" if radius < _TIGHT_M * size else "bends tightly"
    return [f"at {at:.1f} m the path {tight} (radius {radius:.2f} m): {slow} instead of {fast}"]


def _slope_notes(request: QuadrupedRequest, way: tuple[Piece, ...], size: float) -> list[str]:
    slopes = np.concatenate([slopes_along(piece, request.terrain) for piece in way])
    worst = int(np.argmax(np.abs(slopes)))
    degrees = float(np.degrees(np.arctan(slopes[worst])))
    if abs(degrees) < _STEEP_DEG:
        return []
    at = float(np.concatenate([piece.path_m for piece in way])[worst]) * size
    verb = "rises" if degrees > 0 else "falls"
    note = (
        f"at {at:.1f} m the ground {verb} by {abs(degrees):.0f}°, steeper than the legs reach "
        f"({_STEEP_DEG:.0f}°): feet may miss the ground there"
    )
    return [note]


def _gait_notes(
    request: QuadrupedRequest,
    distances_m: Floats,
    speeds_m_s: Floats,
    actions: Floats,
    hip_height_m: float,
) -> list[str]:
    """Gaits that were told and are not usual at the speed they are gone in."""
    told = [(0.0, request.gait)] + [(c.at_m, c.gait) for c in request.gait_changes]
    told.sort(key=lambda place: place[0])
    found = []
    for (begin, gait), (end, _) in zip(told, [*told[1:], (np.inf, None)], strict=True):
        if gait is None:
            continue
        here = (distances_m >= begin) & (distances_m < end)
        here &= actions[:, ACTIONS.index(gait.value)] > 0.5
        note = _gait_note(gait, speeds_m_s[here], hip_height_m)
        if note and note not in found:
            found.append(note)
    return found


def _gait_note(gait: Gait, speeds_m_s: Floats, hip_height_m: float) -> str:
    if not len(speeds_m_s):
        return ""
    low, high = usual_froude(gait)
    numbers = froude(speeds_m_s)
    name = gait.value.replace("_", " on the ")
    speed = speed_words(float(np.median(speeds_m_s)), hip_height_m)
    if np.mean(numbers < low) > _USUAL:
        return f"a {name} at {speed}: animals of this size go slower gaits at that speed"
    if np.mean(numbers > high) > _USUAL:
        return f"a {name} at {speed}: animals of this size go faster gaits at that speed"
    return ""


def _backing_notes(request: QuadrupedRequest, path: Path, hip_height_m: float) -> list[str]:
    if not request.backward or path.speeds_m_s.max() <= 1.05 * BACKING_M_S:
        return []
    speed = speed_words(BACKING_M_S, hip_height_m)
    return [f"animals back up at a walk: {speed} at the most"]


def _jump_notes(
    request: QuadrupedRequest,
    distances_m: Floats,
    speeds_m_s: Floats,
    size: float,
    hip_height_m: float,
) -> list[str]:
    found = []
    for mark in request.marks:
        if mark.action is Action.JUMP:
            speed = float(np.interp(mark.at_m, distances_m, speeds_m_s))
            if speed < 0.7 * JUMPING_M_S:
                words = speed_words(speed, hip_height_m)
                found.append(f"the jump at {mark.at_m * size:.1f} m has a short run-up: {words}")
    return found
