"""What goes along with the hands: trunk, shoulders, head, wrists; and how much of it shows.

A talker whose arms alone move is a puppet: the trunk leans and turns a little with the hands, the
head beats with the strokes, a hand trails behind its forearm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..request import Stroke
from .stills import ArmPlan
from .upper_body import ARM_PARTS, RATE_HZ, REST_WRISTS, UPPER_BODY, wrists

_LEAN_RAD_M: Final = 0.07
"""Forward lean of each of three spine joints, for each metre both hands are ahead of rest."""
_TURN_RAD_M: Final = 0.09
"""Turn of each towards the side of the hand that is out further."""
_SIDE_RAD_M: Final = 0.05
_LAG_S: Final = 0.20
_SHRUG_RAD_M: Final = 0.12
_NOD_RAD: Final = np.deg2rad(4.0)
_NOD_S: Final = 0.12
_WRIST_RAD_S_M: Final = 0.16
"""How far a hand trails its wrist's speed; for each m/s."""
_WRIST_MOST_RAD: Final = np.deg2rad(20.0)
_RAMP_S: Final = 0.3
_OPEN_HANGING, _OPEN_UP = 0.35, 0.75
_X: Final = np.array([1.0, 0.0, 0.0], np.float32)
_Y: Final = np.array([0.0, 1.0, 0.0], np.float32)
_Z: Final = np.array([0.0, 0.0, 1.0], np.float32)


def weights(plan: ArmPlan) -> tuple[Floats, Floats]:
    """How much arms (T, 2) and trunk (T,) follow the gesture: 0 while both hang, 1 while up."""
    moving = ~plan.hanging()
    ramp = round(_RAMP_S * RATE_HZ)
    arms = np.stack([_eased(moving[:, side], ramp) for side in (0, 1)], axis=1)
    trunk = _eased(moving.any(axis=1), 2 * ramp)
    return arms, trunk


def _eased(on: Bools, ramp: int) -> Floats:
    """(T,) 1 where on for long, 0 where off, rising and falling within the ramp inside."""
    count = np.arange(len(on))
    off = np.flatnonzero(~on)
    if not len(off):
        nearest = np.minimum(count, count[::-1]) + 1
    else:
        after = np.searchsorted(off, count)
        before = np.where(after > 0, count - off[np.maximum(after - 1, 0)], len(on))
        ahead = np.where(after < len(off), off[np.minimum(after, len(off) - 1)] - count, len(on))
        nearest = np.minimum(np.minimum(before, ahead), np.minimum(count, count[::-1]) + 1)
    return np.asarray(smoothstep(np.where(on, nearest, 0) / ramp), np.float32)


def accompany(
    pose: Floats, strokes: Sequence[Stroke], *, head: bool, size: Floats | float = 1.0
) -> Floats:
    """An upper body in which trunk, shoulders, wrists and perhaps the head go along.

    Args:
        pose: (T, 13, 4) local rotations of UPPER_BODY.
        strokes: for the head's nods.
        head: whether it nods; else it stays level as the trunk leans.
        size: of the settings, one or (T,).
    """
    out = pose.copy()
    places = wrists(pose)
    gone = places - REST_WRISTS
    slow = gaussian_smooth(gone, _LAG_S * RATE_HZ)
    ahead, across = slow[..., 2].mean(axis=1), slow[:, 0, 2] - slow[:, 1, 2]
    out_of_line = slow[:, 0, 0] + slow[:, 1, 0]
    for joint in ("Spine", "Spine1", "Spine2"):
        _turn(out, joint, _X, _LEAN_RAD_M * ahead)
        _turn(out, joint, _Y, -_TURN_RAD_M * across)
        _turn(out, joint, _Z, -_SIDE_RAD_M * out_of_line)
    for side, sign in ((0, 1.0), (1, -1.0)):
        _turn(out, f"{('Left', 'Right')[side]}Shoulder", _Z, sign * _SHRUG_RAD_M * slow[:, side, 1])
        _trail(out, places[:, side], side)
    nod = _nods(strokes, len(pose)) * np.asarray(size) if head else np.zeros(len(pose))
    _turn(out, "Neck", _Y, 1.5 * _TURN_RAD_M * across)
    _turn(out, "Neck", _X, 0.4 * nod - 1.5 * _LEAN_RAD_M * ahead)
    _turn(out, "Head", _X, 0.6 * nod - 1.0 * _LEAN_RAD_M * ahead)
    return out


def _turn(pose: Floats, joint: str, axis: Floats, angle_rad: Floats) -> None:
    n = UPPER_BODY.index(joint)
    pose[:, n] = quaternion_multiply(axis_angle_to_quaternion(axis, angle_rad), pose[:, n])


def _trail(pose: Floats, places: Floats, side: int) -> None:
    """Let the hand bend at the wrist against the way it goes: up while it sinks."""
    velocity = np.gradient(gaussian_smooth(places, 1.5), axis=0)[:, 1] * RATE_HZ
    late = gaussian_smooth(np.roll(velocity, 1), 2.0)
    limit = _WRIST_MOST_RAD
    bend = limit * np.tanh(_WRIST_RAD_S_M * late / limit)
    hand = ARM_PARTS[side].stop - 1
    sign = -1.0 if side == 0 else 1.0
    turn = axis_angle_to_quaternion(_Z, sign * bend)
    pose[:, hand] = quaternion_multiply(pose[:, hand], turn)


def _nods(strokes: Sequence[Stroke], frame_count: int) -> Floats:
    """(T,) forward tilt: lowest at each apex, a little up before."""
    times = np.arange(frame_count) / RATE_HZ
    nod = np.zeros(frame_count)
    for stroke in strokes:
        late = (times - stroke.time_s) / _NOD_S
        nod += stroke.size * (np.exp(-0.5 * late**2) - 0.35 * np.exp(-0.5 * (late + 2.0) ** 2))
    return np.asarray(_NOD_RAD * nod)


def openness(plan: ArmPlan, arms: Floats) -> Floats:
    """(T, 2) how open each hand is: 0 a fist, 1 flat."""
    opened = gaussian_smooth(arms, 3.0)
    return np.asarray(_OPEN_HANGING + (_OPEN_UP - _OPEN_HANGING) * opened, np.float32)
