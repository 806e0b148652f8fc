"""Feet held where they carry, in the frames that an edit made anew.

A foot that carries over the border of what was made stays where it is known to be. One that is put
down and taken up within stays where it stands on average. One that is known on both sides, but in
two places, takes a step. In between its offset eases over, so that nothing pops; legs follow by
two-bone inverse kinematics, and frames that were known stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..feet.contacts import spans
from ..feet.reach import soften_reach
from ..maths.rotations import (
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..maths.smoothing import smoothstep
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, solve_two_bone
from ..motion.skeleton import Skeleton

_SAME_PLACE_M: Final = 0.025
"""Two stances of a foot so near to each other are one."""
_ANOTHER_PLACE_M: Final = 0.06
"""From here on a foot takes a step from the one to the other, and the other foot waits for it."""
_NEAR_M: Final = 0.08
"""A foot is held at a place only while the motion has it so near."""
_STEP_TAKES_S: Final = 0.4
"""In less time nobody steps: a foot slides from the one place to the other."""
_LIFT_SHARE: Final = 0.12
_LEAST_LIFT_M: Final = 0.035
_MOST_LIFT_M: Final = 0.12
"""How high a foot is lifted to step over this share of its way, within these heights."""
_STEPS_ALONE: Final = (0.15, 0.85)
_STEPS_FIRST: Final = (0.05, 0.52)
_STEPS_SECOND: Final = (0.48, 0.95)
"""When a foot steps, in shares of the gap: alone, and where the other is on its way as well."""
_COMFORTABLE: Final = 0.985
_STRAIGHTEST: Final = 0.9996
"""Of a leg's length: how far it may be stretched in any case, and how far at most."""
_FORWARD: Final = np.array([0.0, 0.0, 1.0], np.float32)


@dataclass(frozen=True, eq=False)
class _Leg:
    """Joints of a leg, and of the motion's contacts the heel's and the toe's column."""

    thigh: int
    shin: int
    heel: int
    toe: int
    columns: tuple[int, int]


def hold_feet(clip: MotionClip, made: Bools, contacts: Bools) -> MotionClip:
    """Hold carrying feet where they are, in the frames that were made.

    Args:
        clip: T frames with the common joint names.
        made: (T,) frames that may be changed.
        contacts: (T, 4) what carries: left heel, left toe, right heel, right toe.
    """
    if not made.any() or not (contacts.any(axis=1) & made).any():
        return clip
    joints, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    legs = _legs(clip.skeleton)
    if made.sum() < _STEP_TAKES_S * clip.frame_rate_hz:
        windows: list[tuple[float, float] | None] = [None] * 2
    else:
        contacts, windows = _planned(legs, joints, made, contacts)
    local = clip.rotations_wxyz.copy()
    for leg, window in zip(legs, windows, strict=True):
        carries = contacts[:, leg.columns]
        heel, toe = (
            _held_track(joints[:, joint], made, carries[:, n], window)
            for n, joint in enumerate((leg.heel, leg.toe))
        )
        foot_m = float(np.linalg.norm(clip.skeleton.offsets[leg.toe]))
        heel, toe = _at_length(heel, toe, foot_m, carries[:, 1] & ~carries[:, 0])
        _reach(clip.skeleton, leg, (joints, turns), (heel, toe), local, made)
    return replace(clip, rotations_wxyz=local)


def _legs(skeleton: Skeleton) -> list[_Leg]:
    legs = []
    for side, columns in (("Left", (0, 1)), ("Right", (2, 3))):
        parts = [side + part for part in ("UpLeg", "Leg", "Foot", "Toe")]
        thigh, shin, heel, toe = skeleton.indices(parts)
        legs.append(_Leg(thigh, shin, heel, toe, columns))
    return legs


