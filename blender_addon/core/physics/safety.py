"""What can be simulated and what cannot, said before and while it is done."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import PhysicsError, SettingsError
from ..maths.rotations import quaternion_conjugate, quaternion_rotate
from ..motion.common_skeleton import COMMON_SKELETON
from ..settings import declared
from .clip_poses import FRAME_RATE_HZ, body_positions, body_rotations
from .figure import BODY_NAMES
from .getting_back import lowest_over
from .request import PhysicsRequest, Push
from .settings import Mode
from .shapes import depths_in

TELEPORT_M_S: Final = 30.0
FAST_M_S: Final = 12.0
LONGEST_S: Final = 3600.0
BURIED_M: Final = 0.3
DENT_M: Final = 0.02
IN_THE_AIR_M: Final = 0.3
INSIDE_M: Final = 0.1
_TRUNK: Final = 3
"""So many bodies come first: pelvis, chest and head."""


def check_request(request: PhysicsRequest) -> None:
    """Refuse what cannot be simulated.

    Raises:
        PhysicsError: says what was found and what was expected.
        SettingsError: a setting is out of range.
    """
    for each in declared(request.settings):
        each.check(getattr(request.settings, each.field))
    _check_clip(request)
    for number, push in enumerate(request.pushes, 1):
        _check_push(push, number)
    _check_help(request)


def explosion(frame: int) -> PhysicsError:
    """What is raised when the engine's numbers are none any more."""
    return PhysicsError(
        f"the simulation came apart at {frame / FRAME_RATE_HZ:.2f} s; nothing was written. "
        "Push less hard, or take away what the body is stuck in"
    )


def start_notes(request: PhysicsRequest, poses: Floats) -> tuple[str, ...]:
    """What is to be said before anything is simulated, in sentences.

    Args:
        request: checked already.
        poses: (T, 45) of the figure in the animation.

    Raises:
        PhysicsError: the body begins in the ground, or in an obstacle.
    """
    _check_outside(request, poses[0])
    return (*_place_notes(request, poses[:1]), *_speed_notes(request), *_time_notes(request))


def _check_outside(request: PhysicsRequest, start: Floats) -> None:
    """The engine would fling a body out of what it is in.

    Raises:
        PhysicsError: names the obstacle.
    """
    middles = body_positions(start[None], body_rotations(start[None]))[0, :_TRUNK]
    for each in request.world.obstacles:
        back = quaternion_conjugate(each.turns[0])
        there = quaternion_rotate(back, middles - each.places[0])
        if depths_in(each.corners, there).max() > INSIDE_M:
            raise PhysicsError(
                f"the body is stuck in the obstacle '{each.name}' at the start, expected outside. "
                "An obstacle is solid up to its convex hull: move it, or make parts of it objects"
            )


def _place_notes(request: PhysicsRequest, start: Floats) -> list[str]:
    ground = request.world.ground
    over = float(lowest_over(start, ground)[0])
    pelvis = float((start[:, 1] - ground.heights(start[:, [0, 2]]))[0])
    if pelvis < 0.0 and over < -BURIED_M:
        raise PhysicsError(
            f"the body begins {-over:.1f} m under the ground, expected on it. Move the ground or "
            "the character, or choose another ground"
        )
    if np.isnan(pelvis):
        return ["There is no ground under the start: the body falls into the hole"]
    if (lift := start_lift(request, start)) > 0.0:
        return [f"The motion begins {lift:.2f} m in the ground: the body was lifted onto it"]
    if over > IN_THE_AIR_M:
        return [f"The motion starts {over:.1f} m over the ground, and falls from there"]
    return []


def start_lift(request: PhysicsRequest, poses: Floats) -> float:
    """By how much a body is lifted that begins in the ground, metres.

    The ground would fling it into the air.

    Args:
        request: checked already.
        poses: (T, 45) of the figure in the animation.
    """
    over = float(lowest_over(poses[:1], request.world.ground)[0])
    return -over if over < -DENT_M else 0.0


def _speed_notes(request: PhysicsRequest) -> list[str]:
    clip = request.clip
    speeds = _speeds(clip.root_positions) * clip.frame_rate_hz
    if not len(speeds) or speeds.max() < FAST_M_S:
        return []
    at_s = int(speeds.argmax()) / clip.frame_rate_hz
    fast = f"{speeds.max():.0f} m/s at {at_s:.2f} s"
    return [f"The motion moves at {fast}: muscles cannot follow that"]


def _time_notes(request: PhysicsRequest) -> list[str]:
    end_s, settings = end_of(request), request.settings
    notes = [
        f"Push {number} at {push.at_s:.1f} s is outside of what is simulated and is left out"
        for number, push in enumerate(request.pushes, 1)
        if push.at_s >= end_s or push.at_s + push.duration_s < 0.0
    ]
    if settings.mode is Mode.FALL and request.limp_from_s >= end_s:
        notes.append(f"Muscles fade from {request.limp_from_s:.1f} s on, after the end: no fall")
    return notes


def end_of(request: PhysicsRequest) -> float:
    """Until when it is simulated, in seconds."""
    return request.clip.duration_s if request.end_s is None else request.end_s


def _check_clip(request: PhysicsRequest) -> None:
    clip = request.clip
    if clip.skeleton.names != COMMON_SKELETON.names:
        raise PhysicsError("only motion of the common skeleton can be simulated; retarget it first")
    end_s = end_of(request)
    if not 0.0 <= end_s <= LONGEST_S:
        raise PhysicsError(f"expected an end from 0 to {LONGEST_S:g} s; found {end_s:g} s")
    if not np.isfinite(request.limp_from_s):
        raise PhysicsError(f"muscles cannot fade from {request.limp_from_s} s on")
    speeds = _speeds(clip.root_positions) * clip.frame_rate_hz
    if len(speeds) and speeds.max() > TELEPORT_M_S:
        frame = int(speeds.argmax())
        raise PhysicsError(
            f"the motion leaps at {frame / clip.frame_rate_hz:.2f} s, with {speeds.max():.0f} m/s, "
            f"expected less than {TELEPORT_M_S:g} m/s. Simulate the parts before and after it"
        )


def _speeds(positions: Floats) -> Floats:
    return np.asarray(np.linalg.norm(np.diff(positions.astype(np.float64), axis=0), axis=1))


def _check_push(push: Push, number: int) -> None:
    if push.body not in BODY_NAMES:
        raise PhysicsError(
            f"push {number} is on {push.body!r}, expected one of {', '.join(BODY_NAMES)}"
        )
    impulse = np.asarray(push.impulse_n_s, np.float64)
    numbers = np.append(impulse.ravel(), (push.at_s, push.duration_s))
    if impulse.shape != (3,) or not np.isfinite(numbers).all():
        raise PhysicsError(f"push {number} is not made of finite numbers")
    if push.duration_s < 0.0:
        raise PhysicsError(f"push {number} lasts {push.duration_s:g} s, expected 0 or more")


def _check_help(request: PhysicsRequest) -> None:
    track = request.help_track
    if track is None:
        return
    if np.shape(track) != (request.clip.frame_count,):
        raise PhysicsError(
            f"expected help at each of {request.clip.frame_count} frames; found {np.shape(track)}"
        )
    if not (np.isfinite(track).all() and np.min(track) >= 0.0 and np.max(track) <= 100.0):
        raise SettingsError("help must be from 0 to 100 % at every frame")
