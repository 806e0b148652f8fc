"""Hands against the picture: joints say nothing of which way they point."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.points import LANDMARKS, joints_of, torso_length
from blender_addon.core.video.request import FittedBody
from blender_addon.core.video.tracked import TrackedPerson

from .truth import Reals

_VISIBLE: Final = 0.8
_SHORT: Final = 0.15
"""Of the torso in the picture: a hand seen end on points nowhere there."""


def hands_off_deg(fitted: FittedBody, tracked: TrackedPerson) -> float | None:
    """Median angle in the picture between hands as they were seen and as they are; None of none.

    Args:
        fitted: T frames.
        tracked: the same frames.
    """
    clip = fitted.clip
    _, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    points = np.asarray(tracked.points_px, np.float64)
    torso = torso_length(joints_of(points))
    off: list[Reals] = []
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        wrist, index, little = (
            LANDMARKS.index(f"{side.lower()}_{part}") for part in ("wrist", "index", "pinky")
        )
        seen = points[:, [index, little]].mean(axis=1) - points[:, wrist]
        turn = turns[:, clip.skeleton.index(f"{side}Hand")]
        along = np.broadcast_to(np.array([sign, 0.0, 0.0], np.float32), (len(turn), 3))
        there = np.einsum("tji,tj->ti", fitted.camera.rotations, quaternion_rotate(turn, along))
        between = np.angle(_complex(seen) * np.conj(_complex(there)))
        sure = np.asarray(tracked.visibility)[:, [wrist, index, little]].min(axis=1) > _VISIBLE
        usable = sure & (np.linalg.norm(seen, axis=-1) > _SHORT * torso)
        off.append(np.degrees(np.abs(between[usable])))
    every = np.concatenate(off)
    return float(np.median(every)) if len(every) else None


def _complex(vectors: Reals) -> NDArray[np.complex128]:
    return np.asarray(vectors[:, 0] + 1j * vectors[:, 1])
