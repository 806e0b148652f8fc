"""Back up as one who walks the same way forward, seen backward in time.

A network that has hardly seen anyone back up glides away on stiff legs. A walk backward in time has
feet that stand still, legs that reach, and the footfalls of an animal that backs up: hind left,
front right, hind right, front left, nearly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..plan import QuadrupedPlan
from ..request import QuadrupedResult


def reversed_plan(plan: QuadrupedPlan) -> QuadrupedPlan:
    """The plan of one who goes the same way in the other direction, and its own reverse.

    Args:
        plan: of the model's world.
    """
    return replace(
        plan,
        positions_xz=plan.positions_xz[::-1],
        headings_rad=plan.headings_rad[::-1],
        travel_rad=plan.travel_rad[::-1] + np.pi,
        speeds_m_s=plan.speeds_m_s[::-1],
        distances_m=plan.distances_m[::-1],
        actions=plan.actions[::-1],
    )


def reversed_result(result: QuadrupedResult, plan: QuadrupedPlan) -> QuadrupedResult:
    """What was done along a reversed plan, backward in time.

    Args:
        result: of one who went forward.
        plan: as it was asked for.
    """
    clip = result.clip
    return replace(
        result,
        clip=replace(
            clip,
            root_positions=clip.root_positions[::-1].copy(),
            rotations_wxyz=clip.rotations_wxyz[::-1].copy(),
            contacts=None if clip.contacts is None else clip.contacts[::-1].copy(),
        ),
        reached_end=True,  # that is where the one who went forward began
        root_track=result.root_track[::-1].copy(),
        desired_positions=result.desired_positions[::-1].copy(),
        plan=plan,
    )
