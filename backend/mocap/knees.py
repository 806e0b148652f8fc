"""Straight knees, gait by gait, in recordings and in what is made of them."""

from __future__ import annotations

import numpy as np

from backend.mocap.straight_knees import straighten_knees
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.gait import speeds_to_gaits

_SMOOTH_S = 0.25


def with_straight_knees(clip: MotionClip) -> MotionClip:
    """A clip of the common skeleton without its knees' offset; gaits are told by its speed."""
    if clip.frame_count < 2:
        return clip
    steps = np.gradient(clip.root_positions[:, [0, 2]].astype(np.float64), axis=0)
    way = gaussian_smooth(steps, _SMOOTH_S * clip.frame_rate_hz, keep_ends=True)
    speeds = np.linalg.norm(way, axis=-1) * clip.frame_rate_hz
    return straighten_knees(clip, speeds_to_gaits(speeds))
