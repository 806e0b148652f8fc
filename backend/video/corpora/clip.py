"""Recorded joints as a clip of motion on a skeleton, as the fit of a film turns one."""

from __future__ import annotations

import numpy as np

from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.video.fitting.body import SIDES, Body, bone_lengths
from blender_addon.core.video.fitting.extremities import Extremities, Pointing
from blender_addon.core.video.fitting.pose import pose_body

from .take import PoseTake


def take_clip(take: PoseTake, skeleton: Skeleton = COMMON_SKELETON) -> MotionClip:
    """A take on a skeleton.

    Directions of bones are kept, and places are in the skeleton's size: as many times as large as
    its bones are against the person's. Hands, feet and face are not recorded and stay as at rest.

    Args:
        take: of one person.
        skeleton: of the common names.

    Raises:
        SkeletonError: it lacks a joint that was recorded.
    """
    body = Body(skeleton)
    person = np.median(bone_lengths(take.joints_m), axis=0)
    joints = take.joints_m * float(body.lengths().sum() / person.sum())
    ends = _unknown_ends(take.frame_count, take.frame_rate_hz)
    posed = pose_body(body, np.asarray(joints, np.float64), ends, take.frame_rate_hz)
    return MotionClip(
        skeleton,
        take.frame_rate_hz,
        posed.root.astype(np.float32),
        posed.rotations_wxyz.astype(np.float32),
    )


def _unknown_ends(count: int, rate_hz: float) -> Extremities:
    """Directions that nobody believes."""
    nowhere = Pointing(np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count))
    sides = dict.fromkeys(SIDES, nowhere)
    view, up = np.tile([0.0, 0.0, -1.0], (count, 1)), np.array([0.0, 1.0, 0.0])
    return Extremities(rate_hz, view, up, nowhere, dict(sides), dict(sides))
