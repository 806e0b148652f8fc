"""What may be set about standing at the two ends of a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..settings import Seeded, Unit, setting

MAX_STAND_S: Final = 600.0


@dataclass(frozen=True, eq=False, kw_only=True)
class StandSettings(Seeded):
    """How someone who follows a path begins and ends.

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
