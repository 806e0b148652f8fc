"""Motion of a four-legged animal from a plan: planned feet, borrowed manner, solved legs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.maths.smoothing import smoothstep
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.legs import (
    SolvedLegs,
    clip_of_pose,
    folding_styles,
    solve_legs,
    upright_blades,
)
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.root import root_of
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS

from .footfalls import plan_footfalls
from .footing import within_reach
from .loops import trunk_positions
from .manner import Manner, Styles, draw_manner
from .sequence import Footfalls, Sequence
from .standing_feet import feet_rotations
from .stride import Stride, leg_curve, stride_of
from .trunk import Trunk, trunk_of

_MOST_SUNK_H: Final = 0.08
_SINKINGS: Final = 3
_STRAIGHT: Final = {Family.HOOFED: (0.66, 0.985), Family.CANINE: (0.72, 0.74)}
"""Part of its length at which a free front leg is kept in the air and standing: the blade gives way
before it folds more."""
_AIR_REACH: Final = 0.955
"""Of a whole leg's length, to which it is stretched in the air."""
_ROOT_SIGMA: Final = 6.0


def synthesise(
    plan: QuadrupedPlan,
    body: QuadrupedBody,
    body_name: str,
    terrain: Terrain,
    styles: Styles,
    rng: np.random.Generator,
    name: str,
    split: str,
) -> Sequence:
    """Make one animal's motion along a plan.

    Args:
        plan: T frames at the model's size and rate.
        body: at the model's size.
        body_name: its name.
        terrain: the ground, in the model's world.
        styles: of the loops, see ``read_styles``.
        rng: of everything random in it.
        name, split: of the sequence.
    """
    footfalls = within_reach(plan_footfalls(plan, body, terrain, rng), plan, body, terrain)
    manner = draw_manner(body.family, styles, rng)
    stride = stride_of(plan.actions, footfalls, body.family)
    trunk = trunk_of(plan, body, terrain, stride, manner, rng)
    motion = pose_on_feet(body, trunk, footfalls, stride, manner, terrain)
    return Sequence(
        name, body, body_name, split, motion.clip, motion.root_track, plan, terrain, footfalls
    )


@dataclass(frozen=True, eq=False)
class Motion:
    """A clip and its root (T, 3), and what the legs lack, (T, 4) metres."""

    clip: MotionClip
    root_track: Floats
    lacking_m: Floats


def pose_on_feet(
    body: QuadrupedBody,
    trunk: Trunk,
    footfalls: Footfalls,
    stride: Stride,
    manner: Manner,
    terrain: Terrain,
) -> Motion:
    """Let a trunk down until its legs reach their feet, and bend them.

    Args:
        body: at the model's size.
        trunk: T frames.
        footfalls: of the same frames.
        stride: of the footfalls.
        manner: of the animal.
        terrain: on which the feet stand.
    """
    extra = _leg_styles(stride, manner)
    feet = _feet(body, trunk, footfalls, stride, manner, terrain)
    length = float(body.rest_m[CHEST, 2] - body.rest_m[HIPS, 2])
    sunk = np.zeros((len(trunk.mid_y), 2))
    for _ in range(_SINKINGS):
        _, legs = _solve(body, trunk.sunk(sunk[:, 0], sunk[:, 1], length), footfalls, extra, feet)
        more = _sinking(legs.lacking_m, footfalls, body.hip_height_m)
        if not more.any():
            break
        sunk = np.minimum(sunk + more, _MOST_SUNK_H * body.hip_height_m)
    trunk = trunk.sunk(sunk[:, 0], sunk[:, 1], length)
    (hips, world), legs = _solve(body, trunk, footfalls, extra, feet)
    clip = clip_of_pose(body, hips, world, legs, MODEL_FRAME_RATE_HZ, footfalls.contacts)
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return Motion(clip, smooth_root(positions), legs.lacking_m)


def smooth_root(positions_m: Floats) -> Floats:
    """(T, 3) float64 track of joints (T, 27, 3): x, z and unwrapped heading, without the bounce."""
    root = np.asarray(root_of(positions_m.astype(np.float64)))
    root[:, 2] = np.unwrap(root[:, 2])
    return np.asarray(gaussian_filter1d(root, _ROOT_SIGMA, axis=0, mode="nearest"))


def _solve(
    body: QuadrupedBody, trunk: Trunk, footfalls: Footfalls, extra: Floats, feet: Floats
) -> tuple[tuple[Floats, Floats], SolvedLegs]:
    hips, world = trunk.pose(body)
    ends = world[:, [HIPS, CHEST]]
    joints = trunk_positions(body, hips, world)[:, [HIPS, CHEST]]
    paws = _drawn_in(body, joints, ends, footfalls)
    styles = folding_styles(body, joints, ends, paws) + extra
    bent, straight = _STRAIGHT[body.family]
    kept = bent + (straight - bent) * _carrying(footfalls)
    styles += upright_blades(body, joints, ends, paws, kept)
    return (hips, world), solve_legs(body, joints, ends, paws, styles, feet)


