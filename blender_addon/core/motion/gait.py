"""Gaits as soft labels, from speed."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats

GAITS: Final = ("stand", "walk", "jog")
STAND: Final = GAITS.index("stand")

_STAND_ENDS_M_S: Final = 0.1
_WALK_BEGINS_M_S: Final = 0.5
_WALK_ENDS_M_S: Final = 1.9
_JOG_BEGINS_M_S: Final = 2.4
_TURNING_M: Final = 0.3
"""How far from the body's axis the feet of someone turning step, at most."""


def speeds_to_gaits(speeds_m_s: Floats) -> Floats:
    """Speeds (...) to gait weights (..., 3) that sum to one: stand, walk, jog.

    The transition walk–jog lies where people change over, about 2 m/s (Froude number 0.5).
    """
    moving = np.clip((speeds_m_s - _STAND_ENDS_M_S) / (_WALK_BEGINS_M_S - _STAND_ENDS_M_S), 0, 1)
    jogging = np.clip((speeds_m_s - _WALK_ENDS_M_S) / (_JOG_BEGINS_M_S - _WALK_ENDS_M_S), 0, 1)
    weights = np.stack((1 - moving, moving - jogging, jogging), axis=-1)
    return np.asarray(weights, np.float32)


def effective_speed(speeds_m_s: Floats, turn_rates_rad_s: Floats) -> Floats:
    """How fast the feet of someone go (...), who travels and turns: steps are made for both.

    Args:
        speeds_m_s: (...) of the root.
        turn_rates_rad_s: (...) of its heading, of either sign.
    """
    return np.asarray(np.hypot(speeds_m_s, _TURNING_M * np.asarray(turn_rates_rad_s)))
