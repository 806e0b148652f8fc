"""Feet on the ground: the whole body's height over it, which feet carry, and carrying feet held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import MODEL_FRAME_RATE_HZ, Bools
from ...feet.contacts import median_filter
from ...feet.foot_lock import lock_feet
from ...feet.measures import heights_over_ground, slip_speed
from ...ground.terrain import ScaledTerrain, Terrain
from ...maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)
from ...maths.segments import Segments
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ...motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from ...motion.kinematics import forward_kinematics
from ...motion.resample import resample_clip
from ...motion.skeleton import Skeleton
from .body import SIDES, Body, Doubles
from .place import weighted_smooth
from .stances import bring_to_rest

_LEVEL_S: Final = 0.25
_FLOOR_S: Final = 1.0
_SLOW_M_S: Final = 0.7
_FLIES_M: Final = 0.07
_RESTS_M_S: Final = 0.4
_FALLS_S: Final = 0.12
"""Feet that are slower for as long before and after do not fly: who falls is soon faster."""
_NEAR_M: Final = 0.06
_CARRIES_M_S: Final = (0.55, 0.85)
_SPEED_S: Final = 0.035
_SWINGS: Final = 0.9
_WALKS_M_S: Final = 6.0
"""Speed of the feet of who walks briskly: nine tenths of the time they are slower."""
_TAKES_OVER_S: Final = 0.25
_FLOATS_M: Final = 0.04
_LEAVES_S: Final = 0.1
_STEP_M: Final = 0.08
_STEP_S: Final = 0.2
"""How high both feet of who walks may seem from one step to the next, and for how long."""
_STRETCHES_S: Final = 0.07
_WALKS: Final = 0.6
"""Share of the time for which a foot of who walks is seen to carry; of who runs it is less."""
_STAYS_M: Final = 0.03
_LIFTED_M: Final = 0.045
"""So much higher than the foot that stands another one is lifted, however slow."""
_SLOWER_S: Final = 0.02
"""Height that is as unlikely for a foot that carries as a speed, by that speed."""


@dataclass(frozen=True, eq=False)
class Footing:
    """A clip whose feet are on the ground.

    Args:
        clip: with contacts, if its feet can be looked at.
        slip_cm_s: mean speed of feet that stand.
        notes: what the user should know.
    """

    clip: MotionClip
    slip_cm_s: float
    notes: tuple[str, ...] = ()


def has_feet(skeleton: Skeleton) -> bool:
    """Whether its legs are those that a foot lock knows: from the root to toes, joint by joint."""
    for side in SIDES:
        names = ("Hips", *(side + part for part in ("UpLeg", "Leg", "Foot", "Toe")))
        if any(name not in skeleton.names for name in names):
            return False
        joints = skeleton.indices(names)
        if joints[0] != 0 or list(skeleton.parents[joints[1:]]) != joints[:-1]:
            return False
    return True


def foot_places(clip: MotionClip) -> Doubles:
    """(T, 4, 3) left heel, left toe, right heel, right toe."""
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return np.asarray(places[:, clip.skeleton.indices(FOOT_JOINTS)], np.float64)


def stand_on_ground(
    clip: MotionClip, terrain: Terrain, seen: Doubles, may_fly: Doubles
) -> MotionClip:
    """A clip raised or lowered so that feet that stand are on the ground, and jumps stay jumps.

    Args:
        clip: of a skeleton with feet, in the size of a person.
        terrain: in the same size.
        seen: (T,) how well its feet were seen.
        may_fly: (T,) 0 … 1: where it is 0, one of the feet is on the ground.
    """
    feet = foot_places(clip)
    over = feet[..., 1] - terrain.heights(feet[..., [0, 2]]) - PLANTED_HEIGHTS_M
    rate = clip.frame_rate_hz
    lowest = over.min(axis=1)
    floor = _floor_of(lowest, rate)
    # A foot that is slow and near the floor so far says where it is more exactly.
    speed = np.sqrt(np.square(_velocity(feet, rate)).sum(axis=-1)).min(axis=1)
    near = np.exp(-(((lowest - floor) / _FLIES_M) ** 2))
    near = np.maximum(near, _rests(speed, rate))
    stands = near * np.exp(-((speed / _SLOW_M_S) ** 2)) * np.maximum(seen, 0.02) + 1e-6
    shift = weighted_smooth(lowest[:, None], stands, _LEVEL_S * rate)[:, 0]
    root = clip.root_positions.astype(np.float64)
    root[:, 1] -= lowest + may_fly * (shift - lowest)
    return replace(clip, root_positions=root)


def _floor_of(lowest: Doubles, rate_hz: float) -> Doubles:
    """(T,) height where the lower foot is when it stands: a low quantile over some time."""
    reach = max(round(_FLOOR_S * rate_hz), 1)
    padded = np.pad(lowest, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    rank = round(0.25 * 2 * reach)
    floor = np.partition(windows, rank, axis=-1)[:, rank]
    return np.asarray(gaussian_smooth(floor, 0.3 * rate_hz))


def _rests(speed: Doubles, rate_hz: float) -> Doubles:
    """(T,) 1 where a foot has been slow (T,) for so long that nobody can be falling, else 0."""
    reach = max(round(_FALLS_S * rate_hz), 1)
    padded = np.pad(speed, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(windows.max(axis=-1) < _RESTS_M_S, np.float64)


def _velocity(places: Doubles, rate_hz: float) -> Doubles:
    if len(places) < 2:
        return np.zeros_like(places)
    smooth = gaussian_smooth(places, _SPEED_S * rate_hz)
    return np.asarray(np.gradient(smooth, axis=0) * rate_hz)


def carrying(clip: MotionClip, terrain: Terrain, seen: Bools) -> Bools:
    """(T, 4) which heels and toes carry: near the ground, and slow; with some inertia.

    Args:
        clip: on the ground, in the size of a person.
        terrain: in the same size.
        seen: (T,) frames in which a leg is seen.
    """
    feet = foot_places(clip)
    over = feet[..., 1] - terrain.heights(feet[..., [0, 2]]) - PLANTED_HEIGHTS_M
    speed = np.linalg.norm(_velocity(feet, clip.frame_rate_hz), axis=-1)
    # Who runs is seen less exactly.
    usual = np.quantile(speed, _SWINGS) if len(speed) else 0.0
    low, high = np.array(_CARRIES_M_S) * max(1.0, float(usual) / _WALKS_M_S)
    sure = (speed < low) & (over < _NEAR_M)
    likely = (speed < high) & (over < 1.3 * _NEAR_M)
    flags = np.zeros(over.shape, bool)
    for column in range(4):
        flags[:, column] = _grown(sure[:, column], likely[:, column])
    frames = max(round(0.1 * clip.frame_rate_hz) | 1, 3)
    if len(flags) >= frames:
        flags = median_filter(flags, frames)
    flags &= ~_lifted(flags, over)
    over = np.where(seen[:, None], over, np.inf)
    walks = bool(flags.any(axis=1).mean() > _WALKS)
    flags = _without_floating(flags, over, speed, clip.frame_rate_hz, walks)
    return _stepping(flags, over, speed, clip.frame_rate_hz) if walks else flags


def _lifted(flags: Bools, over: Doubles) -> Bools:
    """(T, 4) feet that hang over the ground while the other one, of contacts (T, 4), stands on it.

    Args:
        flags: contacts as they were found.
        over: (T, 4) heights of the joints over the ground, metres.
    """
    stands = flags.reshape(-1, 2, 2).any(axis=-1)
    lowest = over.reshape(-1, 2, 2).min(axis=-1)
    lifted = stands[:, ::-1] & (lowest - lowest[:, ::-1] > _LIFTED_M)
    return np.repeat(lifted, 2, axis=1)


def _without_floating(
    flags: Bools, over: Doubles, speed: Doubles, rate_hz: float, walks: bool
) -> Bools:
    """Contacts (T, 4) of somebody who does not fly: while a foot is low, one of them carries.

    Over a short time one foot takes over where the other leaves; over a long one, in which both
    were seen to glide, the lower and slower carries.

    Args:
        flags: contacts as they were found.
        over: (T, 4) heights of the joints over the ground, metres.
        speed: (T, 4) of the joints, metres a second.
        rate_hz: frames a second.
        walks: whether it is sure that one carries where the film begins and ends.
    """
    is_low = over.min(axis=1) < _FLOATS_M
    gaps = Segments.of(len(flags)).spans(~flags.any(axis=1) & is_low)
    made = flags.copy()
    for start, stop in zip(gaps.starts, gaps.stops, strict=True):
        before, after = flags[max(start - 1, 0)], flags[min(stop, len(flags) - 1)]
        middle = (start + stop) // 2
        is_end = walks and (start == 0 or stop == len(flags))
        if is_end or stop - start > _TAKES_OVER_S * rate_hz:
            made[start:stop] = _likelier(over[start:stop], speed[start:stop], before)
        elif before.any() and after.any():
            made[start:middle] = before
            made[middle:stop] = after
        elif before.any() or after.any():
            frames = min(stop - start, round(_LEAVES_S * rate_hz))
            made[start : start + frames] |= before
            made[stop - frames : stop] |= after
    return made


def _stepping(flags: Bools, over: Doubles, speed: Doubles, rate_hz: float) -> Bools:
    """Contacts (T, 4) of somebody who walks: from one step to the next nobody flies.

    What is short and not high is an error of the ground's height, as on a hill. The same holds
    where a film begins or ends in the middle of a step.
    """
    made, count = flags.copy(), len(flags)
    gaps = Segments.of(count).spans(~flags.any(axis=1))
    low = gaps.maxima(over.min(axis=1)) < _STEP_M
    for start, stop in zip(gaps.starts[low], gaps.stops[low], strict=True):
        if stop - start == count:
            continue
        if start == 0 or stop == count:
            if stop - start <= _LEAVES_S * rate_hz:
                made[start:stop] = flags[stop if start == 0 else start - 1]
        elif stop - start <= _STEP_S * rate_hz and _are_two_feet(flags[start - 1], flags[stop]):
            before, after = flags[start - 1], flags[stop]
            middle = _taken_over(speed[start:stop], before, after)
            # A leg that is held for longer is stretched to its end, and its knee snaps.
            middle = start + min(middle, round(_STRETCHES_S * rate_hz))
            made[start:middle] = before
            made[middle:stop] = after
    return made


def _taken_over(speed: Doubles, before: Bools, after: Bools) -> int:
    """At which of some frames (K, 4) one foot leaves and the other carries: they glide least."""
    leaves, lands = speed[:, before].min(axis=1), speed[:, after].min(axis=1)
    glides = np.concatenate(([0.0], np.cumsum(leaves - lands)))
    return int(glides.argmin())


def _are_two_feet(one: Bools, other: Bools) -> bool:
    """Whether contacts (4,) are of one foot alone, and others of the other alone."""
    first, second = one.reshape(2, 2).any(axis=1), other.reshape(2, 2).any(axis=1)
    return bool((first != second).all() and first.any() and second.any())


def _likelier(over: Doubles, speed: Doubles, before: Bools) -> Bools:
    """(4,) heel or toe that is most likely to carry over some frames (K, 4), after some (4,)."""
    stays = np.repeat(before.reshape(2, 2).any(axis=1), 2)
    cost = (over + _SLOWER_S * speed).mean(axis=0) - _STAYS_M * stays
    return np.asarray(np.arange(4) == int(cost.argmin()))


def _grown(sure: Bools, likely: Bools) -> Bools:
    """Runs of what is likely (T,) that hold something sure."""
    spans = Segments.of(len(likely)).spans(likely)
    grown = np.zeros(len(sure), bool)
    totals = np.concatenate(([0], np.cumsum(sure)))
    for start, stop in zip(spans.starts, spans.stops, strict=True):
        grown[start:stop] = totals[stop] > totals[start]
    return grown


def hold_feet(clip: MotionClip, terrain: Terrain, seen: Bools) -> MotionClip:
    """A clip whose carrying feet stay where they are; frames in between are those of its rate.

    Args:
        clip: on the ground, in the size of a person.
        terrain: in the same size.
        seen: (T,) frames in which a leg is seen.
    """
    before = resample_clip(clip, MODEL_FRAME_RATE_HZ)
    there = np.arange(before.frame_count) * (clip.frame_rate_hz / MODEL_FRAME_RATE_HZ)
    there = np.minimum(np.round(there).astype(np.int64), clip.frame_count - 1)
    seen = seen[there]
    contacts = carrying(before, terrain, seen)
    rest = bring_to_rest(before, contacts & seen[:, None])
    held = lock_feet(rest.skeleton, rest.root_positions, rest.rotations_wxyz, contacts, terrain)
    moved = held.root_positions.astype(np.float64) - before.root_positions
    turned = quaternion_multiply(held.rotations_wxyz, quaternion_conjugate(before.rotations_wxyz))
    at = np.arange(clip.frame_count) * (MODEL_FRAME_RATE_HZ / clip.frame_rate_hz)
    at = np.minimum(at, before.frame_count - 1)
    low = np.floor(at + 1e-6).astype(np.int64)
    high = np.minimum(low + 1, before.frame_count - 1)
    share = np.clip(at - low, 0.0, 1.0).astype(np.float32)
    turned = make_continuous(turned)
    turn = quaternion_nlerp(turned[low], turned[high], share[:, None])
    move = moved[low] + share[:, None] * (moved[high] - moved[low])
    nearest = np.where(share < 0.5, low, high)
    return replace(
        clip,
        root_positions=clip.root_positions + move,
        rotations_wxyz=normalise(quaternion_multiply(turn, clip.rotations_wxyz)),
        contacts=held.contacts[nearest],
    )


def settle_feet(
    clip: MotionClip,
    terrain: Terrain,
    seen: Doubles,
    hidden: Bools,
    may_fly: Doubles,
    *,
    on_ground: bool,
    lock: bool,
) -> Footing:
    """Feet on the ground and held, as far as it is wanted and the skeleton has feet.

    Args:
        clip: T frames.
        terrain: the ground.
        seen: (T,) how well its feet were seen.
        hidden: (T,) frames in which no leg is seen.
        may_fly: (T,) 0 … 1 how surely it is known that neither is on the ground, if so it seems.
        on_ground, lock: what is wanted.
    """
    if not has_feet(clip.skeleton):
        note = "the skeleton's legs have joints of their own; its feet are not held"
        return Footing(clip, 0.0, (note,) if on_ground or lock else ())
    size = Body(clip.skeleton).person_size()
    ground = terrain if size == 1.0 else ScaledTerrain(terrain, 1.0 / size)
    near = replace(
        clip,
        skeleton=clip.skeleton.scaled(1.0 / size),
        root_positions=clip.root_positions / np.float32(size),
    )
    if on_ground:
        near = stand_on_ground(near, ground, seen, may_fly)
    if lock:
        near = hold_feet(near, ground, ~hidden)
    feet = foot_places(near)
    heights = heights_over_ground(feet, ground.heights(feet[..., [0, 2]]), PLANTED_HEIGHTS_M)
    slip = slip_speed(feet, heights, clip.frame_rate_hz).mean if len(feet) > 1 else 0.0
    root = near.root_positions * np.float32(size)
    return Footing(replace(near, skeleton=clip.skeleton, root_positions=root), 100.0 * size * slip)
