"""Puts head and eyes together: the head takes its share, each eye what is left to look there.

The eyes are computed after the head, from the point looked at and where the turned head has carried
each eye; so the vestibulo-ocular reflex and vergence are exact, and gaze lands where it should
whatever the head does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from ..features.eye_head_features import (
    angles_to_directions,
    angles_to_rotations,
    decode_head,
    directions_to_angles,
)
from ..maths.rotations import quaternion_conjugate, quaternion_rotate
from .gaze_course import GazeCourse
from .gaze_request import GazeRequest

_REST_S: Final = 0.5
_REST_SPEED_RAD_S: Final = float(np.deg2rad(60.0))
_STEEPEST: Final = 1.875  # of the rise below


@dataclass(frozen=True, eq=False)
class EyesAndHead:
    """Over T frames.

    Args:
        eyes_rad: (T, 2, 2) left and right eye, yaw and pitch.
        head_offset_rad: (T, 2).
        missed_rad: (T,) angle by which the eyes' limits keep gaze from its course.
    """

    eyes_rad: Floats
    head_offset_rad: Floats
    missed_rad: Floats


def compose(request: GazeRequest, course: GazeCourse, outputs: Floats) -> EyesAndHead:
    """Turn the network's head and the course of the gaze into eyes and head.

    Args:
        request, course: of one character.
        outputs: (T, 4) of the eye–head network, of which the head offset is taken; the eyes follow
            the course, whose saccades are on the main sequence.
    """
    settings = request.settings
    offset = decode_head(
        outputs,
        course.angles_rad,
        head_share=settings.head_share,
        eye_limits_deg=settings.eye_limits_deg,
    )
    if settings.rest_at_ends:
        offset = offset * _ends(offset)[:, None]
    eyes, missed = _turn_eyes(request, course, offset)
    return EyesAndHead(eyes, offset, missed)


def _ends(offset: Floats) -> Floats:
    """(T,) rising smoothly from 0 at the first frame, falling to 0 at the last."""
    place = np.arange(len(offset))
    return _rise(place, offset) * _rise(place, offset[::-1])[::-1]


def _rise(place: Ints, offset: Floats) -> Floats:
    """(T,) 0 to 1 within half a second, or slower where the head would have to hurry."""
    farthest = float(np.abs(offset[: int(2 * MODEL_FRAME_RATE_HZ)]).max())
    length = MODEL_FRAME_RATE_HZ * max(_REST_S, _STEEPEST * farthest / _REST_SPEED_RAD_S)
    share = np.clip(place / max(1.0, min(length, (len(offset) - 1) / 2)), 0.0, 1.0)
    return np.asarray(share**3 * (share * (6 * share - 15) + 10))


def _turn_eyes(request: GazeRequest, course: GazeCourse, offset: Floats) -> tuple[Floats, Floats]:
    """Eyes (T, 2, 2) that look at the course's point from a head with this offset."""
    turn = angles_to_rotations(offset)
    point = course.distances_m[:, None] * angles_to_directions(course.angles_rad)
    if request.pivot_m is not None:
        pivot = np.asarray(request.pivot_m, np.float64)
        point = point - pivot + quaternion_rotate(turn, np.broadcast_to(pivot, point.shape))
    seen = quaternion_rotate(quaternion_conjugate(turn), point)
    side = np.array([0.5, -0.5])[:, None] * np.array([request.eye_distance_m, 0.0, 0.0])
    wished = directions_to_angles(seen[:, None] - side)
    across, up, down = np.deg2rad(request.settings.eye_limits_deg)
    over = wished - np.clip(wished, (-across, -down), (across, up))
    # One eye at its limit stops the other as well, so that both still meet where they did.
    over = np.maximum(over.max(axis=1), 0.0) + np.minimum(over.min(axis=1), 0.0)
    eyes = np.clip(wished - over[:, None], (-across, -down), (across, up))
    middle = directions_to_angles(seen)
    limited = np.clip(middle, (-across, -down), (across, up))
    short = angles_to_directions(limited) - angles_to_directions(middle)
    return eyes, np.linalg.norm(short, axis=-1)
