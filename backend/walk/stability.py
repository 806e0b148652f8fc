"""Ten minutes of walking without a break: does it still look like the first minute?"""

from __future__ import annotations

from typing import Any

import numpy as np

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.windows import STEP_FRAMES, Windows
from blender_addon.core.motion.common_skeleton import HIPS_REST_HEIGHT_M

from .metrics import Performance, windows_of

HIP_RANGE = (0.7, 1.15)
_MINUTE_S = 60.0
_SHORTEST_MINUTES = 1.8
"""Two minutes of path are walked in a little less."""


def measure_stability(performance: Performance, reference: NaturalnessReference) -> dict[str, Any]:
    """Naturalness of the last minute over the first one's, and whether the hips kept their height.

    Returns:
        stability_ratio: Fréchet distance of the last minute / of the first; None under 2 minutes.
        stability_hips_in_range: hips always at 0.7 to 1.15 of their rest height over the ground.
        stability_minutes: how long it walked.
    """
    hips = performance.clip.root_positions
    over_ground = hips[:, 1] - performance.terrain.heights(hips[:, [0, 2]])
    share = over_ground / HIPS_REST_HEIGHT_M
    return {
        "stability_ratio": _ratio(windows_of(performance), performance, reference),
        "stability_hips_in_range": bool(share.min() > HIP_RANGE[0] and share.max() < HIP_RANGE[1]),
        "stability_minutes": performance.clip.duration_s / _MINUTE_S,
    }


def _ratio(
    windows: Windows, performance: Performance, reference: NaturalnessReference
) -> float | None:
    """Minutes are counted from where the walking begins and ends, not the standing around it."""
    walking = np.flatnonzero(windows.speeds_m_s >= 0.5)
    minute = round(_MINUTE_S * performance.clip.frame_rate_hz / STEP_FRAMES)
    if len(walking) == 0 or walking[-1] - walking[0] < _SHORTEST_MINUTES * minute:
        return None
    place = np.arange(len(windows.speeds_m_s))
    first = windows.select((place >= walking[0]) & (place < walking[0] + minute))
    last = windows.select((place <= walking[-1]) & (place > walking[-1] - minute))
    before, after = reference.distance(first), reference.distance(last)
    return after.total / before.total if before and after else None
