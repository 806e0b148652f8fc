"""Where a person is, and whether the feet hold and touch the ground."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.feet.measures import slip_speed
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.points import JOINTS, middle_of_hips

from .pose_errors import align
from .truth import Reals

ANKLES: Final = [JOINTS.index("LeftFoot"), JOINTS.index("RightFoot")]
_STILL_M_S: Final = 0.15
_LOW_M: Final = 0.03
_SAME: Final = JOINTS[:12]


def joints_of_clip(clip: MotionClip) -> Reals:
    """(T, 14, 3) the fourteen joints of a clip in its world.

    "Neck" is the middle of the shoulders and "HeadTop" the end of the head.
    """
    places, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    same = places[:, clip.skeleton.indices(_SAME)]
    shoulders = places[:, clip.skeleton.indices(("LeftArm", "RightArm"))].mean(axis=1)
    head = clip.skeleton.index("Head")
    end = np.asarray(clip.skeleton.ends["Head"], np.float32)
    top = places[:, head] + quaternion_rotate(turns[:, head], np.broadcast_to(end, (len(turns), 3)))
    return np.concatenate((same, shoulders[:, None], top[:, None]), axis=1).astype(np.float64)


def feet_of_clip(clip: MotionClip) -> Reals:
    """(T, 4, 3) left heel, left toe, right heel, right toe in the clip's world."""
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return places[:, clip.skeleton.indices(FOOT_JOINTS)].astype(np.float64)


def root_errors(found_m: Reals, true_m: Reals) -> tuple[Reals, Reals]:
    """(T,) metres between the middles of the hips: as they are, and after the best similarity.

    Args:
        found_m, true_m: (T, 14, 3) joints in the same world.

    Returns:
        Raw distances, and those after one rotation, size and shift of the whole found path.
    """
    found, true = middle_of_hips(found_m), middle_of_hips(true_m)
    known = np.isfinite(found).all(axis=-1)
    raw = np.linalg.norm(found - true, axis=-1)
    fitted = np.full(len(raw), np.nan)
    if known.sum() > 2:
        moved = align(found[known], true[known])
        fitted[known] = np.linalg.norm(moved - true[known], axis=-1)
    return raw, fitted


def stands(true_m: Reals, rate_hz: float) -> Bools:
    """(T, 2) whether the left and right foot truly stands, on whatever ground.

    The ankle moves slower than 15 cm/s and is within 3 cm of the lowest place at which it is half a
    second before and after: a foot that turns round in the air is slow as well.

    Args:
        true_m: (T, 14, 3) joints in the world, Y up.
        rate_hz: frames a second.
    """
    ankles = true_m[:, ANKLES]
    speeds = np.linalg.norm(np.gradient(ankles, axis=0), axis=-1) * rate_hz
    near = np.arange(len(ankles))[:, None] + np.arange(-(half := round(rate_hz / 2)), half + 1)
    lowest = ankles[np.clip(near, 0, len(ankles) - 1), :, 1].min(axis=1)
    return (speeds < _STILL_M_S) & (ankles[..., 1] < lowest + _LOW_M)


def slip_with(standing: Bools, found_m: Reals, rate_hz: float) -> float | None:
    """Mean speed in cm/s over the ground of the ankles that truly stand; None if none does.

    Args:
        standing: (T, 2) from ``stands``.
        found_m: (T, 14, 3) in the world, Y up.
        rate_hz: frames a second.
    """
    steps = np.linalg.norm(np.diff(found_m[:, ANKLES][..., [0, 2]], axis=0), axis=-1) * rate_hz
    both = standing[1:] & standing[:-1] & np.isfinite(steps)
    return 100.0 * float(steps[both].mean()) if both.any() else None


def slip_seen(clip: MotionClip) -> float:
    """Locomotion's slip in cm/s: the slowest heel or toe near the ground, by its own height."""
    feet = feet_of_clip(clip)
    heights = feet[..., 1] - PLANTED_HEIGHTS_M
    return 100.0 * slip_speed(feet, heights, clip.frame_rate_hz).mean


def ground_errors(clip: MotionClip, standing: Bools) -> tuple[float, float | None]:
    """Depth of the lowest heel or toe under level ground, and how high feet that stand float.

    Args:
        clip: on ground of height 0.
        standing: (T, 2) which feet truly stand.

    Returns:
        Mean centimetres under the ground over all frames (0 where none is under), and mean
        centimetres over it of feet that truly stand; None where none does.
    """
    heights = feet_of_clip(clip)[..., 1] - PLANTED_HEIGHTS_M
    under = np.maximum(-heights.min(axis=1), 0.0)
    lowest = np.stack((heights[:, :2].min(axis=1), heights[:, 2:].min(axis=1)), axis=-1)
    over = np.maximum(lowest, 0.0)[standing]
    return 100.0 * float(under.mean()), 100.0 * float(over.mean()) if over.size else None
