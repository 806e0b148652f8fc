"""Feet that stand are held in what was filled, and only there."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...feet.contacts import detect_contacts
from ...feet.foot_lock import lock_feet
from ...ground.terrain import FlatTerrain
from ...maths.rotations import dot, normalise
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ...motion.kinematics import forward_kinematics
from .neighbours import find_neighbours

_EASE_S: Final = 0.1


def hold_feet(before: MotionClip, filled: MotionClip, known: Bools) -> MotionClip:
    """Hold feet that stand in what was filled.

    Args:
        before: the clip as it was: what is known of it comes back to the bit.
        filled: the same with its gaps filled, on ground at y = 0.
        known: (T, 1 + J) before it was filled.
    """
    skeleton = filled.skeleton
    places, _ = forward_kinematics(skeleton, filled.root_positions, filled.rotations_wxyz)
    feet = places[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
    contacts = detect_contacts(feet, np.zeros(feet.shape[:2]), filled.frame_rate_hz)
    held = lock_feet(
        skeleton, filled.root_positions, filled.rotations_wxyz, contacts, FlatTerrain()
    )
    share = _inside(known, _EASE_S * filled.frame_rate_hz)
    signs = np.where(dot(held.rotations_wxyz, filled.rotations_wxyz)[..., None] < 0, -1.0, 1.0)
    turns = normalise(
        filled.rotations_wxyz
        + share[:, 1:, None] * (signs * held.rotations_wxyz - filled.rotations_wxyz)
    )
    root = filled.root_positions + share[:, :1] * (held.root_positions - filled.root_positions)
    return replace(
        filled,
        root_positions=np.where(known[:, :1], before.root_positions, root).astype(np.float32),
        rotations_wxyz=np.where(known[:, 1:, None], before.rotations_wxyz, turns).astype(
            np.float32
        ),
    )


def _inside(known: Bools, frames: float) -> Floats:
    """(T, K) 0 where known, rising to 1 within so many frames of it."""
    near = find_neighbours(known[None])
    far = np.where(known, 0.0, np.inf)
    for away in (near.since[0], near.until[0]):
        far = np.minimum(far, np.where(away < 0, np.inf, away))
    share = np.clip(far / (frames + 1.0), 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