def _drawn_in(body: QuadrupedBody, joints: Floats, ends: Floats, footfalls: Footfalls) -> Floats:
    """(T, 4, 3) paws that no leg has to be straight for while it is in the air."""
    paws = np.array(footfalls.paws_m, np.float64)
    part = footfalls.phases - footfalls.duties
    part = np.clip(part / np.maximum(1 - footfalls.duties, 1e-3), 0.0, 1.0)
    loose = smoothstep(np.minimum(part, 1.0 - part) / 0.2) * ~footfalls.contacts
    for number, leg in enumerate(LEGS):
        offset = body.skeleton.offsets[leg.joints[0]]
        end = int(leg.fore)
        top = joints[:, end] + quaternion_rotate(
            ends[:, end], np.broadcast_to(offset, joints[:, end].shape)
        )
        line = paws[:, number] - top
        far = np.linalg.norm(line, axis=-1)
        most = _AIR_REACH * float(body.segments_m[number].sum())
        near = np.maximum(0.1 * most - np.abs(far - most), 0.0)
        held = np.minimum(far, most) - near**2 / (0.4 * most)
        paws[:, number] -= line * (loose[:, number] * (1.0 - held / far))[:, None]
    return paws


def _carrying(footfalls: Footfalls) -> Floats:
    """(T, 4) 0 in the air to 1 standing, smooth."""
    return gaussian_filter1d(footfalls.contacts.astype(np.float64), 4.0, axis=0, mode="nearest")


def _sinking(lacking: Floats, footfalls: Footfalls, h: float) -> Floats:
    """(T, 2) metres by which hips and chest have to come down for what their feet lack."""
    near = maximum_filter1d(footfalls.contacts, 7, axis=0, mode="nearest")
    lack = np.where(near, lacking, 0.3 * lacking)
    lack = np.where(lack > 4e-4 * h, lack, 0.0) * 1.3
    ends = [np.max(lack[:, [n for n, leg in enumerate(LEGS) if leg.fore == e]], 1) for e in (0, 1)]
    widest = maximum_filter1d(np.stack(ends, axis=1), 17, axis=0, mode="nearest")
    return np.asarray(gaussian_filter1d(widest, 5.0, axis=0, mode="nearest"))


def _leg_styles(stride: Stride, manner: Manner) -> Floats:
    """(T, 4) angles of the hind legs' last segments from the loops; front legs have none."""
    fast = stride.weight("canter_left", "canter_right", "gallop_left", "gallop_right")
    slow = stride.weight("walk", "pace", "trot")
    styles = np.zeros_like(stride.phases)
    for number, leg in enumerate(LEGS):
        if leg.fore:
            continue
        phases, duties = stride.phases[:, number] % 1.0, stride.duties[:, number]
        angle = slow * leg_curve(manner.walk.legs_rad[0], phases, duties)
        angle += fast * leg_curve(manner.gallop_right.legs_rad[0], phases, duties)
        styles[:, number] = manner.style_gain * angle * stride.going
    return np.asarray(gaussian_filter1d(styles, 1.5, axis=0, mode="nearest"))


def _feet(
    body: QuadrupedBody,
    trunk: Trunk,
    footfalls: Footfalls,
    stride: Stride,
    manner: Manner,
    terrain: Terrain,
) -> Floats:
    fast = stride.weight("canter_left", "canter_right", "gallop_left", "gallop_right")
    pitches = np.zeros_like(stride.phases)
    for number, leg in enumerate(LEGS):
        phases, duties = stride.phases[:, number] % 1.0, stride.duties[:, number]
        walk = leg_curve(manner.walk.feet_rad[int(leg.fore)], phases, duties)
        gallop = leg_curve(manner.gallop_right.feet_rad[int(leg.fore)], phases, duties)
        pitches[:, number] = walk + fast * (gallop - walk)
    air = gaussian_filter1d((~footfalls.contacts).astype(np.float64), 2.0, axis=0, mode="nearest")
    moving = np.maximum(stride.going[:, None], air)
    pitches *= manner.foot_gain * moving
    headings = np.repeat(trunk.yaw_rad[:, None], 4, axis=1)
    smooth = gaussian_filter1d(pitches, 1.0, axis=0, mode="nearest")
    return feet_rotations(headings, footfalls.contacts, footfalls.paws_m, smooth, terrain)
