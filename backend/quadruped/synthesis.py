"""Motion of a four-legged animal from a plan: planned feet, borrowed manner, solved legs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
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

from .doings import do_standing
from .footfalls import plan_footfalls
from .footing import within_reach
from .loops import trunk_positions
from .manner import Manner, Styles, draw_manner
from .sequence import Footfalls, Sequence
from .standing import Stills
from .standing_feet import feet_rotations
from .stride import Stride, leg_curve, stride_of
from .trunk import Trunk, tail_off_ground, trunk_of

_MOST_SUNK_H: Final = 0.10
_STANCE_REACH: Final = {
    Family.HOOFED: np.array([0.958, 0.991, 0.958, 0.991]),
    Family.CANINE: np.array([0.958, 0.958, 0.958, 0.958]),
}
"""Of a whole leg's length; a trunk sinks until no standing leg is straighter."""
_ENOUGH_M: Final = 5e-4
_SINKINGS: Final = 3
_STRAIGHT: Final = {Family.HOOFED: (0.66, 1.006), Family.CANINE: (0.79, 0.74)}
"""Part of its length at which a free front leg is kept in the air and standing: the blade gives way
before it folds more."""
_AIR_REACH: Final = 0.962
_SOFT: Final = 0.03
"""Of a whole leg's length, to which it is stretched in the air."""
_OFF_GROUND_H: Final = 0.005
_STYLE_SIGMA: Final = 1.3
_ROOT_SIGMA: Final = 6.0


