"""What the network of talking sees and gives, frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.layout import Layout
from ...maths.rotations import quaternion_to_six, six_to_quaternion
from .stills import ArmPlan
from .upper_body import REST, REST_WRISTS, UPPER_BODY

POSE_LAYOUT: Final = Layout(dict.fromkeys(UPPER_BODY, 6))
"""Two columns of each joint's local rotation."""
CONDITION_LAYOUT: Final = Layout(
    {
        "left_place": 3,
        "right_place": 3,
        "left_held": 1,
        "right_held": 1,
        "left_hangs": 1,
        "right_hangs": 1,
    }
)
"""Per frame: the straight way of both wrists from still to still, from where they hang, and whether
they are still and hang."""


def condition_of(plan: ArmPlan) -> Floats:
    """(T, C) of a plan."""
    places = (plan.places() - REST_WRISTS).reshape(plan.frame_count, -1)
    parts = (places, plan.held(), plan.hanging())
    return np.asarray(np.concatenate(parts, axis=1), np.float32)


def features_of(pose: Floats) -> Floats:
    """(T, F) of an upper body (T, 13, 4)."""
    return quaternion_to_six(pose).reshape(len(pose), -1).astype(np.float32)


def pose_of(features: Floats) -> Floats:
    """(T, 13, 4) of features (T, F)."""
    return six_to_quaternion(features.reshape(len(features), len(UPPER_BODY), 6))


REST_FEATURES: Final = features_of(REST[None])[0]
