"""How much variants differ, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import setting


@dataclass(frozen=True, eq=False, kw_only=True)
class VarySettings:
    """How a variant differs from the motion that it is of.

    Args:
        amount: 0 leaves the motion as it is; 1 differs as much as two takes of one action.
        keep_ends: whether the first and the last pose stay as they are.
        lock_feet: whether feet that stood still in the motion stand still in the variant.
    """

    amount: float = setting(
        1.0, "Amount",
        "How much a variant differs: 0 not at all, 1 as much as when one person does it again",
        minimum=0.0, maximum=2.0, step=0.05, precision=2,
    )  # fmt: skip
    keep_ends: bool = setting(
        False, "Keep Ends", "The first and the last pose stay as they are, so that clips still join"
    )
    lock_feet: bool = setting(
        True, "Lock Feet", "Feet that stand in the motion stand in the variant, perhaps elsewhere"
    )
