"""How lids go in a blink: a lid closes in 80 ms and opens in about twice that, slower and slower.

Source: VanderWerf et al. 2003, Eyelid movements: behavioral studies of blinking in humans, and
Trutoiu et al. 2011, Modeling and animating eye blinks (the profile).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats

CLOSING_S: Final = 0.08
SHUT_S: Final = 0.035
"""Longer than two frames, so that every blink is seen shut."""
OPENING_S: Final = 0.19
WHOLE_S: Final = CLOSING_S + SHUT_S + OPENING_S


def blink_curve(times_s: Floats, frames: int) -> Floats:
    """How shut the lids are at 60 Hz.

    Args:
        times_s: (M,) at which lids begin to close.
        frames: T.

    Returns:
        (T,) 0 open … 1 shut. A blink that the range would cut off is left out, so that it begins
        and ends with open eyes.
    """
    curve = np.zeros(frames)
    fits = times_s[(times_s >= 0) & (times_s + WHOLE_S <= (frames - 1) / MODEL_FRAME_RATE_HZ)]
    width = int(np.ceil(WHOLE_S * MODEL_FRAME_RATE_HZ)) + 1
    places = np.floor(fits * MODEL_FRAME_RATE_HZ).astype(np.int64)[:, None] + np.arange(width)
    values = _lid_profile(places / MODEL_FRAME_RATE_HZ - fits[:, None])
    inside = places < frames
    np.maximum.at(curve, places[inside], values[inside])
    return curve


def _lid_profile(time_s: Floats) -> Floats:
    """0 … 1 … 0 over the time (...) since the lid began to close."""
    closing = np.clip(time_s / CLOSING_S, 0.0, 1.0)
    opening = np.clip((time_s - CLOSING_S - SHUT_S) / OPENING_S, 0.0, 1.0)
    # The opening lid is fastest early: its clock runs ahead of a symmetric rise.
    opening = 1.0 - (1.0 - opening) ** 1.7
    return np.asarray(_ease(closing) * (1.0 - _ease(opening)))


def _ease(share: Floats) -> Floats:
    return np.asarray(share * share * (3.0 - 2.0 * share))
