"""The stride around each frame, seen at fixed phases: what the style encoder looks at."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.walk.features import OUTPUT_LAYOUT

STRIDE_PHASES = 12
"""K: instants of a stride, a twelfth of a turn apart."""
_LONGEST_S = 1.0
"""A phase that stands nearly still is looked for no further away."""
_POSITIONS = OUTPUT_LAYOUT.slices["joint_positions_m"]
_ROOT = OUTPUT_LAYOUT.slices["root_velocity_m_s_rad_s"]
STRIDE_COLUMNS = np.r_[_POSITIONS, _ROOT]
"""Of the outputs: the pose and how the root moves."""
STRIDE_SIZE = 3 * COMMON_SKELETON.joint_count + 3


def stride_frames(phase_rad: Floats) -> Ints:
    """Frames (T, K) of one sequence nearest to each of K phases within half a stride.

    Column k is the frame of phase 2πk / K, whatever the frame's own phase is, so that a stride
    looks the same from each of its frames.

    Args:
        phase_rad: (T,) of consecutive frames, in [0, 2π) or unwrapped.
    """
    unwrapped = np.maximum.accumulate(np.unwrap(np.asarray(phase_rad, np.float64)))
    # A phase that rests has no inverse: a hair of advance gives it one.
    unwrapped = unwrapped + 1e-6 * np.arange(len(unwrapped))
    bins = 2 * np.pi * np.arange(STRIDE_PHASES) / STRIDE_PHASES
    ahead = (bins - unwrapped[:, None] + np.pi) % (2 * np.pi) - np.pi
    frames = np.interp(unwrapped[:, None] + ahead, unwrapped, np.arange(len(unwrapped)))
    here = np.arange(len(unwrapped))[:, None]
    furthest = _LONGEST_S * MODEL_FRAME_RATE_HZ
    near = np.clip(frames, here - furthest, here + furthest)
    return np.clip(np.rint(near), 0, len(unwrapped) - 1).astype(np.int64)
