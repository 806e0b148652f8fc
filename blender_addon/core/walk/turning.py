"""Turning on the spot, before the first step, after the last one and without any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import wrap_angle
from ..maths.smoothing import smoothstep

ON_THE_SPOT_RAD: Final = float(np.radians(45.0))
"""Someone who faces further away from where the way begins turns before the first step."""

_NOTHING_RAD: Final = float(np.radians(1.0))
_SHORTEST_S: Final = 0.35
_RAD_PER_S: Final = 2.4
"""With that, a quarter takes a second and half a turn 1.7 s."""
_CURVING_S: Final = 1.0


@dataclass(frozen=True)
class Turn:
    """A turn in place, or while setting out.

    Args:
        angle_rad: by which to turn, positive to the left; 0 for none.
        begin_s: when.
        duration_s: for how long.
        delay_s: by how much everything after it is later.
    """

    angle_rad: float = 0.0
    begin_s: float = 0.0
    duration_s: float = 0.0
    delay_s: float = 0.0

    def share(self, times_s: Floats) -> Floats:
        """(T,) 0 before, 1 after, smooth between."""
        return smoothstep((times_s - self.begin_s) / max(self.duration_s, 1e-6))


def turn_seconds(angle_rad: float) -> float:
    """How long people take for a turn on the spot; 0 for none."""
    if abs(angle_rad) < _NOTHING_RAD:
        return 0.0
    return _SHORTEST_S + abs(angle_rad) / _RAD_PER_S


def turn_before(heading_rad: float | None, ahead_rad: float, stand_s: float) -> Turn:
    """From where someone faces to where the way begins: on the spot, if that is far.

    Args:
        heading_rad: before; None for along the way.
        ahead_rad: of the body on the way.
        stand_s: standing before.
    """
    angle = 0.0 if heading_rad is None else float(wrap_angle(np.array(ahead_rad - heading_rad)))
    if abs(angle) < _NOTHING_RAD:
        return Turn()
    if abs(angle) <= ON_THE_SPOT_RAD:
        return Turn(angle, stand_s, _CURVING_S)
    seconds = turn_seconds(angle)
    return Turn(angle, stand_s, seconds, seconds)


def turn_after(heading_rad: float | None, ahead_rad: float, begin_s: float) -> Turn:
    """From where someone faces to another heading, on the spot.

    Args:
        heading_rad: afterwards; None to stay.
        ahead_rad: of the body before.
        begin_s: when to begin.
    """
    angle = 0.0 if heading_rad is None else float(wrap_angle(np.array(heading_rad - ahead_rad)))
    seconds = turn_seconds(angle)
    return Turn(angle, begin_s, seconds, seconds) if seconds else Turn()
