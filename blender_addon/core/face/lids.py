"""Upper lids that follow the pupil up and down.

Source: Evinger, Manning, Sibony 1991, Eyelid movements: lid saccades go with vertical eye saccades,
nearly as far and a little later.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.smoothing import gaussian_smooth

FULLY_DOWN_RAD: Final = np.deg2rad(30.0)
FULLY_UP_RAD: Final = np.deg2rad(25.0)
_LAG_FRAMES: Final = 0.8


def lids_from_pitch(pitch_rad: Floats) -> Floats:
    """How far the upper lids follow.

    Args:
        pitch_rad: (T,) of the eyes in the head, up positive, 60 Hz.

    Returns:
        (T,) 1 fully down at 30° down, 0 looking ahead, −1 fully up at 25° up.
    """
    reach = np.where(pitch_rad < 0, FULLY_DOWN_RAD, FULLY_UP_RAD)
    return gaussian_smooth(np.clip(-pitch_rad / reach, -1.0, 1.0), _LAG_FRAMES)
