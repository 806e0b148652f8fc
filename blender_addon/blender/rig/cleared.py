"""Keeps hands and elbows out of the body of a character; without Blender data."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.retarget.body_shape import Girth
from ...core.retarget.clearance import clear_body
from .skeleton import RigSkeleton

_CHAINS: Final = (
    ("LeftUpLeg", "LeftLeg", "LeftFoot"),
    ("LeftArm", "LeftForeArm", "LeftHand"),
    ("RightArm", "RightForeArm", "RightHand"),
)
"""By which the size of a character is told."""


def clear_of_body(
    rig: RigSkeleton,
    clip: MotionClip,
    weights: Floats,
    girth: Girth | None,
    slack_m: float = 0.0,
) -> Floats:
    """Rotations with hands and elbows out of the character's own body.

    That is worked out at the size of a person, so that a character of any size is treated alike.

    Args:
        rig: whose motion it is.
        clip: K frames of its skeleton.
        weights: (K, 2) how far the left and the right arm may be changed, 0 … 1.
        girth: how thick the character is; None for as people are.
        slack_m: how much deeper hands may be, at the size of a person.

    Returns:
        (K, J, 4).
    """
    roles = {common: rig.skeleton.index(name) for name, common in rig.joint_map.items()}
    scale = _size_of(rig, roles)
    sized = MotionClip(
        rig.skeleton.scaled(1.0 / scale), clip.frame_rate_hz,
        clip.root_positions / np.float32(scale), clip.rotations_wxyz,
    )  # fmt: skip
    thick = None if girth is None else Girth(**{k: v / scale for k, v in vars(girth).items()})
    return clear_body(sized, roles, weights, thick, slack_m).rotations_wxyz


def _size_of(rig: RigSkeleton, roles: Mapping[str, int]) -> float:
    """Against a person: by legs, without them by an arm."""
    own, common = rig.skeleton.rest_positions(), COMMON_SKELETON.rest_positions()
    for chain in _CHAINS:
        if set(chain) <= set(roles):
            pairs = list(pairwise(chain))
            lengths = [np.linalg.norm(own[roles[b]] - own[roles[a]]) for a, b in pairs]
            index = COMMON_SKELETON.index
            usual = [np.linalg.norm(common[index(b)] - common[index(a)]) for a, b in pairs]
            return max(float(sum(lengths) / sum(usual)), 1e-6)
    return 1.0
