"""How a motion is made a cycle, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Unit, setting


@dataclass(frozen=True, eq=False, kw_only=True)
class LoopSettings:
    """How a motion is made a cycle.

    Args:
        find_cut: whether the best cut within the motion is looked for, or all of it is the cycle.
        shortest_s, longest_s: of the cycle that is looked for; 0 leaves it open.
        whole_steps: whether a cycle begins and ends with the same feet on the ground.
        seam_s: how much around the cut is made anew; 0 proposes it.
        in_place: whether the way that a cycle goes is taken out.
        straighten: whether a cycle's small turn is taken out.
        lock_feet: whether carrying feet are held through the seam.
    """

    find_cut: bool = setting(
        True, "Find the Cut", "The best cycle within the range; off, all of the range is the cycle"
    )
    shortest_s: float = setting(
        0.0, "Shortest", "A cycle that is looked for is at least so long; 0 leaves it open",
        unit=Unit.SECONDS, minimum=0.0, maximum=600.0, soft_maximum=10.0, step=0.1, precision=2,
    )  # fmt: skip
    longest_s: float = setting(
        0.0, "Longest", "A cycle that is looked for is at most so long; 0 leaves it open",
        unit=Unit.SECONDS, minimum=0.0, maximum=600.0, soft_maximum=30.0, step=0.1, precision=2,
    )  # fmt: skip
    whole_steps: bool = setting(
        True, "Whole Steps", "A cycle begins and ends with the same feet on the ground"
    )
    seam_s: float = setting(
        0.0, "Seam", "So much around the cut is made anew; 0 chooses it by how far the ends differ",
        unit=Unit.SECONDS, minimum=0.0, maximum=3.0, soft_maximum=1.0, step=0.05, precision=2,
    )  # fmt: skip
    in_place: bool = setting(
        False, "In Place", "The way that a cycle goes is taken out, as for a treadmill"
    )
    straighten: bool = setting(
        True, "Straighten", "The small turn of each cycle is taken out, so that it goes straight on"
    )
    lock_feet: bool = setting(
        True, "Lock Feet", "Feet that carry stay where they are through the seam"
    )
