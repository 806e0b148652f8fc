"""Arms that swing more or less than they do."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import normalise, quaternion_conjugate, quaternion_multiply
from ...motion.common_skeleton import COMMON_SKELETON
from .cycles import Cycles

_JOINTS: Final = COMMON_SKELETON.indices(
    [side + part for side in ("Left", "Right") for part in ("Shoulder", "Arm", "ForeArm", "Hand")]
)
_LARGEST_RAD: Final = np.deg2rad(np.array([12.0, 72.0, 45.0, 30.0] * 2, np.float32))
"""A swing away from the mean comes near to this and never beyond."""
_SHARE: Final = np.array(
    [(0.4, 0.4, 0.0), (1.0, 0.15, 0.15), (0.0, 0.35, 0.0), (0.0, 0.3, 0.3)] * 2, np.float32
)
"""How much of a swing larger than the captured one each joint takes up, about its parent's axes.

An upper arm swings wider forward and back, not across the body, and an elbow bends more, but not
so much more.
"""


def swing_arms(local: Floats, factor: Floats, cycles: Cycles) -> None:
    """Scale the arms' rotations about their mean over a stride, in place.

    Args:
        local: (N, J, 4) rotations relative to the parent.
        factor: (N,) 0 holds them still, 1 leaves them as they are.
        cycles: mean over a stride.
    """
    arms = local[:, _JOINTS]
    arms = np.where(arms[..., :1] < 0, -arms, arms)
    mean = normalise(cycles.mean("arms", arms))
    swing = quaternion_to_vector(quaternion_multiply(arms, quaternion_conjugate(mean)))
    wider = np.maximum(factor - 1.0, 0.0)[:, None, None] * _SHARE * swing
    # Only what is added bends toward the limit: a factor of 1 changes nothing.
    size, added = _lengths(swing), _lengths(wider)
    room = np.maximum(_LARGEST_RAD[:, None] - size, 1e-3)
    wider = wider * (room * np.tanh(added / room) / np.maximum(added, 1e-6))
    swing = np.minimum(factor, 1.0)[:, None, None] * swing + wider
    local[:, _JOINTS] = quaternion_multiply(vector_to_quaternion(swing), mean)


def _lengths(vectors: Floats) -> Floats:
    """(..., 1)."""
    return np.asarray(np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True)))
