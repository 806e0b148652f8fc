"""What may be set about steering an animal."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import Unit, setting
from .settings import RUNNING_M_S, WALKING_M_S


@dataclass(frozen=True, eq=False, kw_only=True)
class DrivingSettings:
    """How an animal is steered.

    Args:
        slow_m_s, fast_m_s: speeds without and with Shift.
        toward_mouse: towards the mouse all the time, not only while its button is held.
        follow: the view goes with the animal.
        footprints: where its feet stood is drawn on the ground.
    """

    slow_m_s: float = setting(
        WALKING_M_S, "Slow", "Speed while a direction key is held",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip
    fast_m_s: float = setting(
        RUNNING_M_S, "Fast", "Speed while Shift is held as well",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, step=0.1,
    )  # fmt: skip
    toward_mouse: bool = setting(
        False, "Toward Mouse", "Go towards the mouse on the ground all the time; where this is "
        "off, only while its left button is held",
    )  # fmt: skip
    follow: bool = setting(
        True, "Follow", "The view goes with the animal, and back in the end",
    )  # fmt: skip
    footprints: bool = setting(
        True, "Footprints", "Draw on the ground where its feet stood, while it is driven",
    )  # fmt: skip
