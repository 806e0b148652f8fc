"""First and last steps, which are short and yet lift the foot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M

from ..loops import Body
from .legs import ankles_and_feet, reach_feet

_LIFTED_M_S = 0.3
"""From this speed on a foot is lifted nearly as high as in the walk, however short the step is."""
_SHORT_LIFT = 0.65
"""Share of the walk's lift that the shortest of such steps have."""


def keep_lift(body: Body, moving: Body, speeds_m_s: Floats, walk_m_s: float) -> Body:
    """Raise feet of a body drawn toward standing to the heights they have in its walk.

    Args:
        body: T frames.
        moving: the same without standing.
        speeds_m_s: (T,) slower than _LIFTED_M_S, feet rise less.
        walk_m_s: speed from which on a body is not drawn toward standing.
    """
    short = _SHORT_LIFT + (1 - _SHORT_LIFT) * np.minimum(speeds_m_s / walk_m_s, 1.0)
    share = gaussian_smooth(np.minimum(speeds_m_s / _LIFTED_M_S, 1.0) * short, 3.0)
    ankles, feet = ankles_and_feet(body.hips, body.rotations_wxyz)
    lifted, _ = ankles_and_feet(moving.hips, moving.rotations_wxyz)
    ground = np.minimum(lifted[..., 1], PLANTED_HEIGHTS_M[0])
    desired = ground + share[:, None] * (lifted[..., 1] - ground)
    missing = np.maximum(desired - ankles[..., 1], 0.0)
    if not missing.any():
        return body
    ankles[..., 1] += missing
    rotations = reach_feet(body.hips, body.rotations_wxyz, ankles, feet)
    return replace(body, rotations_wxyz=rotations)
