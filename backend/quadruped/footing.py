"""Prints moved to where the legs of a body reach them from landing to lift-off."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.smoothing import smoothstep
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS

from .rhythm import STILL_M_S
from .sequence import Footfalls

_SUNK_H: Final = 0.075
"""How much lower than standing the top of a leg may be counted on, hip heights."""
_STRAIGHT: Final = 0.975
_OFF_MIDDLE_H: Final = 0.18
"""A front foot's stance lies no further ahead of the top of its blade than this."""


def within_reach(
    footfalls: Footfalls, plan: QuadrupedPlan, body: QuadrupedBody, terrain: Terrain
) -> Footfalls:
    """Draw prints back (or forward) that the trunk passes at more than a leg's reach.

    A stance lies around the middle of what the whole leg reaches, front legs with their blades,
    as far off it as its own length allows.

    Args:
        footfalls: planned, T frames.
        plan: of them.
        body: at the model's size.
        terrain: on which the prints lie.
    """
    paws = np.array(footfalls.paws_m, np.float64)
    middle = body.rest_m[[HIPS, CHEST], 2].mean()
    ahead = np.stack((np.sin(plan.headings_rad), np.cos(plan.headings_rad)), axis=-1)
    still = plan.speeds_m_s < STILL_M_S
    for number, leg in enumerate(LEGS):
        joints = body.rest_m[list(leg.joints)]
        whole = float(body.segments_m[number].sum()) * _STRAIGHT
        height = float(joints[0, 1] - joints[3, 1]) - _SUNK_H * body.hip_height_m
        reach = float(np.sqrt(max(whole**2 - height**2, 0.01)))
        top = float(joints[0, 2] - middle)
        along = ((paws[:, number, [0, 2]] - plan.positions_xz) * ahead).sum(axis=1) - top
        off = np.full(len(along), _OFF_MIDDLE_H * body.hip_height_m if leg.fore else reach)
        off[still] = reach
        shifts = _shifts(along, footfalls.contacts[:, number], reach, off)
        _move(paws[:, number], footfalls.contacts[:, number], shifts, ahead, terrain)
    return replace(footfalls, paws_m=paws)


def _shifts(along: Floats, stands: Bools, reach: float, off_middle: Floats) -> list[float]:
    """How far each stance is to go forward; of a stance longer than the reach, to its middle.

    Its middle may be so far (T,) off the leg's top: standing still, a foot stands where it rests.
    """
    shifts = []
    for first, end in spans(stands):
        low, high = float(along[first:end].min()), float(along[first:end].max())
        half = (high - low) / 2
        most = min(reach, half + float(off_middle[first:end].max()))
        excess = max(high - most, 0.0) - max(-most - low, 0.0)
        shifts.append(-(high + low) / 2 if half > most else -excess)
    return shifts


def _move(
    paws: Floats, stands: Bools, shifts: list[float], ahead: Floats, terrain: Terrain
) -> None:
    """Move one foot's track (T, 3) in place; in the air it goes over from shift to shift."""
    stances = spans(stands)
    if not any(shifts):
        return
    moved = []
    for (first, end), shift in zip(stances, shifts, strict=True):
        facing = ahead[first:end].mean(axis=0)
        step = shift * facing / max(float(np.linalg.norm(facing)), 1e-6)
        place = paws[first, [0, 2]]
        rise = 0.0
        if not isinstance(terrain, FlatTerrain):
            near = terrain.heights(np.stack((place + step, place)))
            rise = float(near[0]) - float(near[1])
        moved.append(np.array([step[0], rise, step[1]]))
    frames = np.arange(len(paws))
    offsets = np.empty_like(paws)
    starts = np.array([first for first, _ in stances])
    ends = np.array([end - 1 for _, end in stances])
    before = np.clip(np.searchsorted(starts, frames, side="right") - 1, 0, None)
    after = np.minimum(before + 1, len(stances) - 1)
    gap = np.maximum(starts[after] - ends[before], 1)
    part = smoothstep(np.clip((frames - ends[before]) / gap, 0.0, 1.0))[:, None]
    table = np.array(moved)
    offsets = table[before] * (1 - part) + table[after] * part
    paws += offsets
