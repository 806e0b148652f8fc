"""Finds where somebody in a recording stands calmly: upright, arms down, feet side by side."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.maths.headings import world_to_root
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.motion.kinematics import forward_kinematics

from .takes import Take

SHORTEST_S = 0.4
LONGEST_S = 1.0
_FASTEST_M_S = 0.4
"""Of any joint: hands are never quite still; a foot that steps is faster."""
_FEET_APART_M = (0.08, 0.30)
_FEET_STAGGERED_M = 0.10
_HANDS_BELOW_SHOULDERS_M = 0.40
_HANDS_BESIDE_SHOULDERS_M = 0.25
_LOWEST_HIPS = 0.93
"""Of the hips' rest height: knees not bent."""
_LEAN_M = 0.12
"""Of the neck before, behind or beside the hips."""


def find_calm_spans(take: Take) -> list[tuple[int, int]]:
    """Half-open spans of frames in which the character of a take stands calmly.

    Args:
        take: on level ground.

    Returns:
        Spans of SHORTEST_S to LONGEST_S, in their order; of a longer stance the stillest part.
    """
    hips, rotations = take.assemble()
    positions, _ = forward_kinematics(COMMON_SKELETON, hips, rotations)
    speeds = _joint_speeds(positions)
    calm = (speeds < _FASTEST_M_S) & _stands(positions, take.heading_rad)
    shortest = round(SHORTEST_S * MODEL_FRAME_RATE_HZ)
    return [
        _stillest(speeds, start, stop) for start, stop in spans(calm) if stop - start >= shortest
    ]


def _joint_speeds(positions: Floats) -> Floats:
    """(T,) of the fastest joint of (T, J, 3), m/s."""
    if len(positions) < 2:
        return np.zeros(len(positions))
    velocities = np.gradient(positions, axis=0) * MODEL_FRAME_RATE_HZ
    return np.asarray(np.linalg.norm(velocities, axis=-1).max(axis=-1))


def _stands(positions: Floats, heading_rad: Floats) -> Bools:
    """(T,) whether a pose is one of natural standing."""

    def joint(name: str) -> Floats:
        return positions[:, COMMON_SKELETON.index(name)]

    feet = world_to_root((joint("LeftFoot") - joint("RightFoot"))[:, [0, 2]], heading_rad)
    lean = np.linalg.norm((joint("Neck") - joint("Hips"))[:, [0, 2]], axis=-1)
    stands = (feet[:, 0] > _FEET_APART_M[0]) & (feet[:, 0] < _FEET_APART_M[1])
    stands &= np.abs(feet[:, 1]) < _FEET_STAGGERED_M
    stands &= (joint("Hips")[:, 1] > _LOWEST_HIPS * HIPS_REST_HEIGHT_M) & (lean < _LEAN_M)
    for side in ("Left", "Right"):
        arm = joint(f"{side}Hand") - joint(f"{side}Arm")
        stands &= arm[:, 1] < -_HANDS_BELOW_SHOULDERS_M
        stands &= np.linalg.norm(arm[:, [0, 2]], axis=-1) < _HANDS_BESIDE_SHOULDERS_M
    return np.asarray(stands)


def _stillest(speeds: Floats, start: int, stop: int) -> tuple[int, int]:
    """The part of a span, LONGEST_S at most, in which the joints move least."""
    length = min(stop - start, round(LONGEST_S * MODEL_FRAME_RATE_HZ))
    sums = np.convolve(speeds[start:stop], np.ones(length), "valid")
    first = start + int(np.argmin(sums))
    return first, first + length
