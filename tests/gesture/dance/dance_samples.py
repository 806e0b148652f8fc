"""Dancers of every style who step from foot to foot, for tests that need no recording."""

from __future__ import annotations

import numpy as np

from backend.gesture.dances import STYLES
from backend.gesture.takes import DanceTake, carrying
from blender_addon.core.conventions import Floats
from blender_addon.core.gesture.dance.features import POSE_LAYOUT, clip_to_poses
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

RATE_HZ = 60.0


def stepping_clip(seconds: float, quarter_s: float, size: float = 0.5) -> MotionClip:
    """Knees are lifted in turn, one a quarter; arms hang and swing, hips sway and go ahead."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    turn = np.pi * times / quarter_s
    rotations = np.zeros((len(times), COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    lifts = np.maximum(np.sin(turn), 0), np.maximum(-np.sin(turn), 0)
    for side, lift in zip(("Left", "Right"), lifts, strict=True):
        _turn(rotations, f"{side}UpLeg", 1, -size * lift)
        _turn(rotations, f"{side}Leg", 1, 2 * size * lift)
        hang = -1.2 if side == "Left" else 1.2
        _turn(rotations, f"{side}Arm", 3, hang + 0.2 * np.sin(turn))
    sway = np.stack(
        (0.03 * np.sin(turn), np.full(len(times), HIPS_REST_HEIGHT_M), 0.1 * times), axis=-1
    )
    return MotionClip(COMMON_SKELETON, RATE_HZ, sway, rotations)


def _turn(rotations: Floats, joint: str, axis: int, angle: Floats) -> None:
    where = COMMON_SKELETON.index(joint)
    rotations[:, where, 0] = np.cos(0.5 * angle)
    rotations[:, where, axis] = np.sin(0.5 * angle)


def dance_takes(seconds: float = 7.0, split: str = "train") -> list[DanceTake]:
    """One dancer of each style."""
    takes = []
    for n, style in enumerate(STYLES):
        clip = stepping_clip(seconds, 0.4 + 0.02 * n, 0.3 + 0.05 * n)
        clip = MotionClip(
            clip.skeleton, RATE_HZ, clip.root_positions, clip.rotations_wxyz, carrying(clip)
        )
        energy = np.ones(clip.frame_count)
        takes.append(
            DanceTake(f"take_{n}", f"take_{n}", style, split, clip, 0.4 + 0.02 * n, 0.5, energy)
        )
    return takes


def standing_pose() -> Floats:
    """(P,) arms hanging."""
    pose = clip_to_poses(stepping_clip(0.5, 0.4, 0.0))[0]
    pose[POSE_LAYOUT.slices["root_velocity_m_s_rad_s"]] = 0.0
    pose[POSE_LAYOUT.slices["contacts"]] = 1.0
    return pose
