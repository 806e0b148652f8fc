"""How a motion follows a curve, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Unit, setting


@dataclass(frozen=True, eq=False, kw_only=True)
class FollowSettings:
    """How a motion follows a curve.

    Args:
        speed_m_s: along the curve, of a person; 0 goes as the clip does.
        stand: whether the motion begins and ends standing.
        ease_s: how long it takes to get going, and to stop.
        clean: whether the motion is drawn onto the manifold of captured motion.
        lock_feet: whether carrying feet are held.
    """

    speed_m_s: float = setting(
        0.0, "Speed", "Along the curve; 0 goes as fast as the clip does",
        unit=Unit.METRES_PER_SECOND, minimum=0.0, maximum=8.0, soft_maximum=4.0, step=0.1,
        precision=2,
    )  # fmt: skip
    stand: bool = setting(True, "Start and Stop", "The motion begins and ends standing")
    ease_s: float = setting(
        0.8, "Ease", "How long it takes to get going, and to stop",
        unit=Unit.SECONDS, minimum=0.1, maximum=5.0, soft_maximum=2.0, step=0.1, precision=2,
    )  # fmt: skip
    clean: bool = setting(
        True, "Clean", "What the curve's turns twist is drawn back toward captured motion"
    )
    lock_feet: bool = setting(True, "Lock Feet", "Feet that carry stay where they are")
