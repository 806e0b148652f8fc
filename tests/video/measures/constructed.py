"""A person of fourteen joints who walks on the spot or along, and a film of that, made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backend.video.judging.truth import FilmTruth, Reals
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.video.camera import FilmCamera

RATE_HZ = 24.0
SIZE_PX = (640, 480)
STANDING = np.array(
    [
        [0.1, 0.08, 0.0], [-0.1, 0.08, 0.0], [0.1, 0.48, 0.05], [-0.1, 0.48, 0.05],
        [0.09, 0.9, 0.0], [-0.09, 0.9, 0.0], [0.18, 1.42, 0.0], [-0.18, 1.42, 0.0],
        [0.28, 1.15, -0.03], [-0.28, 1.15, -0.03], [0.32, 0.92, 0.08], [-0.32, 0.92, 0.08],
        [0.0, 1.42, 0.0], [0.0, 1.72, 0.02],
    ]
)  # fmt: skip
"""(14, 3) core axes: looks along +Z, left at +X, soles at 0."""


def moving(frames: int = 60, speed_m_s: float = 0.0) -> Reals:
    """(T, 14, 3) in the world: hands swing, the left foot lifts, the whole goes along +X."""
    times = np.arange(frames) / RATE_HZ
    joints = np.repeat(STANDING[None], frames, axis=0)
    joints[:, 10, 2] += 0.2 * np.sin(2.0 * np.pi * times)
    joints[:, 11, 2] -= 0.2 * np.sin(2.0 * np.pi * times)
    joints[:, [0, 2], 1] += 0.1 * np.maximum(np.sin(2.0 * np.pi * times), 0.0)[:, None]
    joints[..., 0] += speed_m_s * times[:, None]
    return joints


def camera_of(frames: int, tilt_rad: float = 0.1) -> FilmCamera:
    """Stands four metres ahead of the person, looks back at it and a little down."""
    ahead = np.array([0.0, -np.sin(tilt_rad), -np.cos(tilt_rad)])
    right = np.array([-1.0, 0.0, 0.0])
    down = np.cross(ahead, right)
    turn = np.stack((right, down, ahead), axis=-1)
    return FilmCamera(
        SIZE_PX,
        np.full(frames, 600.0),
        np.repeat(turn[None], frames, axis=0),
        np.repeat([[0.0, 1.4, 4.0]], frames, axis=0),
    )


def film_of(joints_m: Reals) -> FilmTruth:
    """Its truth."""
    return FilmTruth("made", Path("made.mp4"), RATE_HZ, joints_m, camera_of(len(joints_m)))


def standing_clip(frames: int = 60) -> MotionClip:
    """The common skeleton at rest on the ground."""
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4))
    turns[..., 0] = 1.0
    roots = np.repeat([[0.0, HIPS_REST_HEIGHT_M, 0.0]], frames, axis=0)
    return MotionClip(COMMON_SKELETON, RATE_HZ, roots, turns)
