"""Arms and legs: bones along their directions, hinges that bend the way they can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...maths.rotations import (
    cross,
    dot,
    length,
    normalise,
    quaternion_rotate,
    rotation_between,
)
from ...maths.smoothing import gaussian_smooth, smoothstep
from .body import Doubles
from .frames import across, turn_onto

_STRAIGHT: Final = 0.06
"""What a limb's usual hinge counts for against the bend that is seen: the sine of its angle,
squared."""
_CLEAR: Final = 0.6
_HINGE_S: Final = 0.1
_FOLDED_RAD: Final = np.radians([40.0, 80.0])
"""A knee that is bent further is believed, whichever way; and one that is bent less is not."""


@dataclass(frozen=True, eq=False)
class Hinge:
    """Two bones that bend about one axis.

    Args:
        upper, lower: (3,) from joint to joint at rest.
        axis: (3,) unit; the lower bone turns about it, by the right hand, when the limb bends.
    """

    upper: Doubles
    lower: Doubles
    axis: Doubles


def carried_axis(hinge: Hinge, body: Doubles, upper: Doubles) -> Doubles:
    """(T, 3) where a hinge's axis is if the limb swings the shortest way from its rest.

    Args:
        hinge: at rest.
        body: (T, 4) world rotation of what the limb hangs from.
        upper: (T, 3) direction of the upper bone.
    """
    rest = quaternion_rotate(body, np.broadcast_to(hinge.upper, upper.shape))
    axis = quaternion_rotate(body, np.broadcast_to(hinge.axis, upper.shape))
    return np.asarray(quaternion_rotate(rotation_between(rest, upper), axis))


def hinge_axes(upper: Doubles, lower: Doubles, usual: Doubles, rate_hz: float) -> Doubles:
    """(T, 3) unit axes about which a limb bends; a straight one keeps what it had, or its usual.

    Args:
        upper, lower: (T, 3) unit directions.
        usual: (T, 3) axes of a limb that says nothing.
        rate_hz: frames a second.
    """
    plane = cross(upper, lower)
    sine = length(plane)[:, None]
    bend = sine * plane + _STRAIGHT * usual
    steady = gaussian_smooth(bend, _HINGE_S * rate_hz)
    # Where it bends clearly, its plane now is what counts.
    clear = smoothstep(sine / _CLEAR)
    axis = across(clear * bend + (1.0 - clear) * steady, upper)
    lost = length(axis) < 1e-6
    return normalise(np.where(lost[:, None], across(usual, upper), axis))


def limb_rotations(
    hinge: Hinge, upper: Doubles, lower: Doubles, axis: Doubles
) -> tuple[Doubles, Doubles]:
    """World rotations (T, 4) of both bones along their directions, hinge axes as near as can be."""
    return (
        turn_onto((hinge.upper, hinge.axis), (upper, axis)),
        turn_onto((hinge.lower, hinge.axis), (lower, axis)),
    )


def knees_ahead(hip: Doubles, knee: Doubles, ankle: Doubles, usual: Doubles) -> Doubles:
    """(T, 3) knees that do not bend backwards; hips and ankles stay, and so do lengths.

    A leg seen from the front looks the same with its knee ahead and behind; the one that no knee
    can do is mirrored. A far bent knee is believed: who sits cross-legged turns it outwards.

    Args:
        hip, knee, ankle: (T, 3) metres.
        usual: (T, 3) axis about which the knee would bend, unit.
    """
    line = normalise(ankle - hip)
    ahead = normalise(cross(line, usual))
    out = dot(knee - hip, ahead)
    bent = np.arccos(np.clip(dot(normalise(knee - hip), normalise(ankle - knee)), -1.0, 1.0))
    doubted = 1.0 - smoothstep((bent - _FOLDED_RAD[0]) / (_FOLDED_RAD[1] - _FOLDED_RAD[0]))
    return np.asarray(knee - (2.0 * doubted * np.minimum(out, 0.0))[:, None] * ahead)
