"""Feet that slide while they carry, and the legs that hold them.

A captured foot rolls by a centimetre or two in every step. Where the steps around a moment slide
further, the capture slides, and each of its steps is held in the middle of its slide: the steady
drift is taken off, and how the foot rolls stays. A foot that
goes a long way is a real slide, one that turns is a spin, and both are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...feet.contacts import detect_contacts, spans
from ...feet.reach import soften_reach
from ...maths.rotations import quaternion_conjugate, quaternion_multiply, quaternion_rotate
from ...maths.smoothing import smoothstep
from ...motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from ...motion.kinematics import forward_kinematics, solve_two_bone
from ...motion.skeleton import Skeleton
from .tracks import ROOT

_SPEED_M_S: Final = 0.3
_HEIGHT_M: Final = 0.04
_LOWEST_PERCENT: Final = 8
_FLOOR_M: Final = 0.3
_LONGEST_M: Final = 0.15
_SPIN_RAD: Final = np.deg2rad(35.0)
_SHORTEST_S: Final = 0.2
_EDGE_S: Final = 0.06
_EASE_S: Final = 1.0
_AROUND_S: Final = 6.0
_STEPS: Final = 3
_LEAST_FRAMES: Final = 4
_LEAST_SHARE: Final = 0.45
_COMFORTABLE: Final = 0.985
_STRAIGHTEST: Final = 0.9996
"""Of a leg's length: how far it may be stretched in any case, and how far at most."""
_FORWARD: Final = np.array([0.0, 0.0, 1.0], np.float32)


@dataclass(frozen=True, eq=False)
class Slide:
    """A stance that slides.

    Args:
        side: Left or Right.
        start, stop: frames, half-open.
        drift: (T', 3) how far the slide has taken the foot in each of them, metres, level; 0 in the
            middle.
        distance_m: from its first frame to its last.
    """

    side: str
    start: int
    stop: int
    drift: Floats
    distance_m: float


def find_slides(tracks: Floats, rate_hz: float, skeleton: Skeleton, least_m: float) -> list[Slide]:
    """Stances that are to be held.

    Args:
        tracks: (T, 1 + J, 4).
        rate_hz: frames per second.
        skeleton: with the common names.
        least_m: the steps around have to slide further, most of them.
    """
    if len(tracks) < _LEAST_FRAMES:
        return []
    places, turns = forward_kinematics(skeleton, tracks[:, ROOT, :3], tracks[:, ROOT + 1 :])
    joints = skeleton.indices(FOOT_JOINTS)
    contacts = find_contacts(places[:, joints], rate_hz)
    found: list[Slide] = []
    for n, side in enumerate(("Left", "Right")):
        foot, columns = joints[2 * n : 2 * n + 2], contacts[:, 2 * n : 2 * n + 2]
        found += _stances(side, places[:, foot], turns[:, foot[0]], columns, rate_hz)
    return _sliding(found, rate_hz, least_m)


def find_contacts(feet: Floats, rate_hz: float) -> Bools:
    """(T, 4) which heels and toes (T, 4, 3) stand on a floor that is found from them."""
    lowest = np.percentile(feet[..., 1], _LOWEST_PERCENT, axis=0) - PLANTED_HEIGHTS_M
    floor = float(np.median(lowest))
    floor = floor if abs(floor) < _FLOOR_M else 0.0
    ground = np.full(feet.shape[:2], floor, np.float32)
    return detect_contacts(feet, ground, rate_hz, speed_m_s=_SPEED_M_S, height_m=_HEIGHT_M)


def _stances(
    side: str, feet: Floats, turns: Floats, contacts: Bools, rate_hz: float
) -> list[Slide]:
    """Stances of one foot: of heel and toe (T, 2, 3) the slower one says how it slides."""
    steps = np.gradient(feet, axis=0) * np.array([1.0, 0.0, 1.0], np.float32)
    heel, toe = steps[:, 0], steps[:, 1]
    both = contacts.all(axis=1)
    on_heel = np.where(both, _length(heel) < _length(toe), contacts[:, 0])
    step = np.where(on_heel[:, None], heel, toe)
    pointing = quaternion_rotate(turns, _FORWARD)
    yaw = np.unwrap(np.arctan2(pointing[:, 0], pointing[:, 2]))
    edge, found = round(_EDGE_S * rate_hz), []
    for start, stop in spans(contacts.any(axis=1)):
        # Landing and leaving, a foot moves of right.
        inner = slice(start + edge, stop - edge)
        if inner.stop - inner.start < max(_SHORTEST_S * rate_hz, 3):
            continue
        if np.ptp(yaw[inner]) > _SPIN_RAD:
            continue
        drift = _steady_drift(np.cumsum(step[inner], axis=0), stop - start)
        found.append(Slide(side, start, stop, drift, float(_length(drift[-1] - drift[0]))))
    return found


def _steady_drift(way: Floats, count: int) -> Floats:
    """(count, 3) the line through a way (T, 3), 0 in its middle and as long as the whole stance.

    A foot that carries rolls, and that is to stay; what is taken off is that it drifts on.
    """
    at = np.arange(len(way)) - 0.5 * (len(way) - 1)
    speed = (at[:, None] * way).sum(axis=0) / np.square(at).sum()
    return np.asarray((np.arange(count) - 0.5 * (count - 1))[:, None] * speed, np.float32)


