"""Feet that stood still before an edit stand still after it, though perhaps elsewhere.

An edit that moves the body drags the feet along. Here a foot's way off from where it was is held
constant for as long as the foot stood, and blended from one hold to the next while it swung. So it
stands exactly as still as it did, on whatever ground there is: nothing is asked of its height.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..feet.contacts import spans
from ..feet.reach import missing_reach, soften_reach
from ..maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ..maths.rotations import (
    length,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from ..maths.smoothing import gaussian_smooth, running_maximum, smoothstep
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, solve_two_bone

_STILL_M_S: Final = 0.25
_SMOOTH_S: Final = 0.03
_LEAST_S: Final = 0.1
_WIDER_S: Final = 0.06
"""How much sooner a foot stands than it is still, and how much longer: it lands and it leaves."""
_LANDING_S: Final = 0.15
_COMFORTABLE: Final = 0.985
_STRAIGHTEST: Final = 0.9996
_SINK_S: Final = (0.1, 0.07)
_DEEPEST_M: Final = 0.08
_NEAR_S: Final = 0.4
_ROOM: Final = 0.7
_AHEAD: Final = np.array([0.0, 0.0, 1.0], np.float32)
_SIDES: Final = ("Left", "Right")


@dataclass(frozen=True, eq=False)
class _Leg:
    """Joints of a leg, and where its foot was and is to be.

    Args:
        thigh, shin, foot, toe: joints.
        length_m: of thigh and shin.
        ankle: (T, 3) where it is to be.
        turned: (T, 4) the foot in the world.
        reach: (T,) how far the leg may stretch.
    """

    thigh: int
    shin: int
    foot: int
    toe: int
    length_m: float
    ankle: Floats
    turned: Floats
    reach: Floats


def keep_footholds(
    before: MotionClip, after: MotionClip, *, keep_ends: bool = False, cycle: bool = False
) -> MotionClip:
    """The edited motion with its feet as still as they were.

    Args:
        before: the motion as it was.
        after: as it is edited; as many frames.
        keep_ends: feet that stand in the first or the last frame stay where they were.
        cycle: the last frame goes on with the first.
    """
    was, now = _pose(before), _pose(after)
    legs = [_plan(before, was, now, side, keep_ends, cycle) for side in _SIDES]
    places, turned = now
    down = _sink(legs, places, before.frame_rate_hz)
    root = after.root_positions.astype(np.float64)
    root[:, 1] -= down
    lowered = places - down[:, None, None] * np.array([0.0, 1.0, 0.0])
    local = after.rotations_wxyz.copy()
    for leg in legs:
        _reach(leg, lowered, turned, local)
        local[:, leg.toe] = before.rotations_wxyz[:, leg.toe]
    return replace(after, root_positions=root.astype(np.float32), rotations_wxyz=local)


def _pose(clip: MotionClip) -> tuple[Floats, Floats]:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)


def still_frames(places: Floats, rate_hz: float) -> Bools:
    """Frames (T,) in which one of a foot's joints (T, J, 3) stands still."""
    if len(places) < 2:
        return np.ones(len(places), bool)
    smooth = gaussian_smooth(places, _SMOOTH_S * rate_hz)
    speeds = length(np.gradient(smooth, axis=0)) * rate_hz
    still = speeds.min(axis=1) < _STILL_M_S
    for start, stop in spans(still):
        if stop - start < _LEAST_S * rate_hz:
            still[start:stop] = False
    wide = round(_WIDER_S * rate_hz)
    return np.asarray(running_maximum(still.astype(np.float32), wide) > 0.5)


def _plan(
    clip: MotionClip,
    was: tuple[Floats, Floats],
    now: tuple[Floats, Floats],
    side: str,
    keep_ends: bool,
    cycle: bool,
) -> _Leg:
    """Where a leg's foot is to be: as it was, with an offset that holds while it stood."""
    joints = clip.skeleton.indices([side + part for part in ("UpLeg", "Leg", "Foot", "Toe")])
    thigh, shin, foot, toe = joints
    still = still_frames(was[0][:, [foot, toe]], clip.frame_rate_hz)
    offset = (now[0] - was[0])[:, foot]
    turn = quaternion_to_vector(
        quaternion_multiply(now[1][:, foot], quaternion_conjugate(was[1][:, foot]))
    )
    offset = _hold(offset, still, (0, 2), clip.frame_rate_hz, keep_ends, cycle)
    turn = _hold(turn, still, (1,), clip.frame_rate_hz, keep_ends, cycle)
    offset[:, 1] = np.maximum(offset[:, 1], -_ROOM * _height(was[0][:, foot, 1], clip))
    leg_m = float(np.linalg.norm(clip.skeleton.offsets[[shin, foot]], axis=-1).sum())
    asked = np.maximum(*(length(each[0][:, foot] - each[0][:, thigh]) for each in (was, now)))
    return _Leg(
        thigh, shin, foot, toe, leg_m,
        was[0][:, foot] + offset,
        quaternion_multiply(vector_to_quaternion(turn), was[1][:, foot]),
        np.clip(asked, _COMFORTABLE * leg_m, _STRAIGHTEST * leg_m),
    )  # fmt: skip


