"""The trunk in a jump: free flight from the hind feet's last push to the front feet's landing."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.quadruped.gaits import ACTIONS, Action
from blender_addon.core.quadruped.plan import QuadrupedPlan

from .sequence import Footfalls

_JUMP: Final = ACTIONS.index(Action.JUMP.value)
_FOLLOWS: Final = 0.85
"""Part of the flight's slope that the trunk takes on."""
_CROUCH_H: Final = 0.06


def leaps(plan: QuadrupedPlan, footfalls: Footfalls, h: float) -> tuple[Floats, Floats]:
    """How jumps carry a trunk.

    Args:
        plan: T frames.
        footfalls: of the plan.
        h: hip height in metres.

    Returns:
        (T,) metres up and (T,) radians of pitch up.
    """
    frames = plan.frame_count
    rise, climb, crouch = np.zeros(frames), np.zeros(frames), np.zeros(frames)
    flying = (plan.actions[:, _JUMP] >= 0.5) & ~footfalls.contacts.any(axis=1)
    for begin, end in spans(flying):
        now = (np.arange(begin, end) - begin + 0.5) / MODEL_FRAME_RATE_HZ
        whole = (end - begin) / MODEL_FRAME_RATE_HZ
        rise[begin:end] = 0.5 * GRAVITY_M_S2 * now * (whole - now)
        climb[begin:end] = GRAVITY_M_S2 * (whole / 2 - now)
        for edge in (begin - 6, end + 4):
            bump = (np.arange(frames) - edge) / 5.0
            crouch += np.exp(-0.5 * bump**2) * min(whole / 0.25, 1.0)
    if not flying.any():
        return rise, climb
    slope = np.arctan2(climb, np.maximum(plan.speeds_m_s, 0.8))
    pitch = _FOLLOWS * gaussian_filter1d(slope, 4.0, mode="nearest")
    return gaussian_filter1d(rise, 2.5, mode="nearest") - _CROUCH_H * h * crouch, pitch