def synthesise(
    plan: QuadrupedPlan,
    body: QuadrupedBody,
    body_name: str,
    terrain: Terrain,
    styles: Styles,
    stills: Stills,
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
        stills: of the idles, see ``read_stills``.
        rng: of everything random in it.
        name, split: of the sequence.
    """
    footfalls = within_reach(plan_footfalls(plan, body, terrain, rng), plan, body, terrain)
    manner = draw_manner(body.family, styles, rng)
    stride = stride_of(plan.actions, footfalls, body.family)
    trunk = trunk_of(plan, body, terrain, footfalls, stride, manner, rng)
    trunk, footfalls = do_standing(plan, body, trunk, footfalls, stills, rng)
    trunk = tail_off_ground(body, trunk, terrain)
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
    feet = _feet(trunk, footfalls, stride, manner, terrain)
    length = float(body.rest_m[CHEST, 2] - body.rest_m[HIPS, 2])
    sunk = np.zeros((len(trunk.mid_y), 2))
    for _ in range(_SINKINGS):
        lower = trunk.sunk(sunk[:, 0], sunk[:, 1], length)
        more = _sinking(body, *_ends(body, lower), footfalls)
        if not more.any():
            break
        sunk = np.minimum(sunk + more, _MOST_SUNK_H * body.hip_height_m)
    trunk = trunk.sunk(sunk[:, 0], sunk[:, 1], length)
    (hips, world), legs = _solve(body, trunk, footfalls, extra, feet)
    # A foot that its leg does not reach is on its way, whatever was planned.
    stands = footfalls.contacts & (legs.lacking_m < _OFF_GROUND_H * body.hip_height_m)
    clip = clip_of_pose(body, hips, world, legs, MODEL_FRAME_RATE_HZ, stands)
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return Motion(clip, smooth_root(positions), legs.lacking_m)


def smooth_root(positions_m: Floats) -> Floats:
    """(T, 3) float64 track of joints (T, 27, 3): x, z and unwrapped heading, without the bounce."""
    root = np.asarray(root_of(positions_m.astype(np.float64)))
    root[:, 2] = np.unwrap(root[:, 2])
    return np.asarray(gaussian_filter1d(root, _ROOT_SIGMA, axis=0, mode="nearest"))


def _ends(body: QuadrupedBody, trunk: Trunk) -> tuple[Floats, Floats]:
    """Hips and chest of a trunk: joints (T, 2, 3) and rotations (T, 2, 4)."""
    hips, world = trunk.pose(body)
    return trunk_positions(body, hips, world)[:, [HIPS, CHEST]], world[:, [HIPS, CHEST]]


def _solve(
    body: QuadrupedBody, trunk: Trunk, footfalls: Footfalls, extra: Floats, feet: Floats
) -> tuple[tuple[Floats, Floats], SolvedLegs]:
    hips, world = trunk.pose(body)
    ends = world[:, [HIPS, CHEST]]
    joints = trunk_positions(body, hips, world)[:, [HIPS, CHEST]]
    air = _in_air(footfalls)
    paws = _drawn_in(body, joints, ends, footfalls)
    styles = folding_styles(body, joints, ends, paws) + extra
    bent, straight = _STRAIGHT[body.family]
    kept = straight + (bent - straight) * smoothstep(air / 0.35)
    styles += upright_blades(body, joints, ends, paws, kept)
    styles = gaussian_filter1d(styles, _STYLE_SIGMA, axis=0, mode="nearest")
    return (hips, world), solve_legs(body, joints, ends, paws, styles, feet)


def _in_air(footfalls: Footfalls) -> Floats:
    """(T, 4) part of its swing from which a foot is from lift-off or landing; standing, 0."""
    part = (footfalls.phases - footfalls.duties) / np.maximum(1 - footfalls.duties, 1e-3)
    part = np.clip(part, 0.0, 1.0)
    return np.asarray(np.minimum(part, 1.0 - part) * ~footfalls.contacts)


def _lines(body: QuadrupedBody, joints: Floats, ends: Floats, paws: Floats) -> Floats:
    """(T, 4, 3) from the legs' tops to the paws."""
    lines = np.empty_like(paws)
    for number, leg in enumerate(LEGS):
        offset, end = body.skeleton.offsets[leg.joints[0]], int(leg.fore)
        top = joints[:, end] + quaternion_rotate(
            ends[:, end], np.broadcast_to(offset, joints[:, end].shape)
        )
        lines[:, number] = paws[:, number] - top
    return lines


def _drawn_in(body: QuadrupedBody, joints: Floats, ends: Floats, footfalls: Footfalls) -> Floats:
    """(T, 4, 3) paws that no leg has to be straight for while it is in the air."""
    paws = np.array(footfalls.paws_m, np.float64)
    lines = _lines(body, joints, ends, paws)
    far = np.linalg.norm(lines, axis=-1)
    most = np.maximum(_AIR_REACH * body.segments_m.sum(axis=1), _edges(far, footfalls.contacts))
    near = np.maximum(_SOFT * most - np.abs(far - most), 0.0)
    held = np.minimum(far, most) - near**2 / (4 * _SOFT * most)
    shorter = np.where(footfalls.contacts, 0.0, 1.0 - held / far)
    return np.asarray(paws - lines * shorter[..., None])


def _edges(far: Floats, contacts: Bools) -> Floats:
    """(T, 4) distances of standing feet, and in the air from that of the last to the next one."""
    frames = np.arange(len(far))
    edges = far.copy()
    for number in range(far.shape[1]):
        stands = np.flatnonzero(contacts[:, number])
        if len(stands):
            edges[:, number] = np.interp(frames, stands, far[stands, number])
    return edges


def _sinking(body: QuadrupedBody, joints: Floats, ends: Floats, footfalls: Footfalls) -> Floats:
    """(T, 2) metres by which hips and chest have to come down to their feet."""
    lines = _lines(body, joints, ends, np.array(footfalls.paws_m, np.float64))
    most = _STANCE_REACH[body.family] * body.segments_m.sum(axis=1)
    level = np.hypot(lines[..., 0], lines[..., 2])
    highest = np.sqrt(np.maximum(most**2 - level**2, (0.5 * most) ** 2))
    near = maximum_filter1d(footfalls.contacts, 5, axis=0, mode="nearest")
    lack = np.maximum(-lines[..., 1] - highest, 0.0) * near
    pairs = [[n for n, leg in enumerate(LEGS) if leg.fore == fore] for fore in (False, True)]
    worst = np.stack([lack[:, pair].max(axis=1) for pair in pairs], axis=1)
    if worst.max() < _ENOUGH_M:
        return np.zeros_like(worst)
    widest = maximum_filter1d(worst, 31, axis=0, mode="nearest")
    return np.asarray(gaussian_filter1d(widest, 8.0, axis=0, mode="nearest"))


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