def _height(heights: Floats, clip: MotionClip) -> Floats:
    """How high (T,) a foot is over where it was lowest nearby."""
    near = round(_NEAR_S * clip.frame_rate_hz)
    return heights + running_maximum(-heights, near)


def _hold(
    track: Floats,
    still: Bools,
    kept: tuple[int, ...],
    rate_hz: float,
    keep_ends: bool,
    cycle: bool,
) -> Floats:
    """A track (T, C) that is constant while the foot stands, and as it was in between.

    Args:
        track: of offsets.
        still: (T,) whether the foot stands.
        rate_hz: frames a second.
        kept: columns that keep their mean; the others become 0 while it stands.
        keep_ends: spans at the ends become 0.
        cycle: the first and the last span are one.
    """
    runs = spans(still)
    if not runs:
        return track.copy()
    holds = _holds(track, runs, kept, keep_ends, cycle)
    held = _between(track, runs, holds, rate_hz)
    for (start, stop), hold in zip(runs, holds, strict=True):
        held[start:stop] = hold
    return held


def _between(
    track: Floats, runs: list[tuple[int, int]], holds: list[Floats], rate_hz: float
) -> Floats:
    """From hold to hold, and in between the track's own way: none of it where a foot lands."""
    edges = np.array([edge for start, stop in runs for edge in (start, stop - 1)])
    level = _blend(edges, np.repeat(holds, 2, axis=0), len(track))
    own = track - _blend(edges, track[edges], len(track))
    frames = np.arange(len(track))
    near = np.abs(frames[:, None] - edges).min(axis=1)
    return level + smoothstep(near / (_LANDING_S * rate_hz))[:, None] * own


def _holds(
    track: Floats, runs: list[tuple[int, int]], kept: tuple[int, ...], keep_ends: bool, cycle: bool
) -> list[Floats]:
    holds = [np.zeros(track.shape[1], track.dtype) for _ in runs]
    for hold, (start, stop) in zip(holds, runs, strict=True):
        hold[list(kept)] = track[start:stop].mean(axis=0)[list(kept)]
    first, last = runs[0][0] == 0, runs[-1][1] == len(track)
    if keep_ends and first:
        holds[0] = np.zeros_like(holds[0])
    if keep_ends and last:
        holds[-1] = np.zeros_like(holds[-1])
    elif cycle and first and last:
        holds[0] = holds[-1] = 0.5 * (holds[0] + holds[-1])
    return holds


def _blend(at: Floats, values: Floats, count: int) -> Floats:
    """Values (N, C) at frames (N,), smoothly blended in between and held beyond: (T, C)."""
    frames = np.arange(count)
    after = np.clip(np.searchsorted(at, frames, "right"), 1, max(len(at) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(at) - 1)
    width = np.maximum(at[after] - at[before], 1)
    share = smoothstep((frames - at[before]) / width)[:, None]
    return np.asarray((1.0 - share) * values[before] + share * values[after], values.dtype)


def _sink(legs: list[_Leg], places: Floats, rate_hz: float) -> Floats:
    """How far (T,) the hips sink so that both legs reach."""
    missing = np.maximum(*(missing_reach(places[:, g.thigh], g.ankle, g.reach) for g in legs))
    if not missing.any():
        return missing
    radius, sigma = (each * rate_hz for each in _SINK_S)
    needed = np.minimum(running_maximum(missing, round(radius)), _DEEPEST_M)
    return gaussian_smooth(needed, sigma)


def _reach(leg: _Leg, places: Floats, turned: Floats, local: Floats) -> None:
    """Turn a leg, in place in local rotations (T, J, 4), so that its foot is as planned."""
    thigh_at, shin_at, foot_at = (
        places[:, joint].astype(np.float32) for joint in (leg.thigh, leg.shin, leg.foot)
    )
    ankle = soften_reach(thigh_at, leg.ankle.astype(np.float32), leg.reach, leg.length_m)
    ahead = quaternion_rotate(turned[:, leg.thigh], _AHEAD)
    pole = shin_at - 0.5 * (thigh_at + foot_at) + 0.03 * ahead
    upper, lower = solve_two_bone(thigh_at, shin_at, foot_at, ankle, pole)
    thigh = quaternion_multiply(upper, turned[:, leg.thigh])
    shin = quaternion_multiply(lower, turned[:, leg.shin])
    local[:, leg.thigh] = quaternion_multiply(quaternion_conjugate(turned[:, 0]), thigh)
    local[:, leg.shin] = quaternion_multiply(quaternion_conjugate(thigh), shin)
    local[:, leg.foot] = quaternion_multiply(quaternion_conjugate(shin), leg.turned)