def _planned(
    legs: list[_Leg], joints: Floats, made: Bools, contacts: Bools
) -> tuple[Bools, list[tuple[float, float] | None]]:
    """Contacts where a foot has to step to another place, and when each foot steps.

    A foot in the air comes down first, one that has to leave the ground leaves it last; two that
    both stand elsewhere afterwards go one after the other, that with the longer way first.
    """
    first, stop = spans(made)[0]
    alone: list[tuple[float, float] | None] = [_STEPS_ALONE] * 2
    if first == 0 or stop == len(joints):
        return contacts, alone
    ways = np.array([length(joints[stop, leg.heel] - joints[first - 1, leg.heel]) for leg in legs])
    stands = np.array(
        [[contacts[at, leg.columns].any() for at in (first - 1, stop)] for leg in legs]
    )
    steps = stands.all(axis=1) & (ways > _ANOTHER_PLACE_M)
    if not steps.any():
        return contacts, alone
    windows = _order(ways, stands, steps)
    share = np.arange(1, stop - first + 1) / (stop - first + 1)
    planned = contacts.copy()
    for leg, (before, after), window in zip(legs, stands, windows, strict=True):
        down = (share <= window[0]) & before | (share >= window[1]) & after
        for column in leg.columns:
            ends = contacts[first - 1, column] & before, contacts[stop, column] & after
            half = np.where(share < np.mean(window), *ends)
            planned[first:stop, column] = (down & half) | (before & after & all(ends))
    return planned, list(windows)


def _order(ways: Floats, stands: Bools, steps: Bools) -> list[tuple[float, float]]:
    """When each of two feet is on its way, as at least one steps from place to place."""
    if steps.all():
        longer = int(np.argmax(ways))
        return [_STEPS_FIRST if n == longer else _STEPS_SECOND for n in (0, 1)]
    other = int(np.flatnonzero(~steps)[0])
    before, after = stands[other]
    if before == after:  # it stays, or it is in the air throughout
        return [_STEPS_ALONE] * 2
    lands, steps_at = (_STEPS_FIRST, _STEPS_SECOND) if after else (_STEPS_SECOND, _STEPS_FIRST)
    return [lands if n == other else steps_at for n in (0, 1)]


def _held_track(
    track: Floats, made: Bools, carries: Bools, window: tuple[float, float] | None
) -> Floats:
    """A joint's way (T, 3), still where it carries within what was made."""
    pinned = ~made
    offsets = np.zeros_like(track)
    lift = np.zeros(len(track), np.float32)
    for start, stop in spans(carries):
        at = np.arange(start, stop)
        at = at[made[at]]
        if not len(at):
            continue
        before = track[at[0] - 1] if at[0] > start else None
        after = track[at[-1] + 1] if at[-1] + 1 < stop else None
        if before is not None and after is not None:
            at = _step_between(track, at, (before, after), window, (offsets, lift))
        else:
            at, place = _stays(track, at, before, after)
            offsets[at] = place - track[at]
        pinned[at] = True
    held = track + _eased(offsets, pinned)
    held[:, 1] += lift
    return held


def _stays(
    track: Floats, at: Ints, before: Floats | None, after: Floats | None
) -> tuple[Ints, Floats]:
    """How long a foot stays that is known on one side at most, and where."""
    if before is not None:
        near = length(track[at] - before) < _NEAR_M
        return at[np.logical_and.accumulate(near)], before
    if after is not None:
        near = length(track[at] - after)[::-1] < _NEAR_M
        return at[np.logical_and.accumulate(near)[::-1]], after
    return at, np.median(track[at], axis=0)


def _step_between(
    track: Floats,
    at: Ints,
    places: tuple[Floats, Floats],
    window: tuple[float, float] | None,
    out: tuple[Floats, Floats],
) -> Ints:
    """Write how a foot goes from one stance to the other; which frames are settled by it."""
    offsets, lift = out
    before, after = places
    share = np.arange(1, len(at) + 1) / (len(at) + 1)
    way = float(np.linalg.norm(after - before))
    begin, end = window if window and way > _SAME_PLACE_M else (0.0, 1.0)
    swing = np.clip((share - begin) / (end - begin), 0.0, 1.0)
    offsets[at] = before + smoothstep(swing)[:, None] * (after - before) - track[at]
    if window and way > _SAME_PLACE_M:
        height = np.clip(_LIFT_SHARE * way, _LEAST_LIFT_M, _MOST_LIFT_M)
        lift[at] += height * np.square(np.sin(np.pi * swing))
    return at


