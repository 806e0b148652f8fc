"""Hips that sway and bounce more or less, and ride higher or lower over the legs."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotation_vectors import quaternion_to_vector
from ...maths.rotations import length
from .body import UPPER, Body
from .cycles import Cycles
from .legs import LEGS, full_reach

_CROUCH_M: Final = 0.23
"""How far the hips sink in the deepest crouch, of a person."""
_SWAY_LIMIT_M: Final = 0.1
_ROLL_LIMIT_RAD: Final = 0.2
_YAW_SHARE: Final = 0.5
_USUAL: Final = np.array([0.02, 0.07, 0.07], np.float32)
"""How far people's hips go to the side, metres, and their pelvis turns and rolls, to one side."""
_LARGEST_GAIN: Final = 2.5
_STRAIGHT: Final = 0.996
"""Share of a carrying leg's length that a straight one uses."""
_COMFORTABLE: Final = 0.985
"""Share that a leg may use before the hips sink, where it did not use more already."""
_MARGINS_M: Final = np.array([0.06, 0.025, 0.0], np.float32)
"""How much more may be asked of a leg in the air, on heel or toe, and flat on the ground: the foot
comes along, or rises on its toe."""
_DEEPEST_M: Final = 0.2
_HIGHEST_M: Final = 0.08
_FOLLOWS: Final = {"Hips": 1.0, "Spine": 0.4, "Spine1": -0.15, "Spine2": -0.3, "Neck": -0.1}
"""How the trunk turns with the pelvis and back again above it."""
_SHARES: Final = np.array(
    [_FOLLOWS.get(n.removeprefix("Left").removeprefix("Right"), 0.0) for n in UPPER], np.float32
)
_SHOULDERS: Final = [UPPER.index(side + "Shoulder") for side in ("Left", "Right")]
_SHARES[_SHOULDERS] = _FOLLOWS["Spine2"]


def sway_hips(body: Body, factor: Floats, cycles: Cycles) -> None:
    """Scale the hips' way to the side and the pelvis's roll about their means over a stride.

    Args:
        body: to be changed.
        factor: (N,) 1 leaves them as they are.
        cycles: mean over a stride.
    """
    pelvis = quaternion_to_vector(body.turns[:, 0])
    now = np.concatenate((body.hips[:, :1], pelvis[:, 1:]), axis=1)
    off = now - cycles.mean("sway", now)
    # Who hardly sways at all has to be given something to enlarge.
    size = np.sqrt(2.0 * np.maximum(cycles.mean("sway size", off * off), 0.0))
    gain = np.maximum(_USUAL / np.maximum(size, _USUAL / _LARGEST_GAIN), 1.0)
    off *= (
        np.where(factor > 1.0, factor - 1.0, 0.0)[:, None] * gain
        + np.minimum(factor - 1.0, 0.0)[:, None]
    )
    body.shift[:, 0] += _limited(off[:, 0], _SWAY_LIMIT_M)
    yaw, roll = (_limited(off[:, n], _ROLL_LIMIT_RAD) for n in (1, 2))
    body.angles[..., 1] += _YAW_SHARE * yaw[:, None] * _SHARES
    body.angles[..., 2] += roll[:, None] * _SHARES


def bounce_hips(body: Body, factor: Floats, cycles: Cycles) -> None:
    """Scale how the hips go up and down about their mean over a stride.

    Args:
        body: to be changed.
        factor: (N,) 1 leaves them as they are.
        cycles: mean over a stride.
    """
    height = body.hips[:, 1]
    off = height - cycles.mean("height", height)
    body.shift[:, 1] += off * (factor - 1.0)
    # Legs do not grow: what goes up further, or no longer down, does so from lower down.
    size = np.sqrt(2.0 * np.maximum(cycles.mean("bounce", off * off), 0.0))
    body.shift[:, 1] -= 0.7 * size * np.abs(factor - 1.0)


def lower_hips(body: Body, crouch: Floats) -> None:
    """Sink by a share (N,) of the deepest crouch."""
    body.shift[:, 1] -= _CROUCH_M * crouch


def fit_hips(body: Body, feet: Floats, straight: Floats | float, cycles: Cycles) -> None:
    """Sink where a leg would be too short for its foot; rise until legs are nearly straight.

    Args:
        body: upper joints turned.
        feet: (N, 2, 3) where the ankles shall be.
        straight: (N,) how much of the way up, 1 for all of it.
        cycles: smooths what is found.
    """
    lowest: list[Floats] = []
    highest: list[Floats] = []
    for number, leg in enumerate(LEGS):
        away = feet[:, number] - leg.socket(body)
        across = away[:, 0] ** 2 + away[:, 2] ** 2
        asked = length(body.joints[:, leg.foot] - body.joints[:, leg.thigh])
        enough = np.maximum(asked, _COMFORTABLE * full_reach())
        margin = np.take(_MARGINS_M, body.carrying[:, number].sum(axis=1))
        for reach, rooms in ((enough, lowest), (_STRAIGHT * full_reach(), highest)):
            down = np.sqrt(np.maximum(reach**2 - across, 0.0))
            rooms.append(down + away[:, 1] + margin)
    sunk = cycles.lowest("sunk", np.clip(np.minimum(*lowest), -_DEEPEST_M, 0.0))
    raised = cycles.lowest("raised", np.clip(np.minimum(*highest), 0.0, _HIGHEST_M))
    body.hips[:, 1] += sunk + straight * raised


def _limited(values: Floats, limit: float) -> Floats:
    return np.asarray(limit * np.tanh(values / limit), values.dtype)