def _sliding(stances: list[Slide], rate_hz: float, least_m: float) -> list[Slide]:
    """Those among stances that slide as most around them do."""
    if not stances:
        return []
    middles = np.array([0.5 * (each.start + each.stop) for each in stances]) / rate_hz
    distances = np.array([each.distance_m for each in stances])
    chosen = []
    for each, middle in zip(stances, middles, strict=True):
        around = distances[np.abs(middles - middle) < _AROUND_S]
        usual = float(np.median(around))
        enough = len(around) >= _STEPS or least_m == 0.0
        if enough and usual > least_m and _LEAST_SHARE * least_m < each.distance_m < _LONGEST_M:
            chosen.append(each)
    return chosen


def hold_feet(tracks: Floats, slides: list[Slide], rate_hz: float, skeleton: Skeleton) -> Floats:
    """Tracks (T, 1 + J, 4) at a rate whose legs hold the sliding feet."""
    held = tracks.copy()
    for side in ("Left", "Right"):
        own = sorted((s for s in slides if s.side == side), key=lambda each: each.start)
        if own:
            offsets = _offsets(own, len(tracks), round(_EASE_S * rate_hz))
            at = np.flatnonzero(_length(offsets) > 1e-5)
            _move_foot(held, at, offsets[at], side, skeleton)
    return held


def _offsets(slides: list[Slide], count: int, eased: int) -> Floats:
    """(T, 3) by how much a foot is to be moved: against its drift, easing between slides.

    Args:
        slides: of one foot, one after the other.
        count: T.
        eased: frames in which an offset goes where there is much time.
    """
    offsets = np.zeros((count, 3), np.float32)
    last_stop, last = 0, np.zeros(3, np.float32)
    for each in slides:
        here = -each.drift
        offsets[each.start : each.stop] = here
        if each is slides[0]:
            offsets[: each.start] = _leaving(each.start, eased)[::-1, None] * here[0]
        else:
            _ease(offsets[last_stop : each.start], eased, last, here[0])
        last_stop, last = each.stop, here[-1]
    offsets[last_stop:] = _leaving(count - last_stop, eased)[:, None] * last
    return offsets


def _leaving(count: int, eased: int) -> Floats:
    """(T,) shares of an offset that is let go; where the clip ends sooner, some of it is left."""
    passed = np.minimum(np.arange(1, count + 1, dtype=np.float32) / eased, 1.0)
    return np.asarray(1.0 - smoothstep(passed))


def _ease(offsets: Floats, eased: int, first: Floats, last: Floats) -> None:
    """Go over from one offset to another, or by way of none where there is much time; in place."""
    span = len(offsets)
    if span <= 2 * eased:
        share = smoothstep(np.arange(1, span + 1, dtype=np.float32) / (span + 1))[:, None]
        offsets[:] = first + share * (last - first)
        return
    leaving = _leaving(span, eased)[:, None]
    offsets[:] = leaving * first + leaving[::-1] * last


def _move_foot(tracks: Floats, at: Ints, offsets: Floats, side: str, skeleton: Skeleton) -> None:
    """Move a foot in frames ``at`` (K,) by (K, 3), turned as it was, in place.

    A leg is stretched as far as it was, or to a comfortable bend: a knee that snaps straight is
    seen sooner than a foot that slides by a centimetre.
    """
    thigh, shin, foot = skeleton.indices([f"{side}UpLeg", f"{side}Leg", f"{side}Foot"])
    places, turns = forward_kinematics(skeleton, tracks[at, ROOT, :3], tracks[at, ROOT + 1 :])
    hip, knee, ankle = places[:, thigh], places[:, shin], places[:, foot]
    leg_m = float(np.linalg.norm(skeleton.offsets[[shin, foot]], axis=-1).sum())
    reach = np.clip(_length(ankle - hip), _COMFORTABLE * leg_m, _STRAIGHTEST * leg_m)
    target = soften_reach(hip, ankle + offsets, reach, leg_m)
    # Of a leg that is straight only the thigh tells where its knee is to go.
    ahead = quaternion_rotate(turns[:, thigh], _FORWARD)
    pole = knee - 0.5 * (hip + ankle) + 0.03 * ahead
    upper, lower = solve_two_bone(hip, knee, ankle, target, pole)
    thigh_turn = quaternion_multiply(upper, turns[:, thigh])
    shin_turn = quaternion_multiply(lower, turns[:, shin])
    chain = ((thigh, turns[:, 0], thigh_turn), (shin, thigh_turn, shin_turn))
    for joint, parent, turn in (*chain, (foot, shin_turn, turns[:, foot])):
        local = quaternion_multiply(quaternion_conjugate(parent), turn)
        flip = np.sum(local * tracks[at, ROOT + 1 + joint], axis=-1, keepdims=True) < 0.0
        tracks[at, ROOT + 1 + joint] = np.where(flip, -local, local)


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.square(vectors).sum(axis=-1)))
