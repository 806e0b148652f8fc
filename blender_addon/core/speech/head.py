"""The head as a network moves it: its nods, not its slow turns, which belong to the gaze.

Source: Hadar et al. 1983 (movements of the head in speech are faster than posture's, which lie
below half a hertz).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.smoothing import gaussian_smooth, smoothstep

_CUT_HZ: Final = 0.5
_SIGMA_S: Final = 1.567 / (2.0 * np.pi * _CUT_HZ)
"""Of a Gaussian mean that, taken away, leaves 3 dB less at the cut: 1 − exp(−½ (2πfσ)²) = .707."""
MARGIN_S: Final = 3.0 * _SIGMA_S
"""What the filter looks at beyond a stretch, on either side."""
_EASE_S: Final = 0.9


def nods_of(head_rad: Floats, frame_rate_hz: float, margin_frames: int) -> Floats:
    """The quick part of a head's motion.

    Args:
        head_rad: (M + T + M, 3) pitch up, yaw to the left, roll.
        frame_rate_hz: of the frames.
        margin_frames: M, looked at and left out.

    Returns:
        (T, 2) yaw and pitch, beginning and ending in 0.
    """
    slow = gaussian_smooth(head_rad, _SIGMA_S * frame_rate_hz)
    count = len(head_rad) - 2 * margin_frames
    quick = (head_rad - slow)[margin_frames : margin_frames + count, 1::-1]
    from_ends = np.minimum(np.arange(count), np.arange(count)[::-1]) / frame_rate_hz
    return np.asarray(quick * smoothstep(from_ends / _EASE_S)[:, None], np.float32)
