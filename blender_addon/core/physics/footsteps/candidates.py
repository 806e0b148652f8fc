"""The next step's candidates and what each is worth.

A step may be put beside where it would be put anyway: five places across, five along, five turns
(125). Each pays for ground that is not flat under the sole, for a thing near foot or body, and for
being unlike the step that was meant.

Source: Peng et al. 2017, DeepLoco, section 6: the high level chooses the next footsteps on a
32 × 32 map of heights. Theirs is 11 × 11 m, a cell as long as a foot and a half; ours are two maps,
1.28 m for the sole and 4 m for the way, so that edges of a few centimetres are seen as well.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.headings import root_to_world
from ...motion.common_skeleton import HEEL_BACK_M, TIP_AHEAD_M
from .surroundings import Surroundings

_ACROSS_M: Final = np.array([-0.12, -0.06, 0.0, 0.06, 0.12])
_ALONG_M: Final = np.array([-0.18, -0.09, 0.0, 0.09, 0.18])
_TURNS_RAD: Final = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
CANDIDATES: Final = np.stack(
    np.meshgrid(_ACROSS_M, _ALONG_M, _TURNS_RAD, indexing="ij"), axis=-1
).reshape(-1, 3)
"""(125, 3) metres to the left, metres ahead and radians to the left of the step that is meant."""
AS_MEANT: Final = len(CANDIDATES) // 2
"""The candidate that changes nothing."""

_TOE_M: Final = 0.125
_FOOT_MIDDLE_M: Final = 0.5 * _TOE_M
_MARGIN_M: Final = 0.015
_SOLE: Final = np.stack(
    np.meshgrid(
        np.linspace(-0.042 - _MARGIN_M, 0.042 + _MARGIN_M, 4),
        np.linspace(
            -_FOOT_MIDDLE_M - HEEL_BACK_M - _MARGIN_M,
            _TOE_M - _FOOT_MIDDLE_M + TIP_AHEAD_M + _MARGIN_M,
            9,
        ),
        indexing="ij",
    ),
    axis=-1,
).reshape(-1, 2)
"""(36, 2) places under a sole, to the left of and ahead of the middle between ankle and ball."""
_SOLE_FIT: Final = np.linalg.pinv(_SOLE - _SOLE.mean(axis=0))
"""(2, 36) takes the slope of the ground out of heights under a sole."""
_BODY_NEAREST_M: Final = 0.34
_FOOT_CLEAR_M: Final = 0.2
_BLOCKED: Final = 100.0


def unevenness(surroundings: Surroundings, places: Floats) -> tuple[Floats, Floats]:
    """How ill soles stand on the ground.

    Args:
        surroundings: the ground.
        places: (..., 3) x, z and heading of the middle between ankle and ball.

    Returns:
        (...) metres between the highest and the lowest ground under each, slopes taken out, and
        (...) height on which it stands.
    """
    if surroundings.is_level:
        height = surroundings.ground.heights(places[..., :2])
        return np.zeros(places.shape[:-1]), np.asarray(height, np.float64)
    spots = places[..., None, :2] + root_to_world(_SOLE, places[..., 2, None])
    under = np.asarray(surroundings.ground.heights(spots), np.float64)
    mean = under.mean(axis=-1)
    slopes = ((under - mean[..., None]) @ _SOLE_FIT.T) @ _SOLE.T
    return np.ptp(under - slopes, axis=-1), mean


def ground_costs(surroundings: Surroundings, places: Floats) -> tuple[Floats, Floats]:
    """What soles pay for where they stand.

    Args:
        surroundings: ground and things.
        places: (..., 3) as above.

    Returns:
        (...) costs and (...) heights of the ground.
    """
    uneven, heights = unevenness(surroundings, places)
    cost = np.minimum(uneven / 0.01, 3.0) + 40.0 * uneven
    if surroundings.outlines:
        near = _FOOT_CLEAR_M - surroundings.clearance(places[..., :2])
        cost = cost + np.where(near > 0.1, _BLOCKED, 200.0 * np.maximum(near, 0.0) ** 2)
    return cost, heights


def body_costs(surroundings: Surroundings, places: Floats) -> Floats:
    """(...) what the body pays for passing places (..., 2)."""
    if not surroundings.outlines:
        return np.zeros(places.shape[:-1])
    clear = surroundings.clearance(places)
    ease = surroundings.passing_m
    near = np.maximum(ease - clear, 0.0) / (ease - _BODY_NEAREST_M)
    return np.asarray(4.0 * near**2 + np.where(clear < _BODY_NEAREST_M, _BLOCKED, 0.0))


def comfort_costs(changes: Floats) -> Floats:
    """(...) what a step pays for being other than meant by changes (..., 3)."""
    return np.asarray(np.square(changes / np.array([0.12, 0.2, 0.4])).sum(axis=-1))
