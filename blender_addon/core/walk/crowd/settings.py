"""What may be set about several characters that walk together."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Unit, setting


@dataclass(frozen=True, kw_only=True)
class CrowdSettings:
    """How characters differ from each other, and whether they make way.

    Args:
        vary: whether they differ at all; without it all are as they are set.
        vary_speed_percent: most that one is faster or slower than set.
        vary_delay_s: within which all begin, one after the other.
        vary_styles: each walks in another captured style.
        vary_seed: other numbers, another crowd.
        keep_apart: whether somebody waits or goes aside where two ways meet.
    """

    vary: bool = setting(
        True, "Vary", "Nobody is in step: each begins at another time and in another part of a "
        "step, and is a little faster or slower",
    )  # fmt: skip
    vary_speed_percent: float = setting(
        6.0, "Speed ±", "Most that somebody is faster or slower than set, in percent",
        unit=Unit.PERCENT, minimum=0.0, maximum=50.0, step=1.0, precision=0,
    )  # fmt: skip
    vary_delay_s: float = setting(
        0.8, "Delays Up To", "Within this time all begin, one after the other, in seconds",
        unit=Unit.SECONDS, minimum=0.0, maximum=60.0, soft_maximum=10.0,
    )  # fmt: skip
    vary_styles: bool = setting(
        True, "Other Styles", "Each walks in another captured style, as long as there are any"
    )
    vary_seed: int = setting(0, "Seed", "Another number gives another crowd", minimum=0)
    keep_apart: bool = setting(
        True, "Keep Apart", "Where two would come too near to each other, one waits, walks slower "
        "or goes aside. Curves and keys stay as they are",
    )  # fmt: skip


AS_SET = CrowdSettings(vary=False, keep_apart=False)
"""Everybody exactly as set."""
