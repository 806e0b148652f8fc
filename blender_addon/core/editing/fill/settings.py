"""How a gap is filled, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Unit, setting


@dataclass(frozen=True, eq=False, kw_only=True)
class FillSettings:
    """How frames between known poses are made.

    Args:
        variety: how far variants go from the likeliest motion; 0 makes them all alike.
        lock_feet: feet that stand are held where they stand.
        top_speed_m_s: of the hips between two poses; what would have to be faster is refused.
    """

    variety: float = setting(
        1.0, "Variety", "How far variants go from the likeliest motion; 0 makes them all alike",
        minimum=0.0, maximum=2.0, step=0.05, precision=2,
    )  # fmt: skip
    lock_feet: bool = setting(
        True, "Lock Feet", "Hold feet that stand where they stand, on level ground"
    )
    top_speed_m_s: float = setting(
        9.0, "Top Speed", "Fastest way of the hips between two poses; what would have to be faster "
        "is refused",
        unit=Unit.METRES_PER_SECOND, minimum=0.5, maximum=100.0, step=0.5, precision=1,
    )  # fmt: skip
