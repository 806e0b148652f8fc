"""Elbows are hinges: a forearm bends about one axis of its upper arm, never sideways or back."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import (
    axis_angle_to_quaternion,
    cross,
    dot,
    normalise,
    quaternion_rotate,
)

_STRAIGHT: Final = 0.15
"""Sine of the bend below which an elbow's axis is rather the usual one."""


def keep_hinge(
    upper: Floats,
    lower: Floats,
    upper_turn: Floats,
    lower_turn: Floats,
    usual: Floats | None = None,
) -> Floats:
    """Turn of an upper arm about itself with which the elbow goes on bending about its own axis.

    The shortest turns that bring both bones to new places would let the forearm bend sideways.

    Args:
        upper, lower: (T, 3) both bones before.
        upper_turn, lower_turn: (T, 4) world turns that have brought them where they are.
        usual: (T, 3) axis of the elbow before, for an arm that is straight; None for that in which
            it is bent, however little.

    Returns:
        (T, 4), to be multiplied onto ``upper_turn`` from the left.
    """
    if usual is None:
        usual = normalise(cross(normalise(upper), normalise(lower)))
    rotated = quaternion_rotate(upper_turn, usual)
    before = quaternion_rotate(upper_turn, _hinge(upper, lower, usual))
    now_upper = quaternion_rotate(upper_turn, upper)
    after = _hinge(now_upper, quaternion_rotate(lower_turn, lower), rotated)
    along = normalise(now_upper)
    before = before - dot(before, along)[:, None] * along
    sine, cosine = dot(cross(before, after), along), dot(before, after)
    return axis_angle_to_quaternion(along, np.arctan2(sine, cosine))


def _hinge(upper: Floats, lower: Floats, usual: Floats) -> Floats:
    """(T, 3) axis about which an elbow bends; of a straight arm the usual one."""
    bent = cross(normalise(upper), normalise(lower))
    return normalise(bent + np.float32(_STRAIGHT) * usual)
