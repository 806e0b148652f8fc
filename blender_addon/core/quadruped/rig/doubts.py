"""What about a four-legged rig is worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from .rig_map import LegMap

_UNEVEN: Final = 0.04
"""Relative difference of two legs' lengths that shows."""


def uneven_legs(legs: Sequence[LegMap]) -> tuple[str, ...]:
    """A warning for each pair of legs of clearly different length.

    Args:
        legs: LH, LF, RH, RF.
    """
    found = []
    for left, right, end in ((legs[0], legs[2], "hind"), (legs[1], legs[3], "front")):
        lengths = [_length(leg) for leg in (left, right)]
        shorter, longer = sorted(lengths)
        if shorter < (1.0 - _UNEVEN) * longer:
            side = "left" if lengths[0] < lengths[1] else "right"
            found.append(
                f"the {side} {end} leg is {100 * (1 - shorter / longer):.0f} % shorter than the "
                "other; the motion is made for their mean, so a foot may not reach the ground. "
                "Check the rest pose in Edit Mode"
            )
    return tuple(found)


def _length(leg: LegMap) -> float:
    points = leg.points[list(leg.joints[1 if leg.fore else 0 :])]
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
