"""Short ways of animals, from plan and legs alone."""

from __future__ import annotations

import numpy as np

from backend.rigs.quadrupeds.planned import PlannedPipeline
from blender_addon.core.ground.path import Path
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.request import QuadrupedRequest
from blender_addon.core.quadruped.rig.posed import BodyMotion


def short_way(
    body: QuadrupedBody, froude: float = 0.15, frame_rate_hz: float = 24.0
) -> tuple[MotionClip, np.ndarray]:
    """A clip along a short bend, and its root's x, z and heading."""
    height = body.hip_height_m
    points = height * np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.5], [0.8, 0.0, 3.0]])
    path = Path(points, np.full(len(points), np.sqrt(froude * 9.81 * height)))
    request = QuadrupedRequest(body, path, stand_before_s=0.1, stand_after_s=0.1)
    (result,) = PlannedPipeline().generate([request])
    clip = resample_clip(result.clip, frame_rate_hz)
    at = np.arange(clip.frame_count) * (result.clip.frame_rate_hz / frame_rate_hz)
    known = np.arange(len(result.root_track))
    track = np.column_stack([np.interp(at, known, column) for column in result.root_track.T])
    return clip, track


def motion_of(clip: MotionClip, body: QuadrupedBody) -> BodyMotion:
    """A clip as what a rig follows."""
    places, turns = forward_kinematics(
        clip.skeleton, clip.root_positions.astype(float), clip.rotations_wxyz.astype(float)
    )
    return BodyMotion(
        body.rest_m.astype(float), places, turns, np.asarray(clip.contacts), clip.frame_rate_hz
    )