def _eased(offsets: Floats, pinned: Bools) -> Floats:
    """Offsets (T, 3), between pinned frames from one to the next by a cubic with their slopes.

    Where a foot is pinned its offset takes back what speed it has, so it slows before it lands.
    """
    frames = np.arange(len(offsets))
    anchors = np.flatnonzero(pinned)
    if not len(anchors):
        return offsets
    right = np.searchsorted(anchors, frames).clip(0, len(anchors) - 1)
    left = np.searchsorted(anchors, frames, side="right").clip(1) - 1
    a, b = anchors[left], anchors[right]
    span = np.maximum(b - a, 1)
    t = ((frames - a) / span)[:, None]
    start, end = _slopes(offsets, pinned, a, -1), _slopes(offsets, pinned, b, 1)
    bend = (1 - t) * start * span[:, None] - t * end * span[:, None]
    eased = offsets[a] + smoothstep(t) * (offsets[b] - offsets[a]) + t * (1 - t) * bend
    return np.where(pinned[:, None], offsets, eased)


def _slopes(offsets: Floats, pinned: Bools, at: Ints, side: int) -> Floats:
    """(T, 3) per frame at pinned frames, from their pinned neighbours on one side; 0 alone."""
    beside = np.clip(at + side, 0, len(offsets) - 1)
    slopes = side * (offsets[beside] - offsets[at])
    return np.where(pinned[beside][:, None], slopes, 0.0)


def _at_length(heel: Floats, toe: Floats, foot_m: float, on_toe: Bools) -> tuple[Floats, Floats]:
    """Heel and toe a foot's length apart: the toe stays where it alone carries, else the heel."""
    along = foot_m * normalise(toe - heel)
    alone = on_toe[:, None]
    return np.where(alone, toe - along, heel), np.where(alone, toe, heel + along)


def _reach(
    skeleton: Skeleton,
    leg: _Leg,
    posed: tuple[Floats, Floats],
    foot: tuple[Floats, Floats],
    local: Floats,
    made: Bools,
) -> None:
    """Turn a leg so that heel and toe are where they shall be; written to the frames made."""
    joints, turns = (each[made] for each in posed)
    heel, toe = (each[made] for each in foot)
    thigh_at, shin_at, heel_at = (joints[:, n] for n in (leg.thigh, leg.shin, leg.heel))
    leg_m = float(np.linalg.norm(skeleton.offsets[[leg.shin, leg.heel]], axis=-1).sum())
    asked = np.clip(length(heel_at - thigh_at), _COMFORTABLE * leg_m, _STRAIGHTEST * leg_m)
    within = soften_reach(thigh_at, heel, asked, leg_m)
    heel, toe = within, toe + within - heel
    bend = shin_at - 0.5 * (thigh_at + heel_at)
    pole = bend + 0.03 * quaternion_rotate(turns[:, leg.thigh], _FORWARD)
    thigh_turn, shin_turn = solve_two_bone(thigh_at, shin_at, heel_at, heel, pole)
    thigh = quaternion_multiply(thigh_turn, turns[:, leg.thigh])
    shin = quaternion_multiply(shin_turn, turns[:, leg.shin])
    pointing = quaternion_rotate(turns[:, leg.heel], skeleton.offsets[leg.toe])
    ankle = quaternion_multiply(rotation_between(pointing, toe - heel), turns[:, leg.heel])
    above = turns[:, skeleton.parents[leg.thigh]]
    chain = ((leg.thigh, above, thigh), (leg.shin, thigh, shin), (leg.heel, shin, ankle))
    for joint, parent, turned in chain:
        local[made, joint] = quaternion_multiply(quaternion_conjugate(parent), turned)
