"""How a dancer stands before and after the dance: the calmest second of people who stand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.common_clips import list_clips, read_standing_clip
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.gesture.dance.features import POSE_LAYOUT, clip_to_poses
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

from .takes import liveliness

_RATE_HZ: Final = 30.0
_LABELS: Final = ("stand", "walk")
_HANDS_BELOW_HIPS_M: Final = 0.0
_FEET_APART_M: Final = (0.1, 0.4)
_CALM_M_S: Final = 0.08


def find_stance(data: Path) -> Floats:
    """(P,) the pose in which recorded people stand most calmly, arms hanging, facing ahead.

    Raises:
        InputError: nobody stands so.
    """
    best: tuple[float, Floats] | None = None
    for entry in list_clips(data / "cmu", _LABELS, "train"):
        if entry.source == "cmu_amp":
            continue
        clip = read_standing_clip(entry.path, _RATE_HZ)
        lively = np.where(_arms_hang(clip), liveliness(clip), np.inf)
        frame = int(lively.argmin())
        if lively[frame] < (_CALM_M_S if best is None else best[0]):
            best = float(lively[frame]), _stance_of(clip_to_poses(clip)[frame])
    if best is None:
        raise InputError(f"nobody in {data / 'cmu'} stands calmly with hanging arms; add a clip")
    return best[1]


def _arms_hang(clip: MotionClip) -> Bools:
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    hands, feet = (
        joints[:, COMMON_SKELETON.indices(names)]
        for names in (("LeftHand", "RightHand"), ("LeftFoot", "RightFoot"))
    )
    low = (hands[..., 1].max(axis=1) - joints[:, 0, 1]) < _HANDS_BELOW_HIPS_M
    apart = np.linalg.norm((feet[:, 0] - feet[:, 1])[:, [0, 2]], axis=-1)
    flat = feet[..., 1].max(axis=1) < 0.11
    return np.asarray(low & flat & (apart > _FEET_APART_M[0]) & (apart < _FEET_APART_M[1]))


def _stance_of(pose: Floats) -> Floats:
    pose = pose.copy()
    pose[POSE_LAYOUT.slices["root_velocity_m_s_rad_s"]] = 0.0
    pose[POSE_LAYOUT.slices["contacts"]] = 1.0
    return pose
