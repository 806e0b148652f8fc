"""How a motion takes over another's manner, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import setting


@dataclass(frozen=True, eq=False, kw_only=True)
class RestyleSettings:
    """How much of a manner is taken over; all of it 0 leaves the motion as it is.

    Args:
        posture: of how the reference holds itself.
        movement: of how far and in which way its limbs move.
        timing: of how long its steps take; above 0 frames move in time.
        steps: of descent, where the manner is found by Gram matrices.
        lock_feet: whether feet stay where they were put down.
    """

    posture: float = setting(
        1.0, "Posture", "How much of the reference's posture is taken over; above 1 exaggerates",
        minimum=0.0, maximum=2.0, step=0.05, precision=2,
    )  # fmt: skip
    movement: float = setting(
        1.0, "Amount of Movement",
        "How much of the way in which the reference's limbs and hips move is taken over",
        minimum=0.0, maximum=2.0, step=0.05, precision=2,
    )  # fmt: skip
    timing: float = setting(
        0.0, "Timing",
        "How much of the reference's timing is taken over: steps become longer or shorter in time, "
        "and uneven where its are",
        minimum=0.0, maximum=1.0, step=0.05, precision=2,
    )  # fmt: skip
    steps: int = setting(
        150, "Steps of Descent",
        "Where the motions share no cycle, the manner is found step by step; more take longer",
        minimum=20, maximum=1000, soft_maximum=300,
    )  # fmt: skip
    lock_feet: bool = setting(
        True, "Lock Feet", "Feet stay where the motion put them down; off, they go with the manner"
    )

    @property
    def changes_nothing(self) -> bool:
        """Whether all shares are 0."""
        return not (self.posture or self.movement or self.timing)
