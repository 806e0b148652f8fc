"""Puts head and eyes together: the head takes its share, each eye what is left to look there.

The eyes are computed after the head, from the point looked at and where the turned head has carried
each eye; so the vestibulo-ocular reflex and vergence are exact, and gaze lands where it should
whatever the head does.

Network and formula know shifts; both leave the eyes aside for as long as gaze stays there,
which looks askance. So, by rule, the head slowly follows where the eyes stay more than 10° aside.
Source: Stahl 1999, Amplitude of human head movements associated with horizontal saccades: eyes keep
to a customary range well within what they could reach. Range and delay here are our choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..face.eye_angles import angles_to_rotations
from ..maths.rotations import quaternion_conjugate, quaternion_rotate
from ..maths.smoothing import gaussian_smooth
from .eye_head_features import (
    HEAD_LIMITS_DEG,
    angles_to_directions,
    decode_head,
    directions_to_angles,
)
from .request import GazeRequest
from .trajectory import GazeTrajectory

_AT_EASE_RAD: Final = float(np.deg2rad(10.0))
_STAYED_FRAMES: Final = 42
_FOLLOW_SMOOTHING_FRAMES: Final = 18.0
_FOLLOW_DELAY_FRAMES: Final = 15
_REST_S: Final = 0.5
_REST_SPEED_RAD_S: Final = float(np.deg2rad(60.0))
_STEEPEST: Final = 1.875  # of the rise below


@dataclass(frozen=True, eq=False)
class EyesAndHead:
    """Over T frames.

    Args:
        eyes_rad: (T, 2, 2) left and right eye, yaw and pitch.
        head_offset_rad: (T, 2).
        missed_rad: (T,) angle by which the eyes' limits keep gaze from its trajectory.
        at_ends: (T,) whether the head is only on its way from, or to, where it was animated.
    """

    eyes_rad: Floats
    head_offset_rad: Floats
    missed_rad: Floats
    at_ends: Bools


def compose(request: GazeRequest, trajectory: GazeTrajectory, head: Floats) -> EyesAndHead:
    """Turn the head's part and the trajectory of the gaze into eyes and head.

    Args:
        request, trajectory: of one character.
        head: (T, 2) what the network or the formula adds to the head; the eyes follow the
            trajectory, whose saccades are on the main sequence.
    """
    settings = request.settings
    offset = decode_head(
        head,
        trajectory.angles_rad,
        head_share=settings.head_share,
        eye_limits_deg=settings.eye_limits_deg,
    )
    share = min(settings.head_share, 1.0)
    offset = _limit_head(offset + share * _follow(trajectory.angles_rad - offset))
    here = _ends(offset) if settings.rest_at_ends else np.ones(len(offset))
    offset = offset * here[:, None]
    eyes, missed = _turn_eyes(request, trajectory, offset)
    return EyesAndHead(eyes, offset, missed, here < 1.0)


def _follow(eye_rad: Floats) -> Floats:
    """(T, 2) by how much the head comes after eyes that have stayed aside all of a while."""
    beyond = eye_rad - np.clip(eye_rad, -_AT_EASE_RAD, _AT_EASE_RAD)
    stayed = _least_of_late(np.maximum(beyond, 0.0)) - _least_of_late(np.maximum(-beyond, 0.0))
    slow = gaussian_smooth(stayed, _FOLLOW_SMOOTHING_FRAMES)
    # So late that it hardly begins to come back before the eyes do.
    return np.asarray(slow[np.maximum(np.arange(len(slow)) - _FOLLOW_DELAY_FRAMES, 0)])


def _least_of_late(values: Floats) -> Floats:
    """(T, 2) minimum over each frame and those before it, in steps that double."""
    span = 1
    while span < _STAYED_FRAMES:
        step = min(span, _STAYED_FRAMES - span)
        earlier = values[np.maximum(np.arange(len(values)) - step, 0)]
        values = np.minimum(values, earlier)
        span += step
    return values


def _limit_head(offset: Floats) -> Floats:
    """Head offsets (T, 2) within what a neck can do."""
    reach = np.deg2rad(HEAD_LIMITS_DEG)
    return np.asarray(np.clip(offset, -reach, reach))


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


def _turn_eyes(
    request: GazeRequest, trajectory: GazeTrajectory, offset: Floats
) -> tuple[Floats, Floats]:
    """Eyes (T, 2, 2) that look at the trajectory's point from a head with this offset."""
    turn = angles_to_rotations(offset)
    point = trajectory.distances_m[:, None] * angles_to_directions(trajectory.angles_rad)
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
