"""What may be set about a walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..settings import Seeded, Unit, setting

MAX_STAND_S: Final = 600.0
WALKING_M_S: Final = 1.3
JOGGING_M_S: Final = 2.6


@dataclass(frozen=True, eq=False, kw_only=True)
class StandSettings(Seeded):
    """How a walk begins and ends.

    Args:
        stand_before_s, stand_after_s: standing at the two ends, seconds.
    """

    stand_before_s: float = setting(
        0.5, "Stand Before", "How long to stand before the first step, in seconds",
        unit=Unit.SECONDS, minimum=0.0, maximum=MAX_STAND_S, soft_maximum=10.0,
    )  # fmt: skip
    stand_after_s: float = setting(
        1.0, "Stand After", "How long to stand after the last step, in seconds",
        unit=Unit.SECONDS, minimum=0.0, maximum=MAX_STAND_S, soft_maximum=10.0,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PaceSettings(StandSettings):
    """How fast a walk goes, too.

    Args:
        speed_m_s: desired speed from the start. How fast a character can go depends on its size, so
            that no number is too large here.
    """

    speed_m_s: float = setting(
        WALKING_M_S, "Speed", "Desired speed. About 1.3 m/s is a walk, 2.5 m/s a jog",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class DrivingSettings:
    """How a character is steered.

    Args:
        walk_m_s, jog_m_s: speeds without and with Shift.
        toward_mouse: towards the mouse all the time, not only while its button is held.
    """

    walk_m_s: float = setting(
        WALKING_M_S, "Walk", "Speed while a direction key is held",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip
    jog_m_s: float = setting(
        JOGGING_M_S, "Jog", "Speed while Shift is held as well",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip
    toward_mouse: bool = setting(
        False, "Toward Mouse", "Walk towards the mouse on the ground all the time; where this is "
        "off, only while its left button is held",
    )  # fmt: skip
