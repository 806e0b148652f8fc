"""Lifted joints that contradict the picture, given up for the tracker's own places in space.

A lifter that was never shown such a body, half of it beyond the picture's edge, may turn it round
or fold it up. Seen from the camera that looks nothing like what was seen, whatever the depth.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...maths.smoothing import gaussian_smooth, smoothstep
from .body import Doubles

_BEARABLE: Final = 0.1
_HOPELESS: Final = 0.25
"""By how much what was lifted may look less like the picture than the tracker's own places do, of
the body's spread: up to the first it is believed, from the second on not at all. On films in
which it is right it is off by less than 0.09 more."""
_STEADY_S: Final = 0.15
_FEW: Final = 3


def believable(
    lifted: Doubles,
    others: Doubles,
    points_px: Doubles,
    weights: Doubles,
    rate_hz: float,
) -> tuple[Doubles, Doubles]:
    """Joints (T, 14, 3) that look as in the picture: lifted, or the others where that does not.

    The second of what is returned, (T,) 0 … 1, says how far they are the others.

    Args:
        lifted: (T, 14, 3) camera axes, finite, middle of the hips at 0.
        others: the same of another source.
        points_px: (T, 14, 2) where the joints were seen.
        weights: (T, 14) of these; a joint of weight 0 tells nothing.
        rate_hz: frames a second.
    """
    worse = unlike(lifted, points_px, weights) - unlike(others, points_px, weights)
    doubt = smoothstep(np.clip((worse - _BEARABLE) / (_HOPELESS - _BEARABLE), 0.0, 1.0))
    if not doubt.any():
        return lifted, doubt
    # Where one goes over to the other, nothing is to jump.
    share = gaussian_smooth(doubt, _STEADY_S * rate_hz)
    return np.asarray(lifted + share[:, None, None] * (others - lifted)), share


def unlike(joints: Doubles, points_px: Doubles, weights: Doubles) -> Doubles:
    """(T,) how far joints, seen from the camera, are from the picture, of the body's spread there.

    Size and place do not count; 0 where too few joints are seen to tell.

    Args:
        joints: (T, 14, 3) camera axes.
        points_px: (T, 14, 2).
        weights: (T, 14).
    """
    share = weights[..., None]
    total = np.maximum(share.sum(axis=1, keepdims=True), 1e-9)

    def about_middle(values: Doubles) -> Doubles:
        return np.asarray(values - (share * values).sum(axis=1, keepdims=True) / total)

    seen, shape = about_middle(points_px), about_middle(joints[..., :2])
    spread = np.maximum((share * seen * seen).sum(axis=(1, 2)), 1e-12)
    size = np.maximum((share * shape * shape).sum(axis=(1, 2)), 1e-12)
    # One that would have to be turned over to look alike is not alike.
    scale = np.maximum((share * seen * shape).sum(axis=(1, 2)) / size, 0.0)
    away = seen - scale[:, None, None] * shape
    off = np.sqrt((share * away * away).sum(axis=(1, 2)) / spread)
    return np.where((weights > 0.0).sum(axis=1) >= _FEW, off, 0.0)
