"""What cleaning does, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Unit, setting


@dataclass(frozen=True, eq=False, kw_only=True)
class CleanSettings:
    """How a captured motion is cleaned.

    Args:
        strength: factor on the jitter that is measured; 0 smooths nothing.
        spikes: sensitivity; of 2, half as large a jump is a spike; 0 finds none.
        find_missing: whether joints that hold one value in the middle of a motion are found.
        fill_missing: whether what is missing is filled.
        lock_feet: whether feet that slide are held.
        slide_m: stances that slide no further are left alone.
    """

    strength: float = setting(
        1.0, "Smoothing", "How strongly jitter is smoothed: 1 as much as is measured, 0 never",
        minimum=0.0, maximum=4.0, soft_maximum=2.0, step=0.05, precision=2,
    )  # fmt: skip
    spikes: float = setting(
        1.0, "Spikes", "How readily a jump counts as a spike: 2 half as large a one, 0 none at all",
        minimum=0.0, maximum=4.0, soft_maximum=2.0, step=0.05, precision=2,
    )  # fmt: skip
    find_missing: bool = setting(
        True, "Find Missing", "Find joints that hold one value in the middle of a motion"
    )
    fill_missing: bool = setting(
        True, "Fill Missing", "Fill what is missing; off, it is only marked"
    )
    lock_feet: bool = setting(True, "Lock Feet", "Hold feet that slide while they carry")
    slide_m: float = setting(
        0.026, "Slides From", "Steps that slide no further than this are left as they are",
        unit=Unit.METRES, minimum=0.0, maximum=0.2, step=0.005, precision=3,
    )  # fmt: skip
