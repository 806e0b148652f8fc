"""Where the two ends of the trunk are above the feet, before any bounce or manner of going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS

from .prints import lean_angles
from .rhythm import JUMP
from .sequence import Footfalls

_GROUND_SIGMA_S: Final = 0.12
_ROLLS: Final = 0.5
"""The trunk takes on so much of the slope across."""
_BEND_SHARE: Final = 0.9
_MOST_BENT_RAD: Final = 0.45
_BEND_SIGMA_S: Final = 0.12
_STILL_M_S: Final = 0.3


@dataclass(frozen=True, eq=False)
class TrunkReference:
    """The trunk, T frames at 60 Hz of the model's world.

    The middle of hips and chest is where the plan wants it, and the line between them looks where
    the plan's heading looks; the bend of the way is in the yaws.

    Args:
        hips_m, chest_m: (T, 3) the joints, at their standing height over the ground that the feet
            of their end stand on, less where the trunk leans; in a jump on their flight.
        hips_yaw_rad, chest_yaw_rad: (T,) about +Y, unwrapped: behind and ahead of the heading
            along the bend.
        roll_rad: (T,) about the forward axis, positive raises the left side (so negative leans to
            the left): lean into bends and half of the slope across.
        lift_m: (T,) by which both are raised in a jump (contained in hips and chest).
    """

    hips_m: Floats
    chest_m: Floats
    hips_yaw_rad: Floats
    chest_yaw_rad: Floats
    roll_rad: Floats
    lift_m: Floats


def trunk_reference(
    plan: QuadrupedPlan, footfalls: Footfalls, body: QuadrupedBody, terrain: Terrain
) -> TrunkReference:
    """The ends of the trunk along a plan.

    Args:
        plan: where the middle goes.
        footfalls: of the same plan and body.
        body: at the model's size.
        terrain: under feet that never stand.
    """
    grounds = _grounds(plan, footfalls, body, terrain)
    lift = _jump_lift(plan, footfalls)
    lean = lean_angles(plan)
    rest = body.rest_m[[HIPS, CHEST]].astype(np.float64)
    hind, fore = (grounds[:, [n, n + 2]].mean(axis=1) for n in (0, 1))
    heights = np.stack((hind + rest[0, 1] * np.cos(lean), fore + rest[1, 1] * np.cos(lean)), -1)
    heights += lift[:, None]
    rise = heights[:, 1] - heights[:, 0]
    length = float(np.linalg.norm(rest[1] - rest[0]))
    half = 0.5 * np.sqrt(np.maximum(length**2 - rise**2, (0.3 * length) ** 2))
    ahead = half[:, None] * np.stack((np.sin(plan.headings_rad), np.cos(plan.headings_rad)), -1)
    bend = _bends(plan, length)
    return TrunkReference(
        _joint(plan.positions_xz - ahead, heights[:, 0]),
        _joint(plan.positions_xz + ahead, heights[:, 1]),
        plan.headings_rad - bend,
        plan.headings_rad + bend,
        _slope_across(grounds, body) - lean,
        lift,
    )


def _joint(places: Floats, heights: Floats) -> Floats:
    return np.stack((places[:, 0], heights, places[:, 1]), axis=-1)


def _grounds(
    plan: QuadrupedPlan, footfalls: Footfalls, body: QuadrupedBody, terrain: Terrain
) -> Floats:
    """(T, 4) height of the ground under each foot, going over from print to print."""
    frames = np.arange(plan.frame_count, dtype=np.float64)
    out = np.empty((plan.frame_count, 4))
    for foot in range(len(LEGS)):
        stands = np.flatnonzero(footfalls.contacts[:, foot])
        if len(stands):
            known = footfalls.paws_m[stands, foot, 1] - body.paw_heights_m[foot]
            out[:, foot] = np.interp(frames, frames[stands], known)
        else:
            out[:, foot] = terrain.heights(plan.positions_xz)
    return gaussian_smooth(out, _GROUND_SIGMA_S * MODEL_FRAME_RATE_HZ)


def _slope_across(grounds: Floats, body: QuadrupedBody) -> Floats:
    paws = body.rest_m[[leg.joints[3] for leg in LEGS], 0]
    width = float(paws[:2].mean() - paws[2:].mean())
    across = grounds[:, :2].mean(axis=1) - grounds[:, 2:].mean(axis=1)
    return np.asarray(_ROLLS * np.arctan2(across, max(width, 0.05)))


def _bends(plan: QuadrupedPlan, length: float) -> Floats:
    """(T,) angle from the heading to that of the chest, along the bend of the way."""
    if plan.frame_count < 2:
        return np.zeros(plan.frame_count)
    turning = np.gradient(plan.headings_rad) * MODEL_FRAME_RATE_HZ
    forward = np.sign(np.cos(plan.headings_rad - plan.travel_rad))
    bends = turning / np.maximum(plan.speeds_m_s, _STILL_M_S) * forward
    angles = _BEND_SHARE * 0.5 * length * bends
    angles = _MOST_BENT_RAD * np.tanh(angles / _MOST_BENT_RAD)
    return gaussian_smooth(angles, _BEND_SIGMA_S * MODEL_FRAME_RATE_HZ)


def _jump_lift(plan: QuadrupedPlan, footfalls: Footfalls) -> Floats:
    """(T,) how high a jump carries: free flight while no foot stands."""
    lift = np.zeros(plan.frame_count)
    flying = (plan.actions[:, JUMP] >= 0.5) & ~footfalls.contacts.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flying.astype(int), [0]))))
    for begin, end in edges.reshape(-1, 2).tolist():
        now = (np.arange(begin, end) - begin + 0.5) / MODEL_FRAME_RATE_HZ
        left = (end - begin) / MODEL_FRAME_RATE_HZ - now
        lift[begin:end] = 0.5 * GRAVITY_M_S2 * now * left
    return gaussian_smooth(lift, 0.04 * MODEL_FRAME_RATE_HZ)
