"""Yaw and pitch of eyes, and how far they go."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats

EYE_LIMITS_DEG: Final = (45.0, 30.0, 40.0)
"""How far an eye turns to either side, up and down: within the anatomical 50° to 55° (Guitton and
Volle 1987), and what lids of an animated face follow."""


def angles_to_rotations(angles_rad: Floats) -> Floats:
    """Rotations (..., 4) that turn +Z to yaw and pitch (..., 2): yaw first, without roll."""
    yaw, pitch = 0.5 * angles_rad[..., 0], 0.5 * angles_rad[..., 1]
    cos_y, sin_y, cos_p, sin_p = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    return np.stack((cos_y * cos_p, -cos_y * sin_p, sin_y * cos_p, sin_y * sin_p), axis=-1)
