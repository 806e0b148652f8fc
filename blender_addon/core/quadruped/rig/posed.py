"""How a rig's bones follow a motion of its body: every bone turned and placed, feet planted.

The body's motion says where the common joints are and how they are turned. On the rig the same
segments may be made of several bones, legs may begin elsewhere and be a little longer; so the
trunk goes along the body's line bone by bone, and each leg is solved again from where it begins on
the rig to where the body's paw is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.rotations import (
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
    rotation_between,
)
from ..skeleton import JOINTS, LEGS, PAWS
from .feet import FootMotion, aimed, held_place
from .leg_solve import bent, brought_near, nearer_carpus, nearer_hock, solve_fore, solve_hind
from .lie import normals_of_prints
from .rig_map import LegMap, QuadrupedMap

_LINE: Final = tuple(
    JOINTS.index(n) for n in ("hips", "spine", "spine_1", "chest", "neck", "neck_1", "head")
)
_HELD: Final = 0.02
"""Of the hip height, by which a standing paw is at most drawn to the place where it stands."""

_REACH: Final = 0.9995
_DRAWN: Final = 0.04
"""Of a front leg's length, by which a shoulder without a blade gives way at most."""

_TAIL: Final = tuple(JOINTS.index(n) for n in ("tail", "tail_1", "tail_2"))


@dataclass(frozen=True, eq=False)
class BodyMotion:
    """A motion of a rig's body in the world.

    Args:
        rest: (27, 3) the body's joints at rest.
        positions: (T, 27, 3).
        rotations_wxyz: (T, 27, 4) from rest.
        contacts: (T, 4) LH, LF, RH, RF.
        frame_rate_hz: frames per second.
    """

    rest: Floats
    positions: Floats
    rotations_wxyz: Floats
    contacts: Bools
    frame_rate_hz: float


@dataclass(frozen=True, eq=False)
class RigPose:
    """Where a rig's bones are.

    Args:
        names: B bones.
        heads: (T, B, 3) in the world, metres.
        turns_wxyz: (T, B, 4) from rest.
        lacking_m: (T, 4) what each leg lacks to reach its paw's place.
    """

    names: tuple[str, ...]
    heads: Floats
    turns_wxyz: Floats
    lacking_m: Floats


class Posing:
    """Bones as they get their places, one after the other.

    Args:
        found: the rig.
        scale: metres per unit of the rig.
        motion: to follow.
    """

    def __init__(self, found: QuadrupedMap, scale: float, motion: BodyMotion) -> None:
        self.found = found
        self.motion = motion
        self.rests: dict[str, Floats] = {n: scale * p for n, p in found.begins.items()}
        self.heads: dict[str, Floats] = {}
        self.turns: dict[str, Floats] = {}

    def carried(self, bone: str) -> Floats:
        """(T, 3) where a bone begins by what it hangs on."""
        above = self.found.hangs[bone]
        off = self.rests[bone] - self.rests[above]
        return self.heads[above] + quaternion_rotate(self.turns[above], off)

    def put(self, bone: str, head: Floats, turn: Floats) -> None:
        """Give a bone its place."""
        self.heads[bone], self.turns[bone] = head, turn

    def at(self, joint: str) -> Floats:
        """(T, 3) of a common joint in the motion."""
        return np.asarray(self.motion.positions[:, JOINTS.index(joint)])

    def turn(self, joint: str) -> Floats:
        """(T, 4) of a common joint in the motion."""
        return np.asarray(self.motion.rotations_wxyz[:, JOINTS.index(joint)])

    def rest(self, joint: str) -> Floats:
        """(3,) of a common joint in the body."""
        return np.asarray(self.motion.rest[JOINTS.index(joint)])


def pose_rig(
    found: QuadrupedMap, scale: float, motion: BodyMotion, fixed: frozenset[str] = frozenset()
) -> RigPose:
    """Where every bone of a rig is while its body moves so.

    Args:
        found: the rig.
        scale: metres per unit of the rig.
        motion: of ``found.body(scale)``.
        fixed: bones that cannot move away from what they hang on.
    """
    posing = Posing(found, scale, motion)
    _pose_line(posing)
    _pose_tail(posing)
    standing = motion.rest[list(PAWS), 1]
    normals = normals_of_prints(motion.positions, motion.contacts, standing)
    feet = FootMotion(
        found,
        motion.positions,
        normals,
        motion.contacts,
        motion.frame_rate_hz,
    )
    lacking = []
    for number, leg in enumerate(found.legs):
        points = scale * leg.points
        solve = _pose_fore if leg.fore else _pose_hind
        tip, lacks = solve(posing, feet, leg, points, fixed)
        lacking.append(lacks)
        feet.pose_foot(posing, number, leg, points, tip)
    names = tuple(posing.heads)
    return RigPose(
        names,
        np.stack([posing.heads[name] for name in names], axis=1),
        np.stack([posing.turns[name] for name in names], axis=1),
        np.stack(lacking, axis=1),
    )


def _pose_line(posing: Posing) -> None:
    """Column, neck and head along the body's line."""
    bones = [*posing.found.column, *posing.found.neck]
    off = posing.rests[bones[0]] - posing.rest("hips")
    head = posing.at("hips") + quaternion_rotate(posing.turn("hips"), off)
    _pose_along(posing, bones, _LINE, head)
    if posing.found.neck:
        posing.put(bones[-1], posing.heads[bones[-1]], posing.turn("head"))


def _pose_tail(posing: Posing) -> None:
    bones = posing.found.tail
    if bones:
        _pose_along(posing, bones, _TAIL, posing.carried(bones[0]))


def _pose_along(posing: Posing, bones: Sequence[str], joints: Sequence[int], head: Floats) -> None:
    """Bones along a line of common joints, each turned so that it ends where the line has it.

    Args:
        posing: gets them.
        bones: each hanging on the one before.
        joints: of the line.
        head: (T, 3) where the first begins.
    """
    rests = np.stack([posing.rests[bone] for bone in bones])
    line = posing.motion.rest[list(joints)]
    turns = posing.motion.rotations_wxyz[:, list(joints)]
    places = posing.motion.positions[:, list(joints)]
    along, knots = _along(rests, line)
    samples = np.append((knots[:-1] + knots[1:]) / 2, knots[-1] + 0.5 * (knots[-1] - knots[-2]))
    for number, bone in enumerate(bones):
        last = number + 1 == len(bones)
        end = knots[-1] if last else along[number + 1]
        turn = _blended(samples, turns, (along[number] + end) / 2)
        if last:
            posing.put(bone, head, turn)
            return
        off = rests[number + 1] - rests[number]
        target = _on_line(knots, line, places, turns, rests[number + 1], along[number + 1])
        now = quaternion_rotate(turn, off)
        turn = quaternion_multiply(rotation_between(now, target - head), turn)
        posing.put(bone, head, turn)
        head = head + quaternion_rotate(turn, off)


def _along(rests: Floats, line: Floats) -> tuple[Floats, Floats]:
    """How far along a line (L, 3) bones (B, 3) begin, never backwards, and its knots (L,)."""
    steps = np.diff(line, axis=0)
    lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-9)
    knots = np.concatenate(([0.0], np.cumsum(lengths)))
    off = rests[:, None] - line[None, :-1]
    shares = np.clip((off * steps).sum(axis=-1) / lengths**2, 0.0, 1.0)
    apart = np.linalg.norm(off - shares[..., None] * steps, axis=-1)
    best = apart.argmin(axis=1)
    rows = np.arange(len(rests))
    along = knots[best] + shares[rows, best] * lengths[best]
    return np.maximum.accumulate(along), knots


def _blended(samples: Floats, turns: Floats, at: float) -> Floats:
    """(T, 4) turns known at samples along the line, between them."""
    place = int(np.clip(np.searchsorted(samples, at), 1, len(samples) - 1))
    low, high = samples[place - 1], samples[place]
    weight = float(np.clip((at - low) / max(high - low, 1e-9), 0.0, 1.0))
    return np.asarray(quaternion_nlerp(turns[:, place - 1], turns[:, place], weight), np.float64)


def _on_line(
    knots: Floats, line: Floats, places: Floats, turns: Floats, rest: Floats, at: float
) -> Floats:
    """(T, 3) where a point beside the line is, carried by its segment."""
    segment = int(np.clip(np.searchsorted(knots, at + 1e-6) - 1, 0, len(knots) - 2))
    start, end = places[:, segment], places[:, segment + 1]
    off = rest - line[segment]
    way = line[segment + 1] - line[segment]
    share = float(off @ way) / max(float(way @ way), 1e-12)
    aside = off - share * way
    return start + share * (end - start) + quaternion_rotate(turns[:, segment], aside)


def _follow(posing: Posing, bones: Sequence[str]) -> None:
    """Bones that go along with what they hang on."""
    for bone in bones:
        posing.put(bone, posing.carried(bone), posing.turns[posing.found.hangs[bone]])


def _paw_target(posing: Posing, leg: LegMap, points: Floats) -> Floats:
    """(T, 3) where the rig's paw has to be: the body's, at the rig's own height at rest.

    While it stands it is held in one place: between frames of another rate it trembles a little.
    """
    contact = posing.motion.contacts[:, leg_number(leg)]
    most = _HELD * float(posing.rest("left_hind_hip")[1])
    target = held_place(contact, posing.at(f"{leg.name}_paw"), most)
    target[:, 1] += points[leg.joints[3], 1] - posing.rest(f"{leg.name}_paw")[1]
    return target


def leg_number(leg: LegMap) -> int:
    """The place of a leg in LH, LF, RH, RF."""
    return next(n for n, each in enumerate(LEGS) if each.name == leg.name)


def _pose_hind(
    posing: Posing, feet: FootMotion, leg: LegMap, points: Floats, _: frozenset[str]
) -> tuple[Floats, Floats]:
    """Put a hind leg; (T, 3) where its paw is and (T,) what it lacks."""
    hip, stifle, hock, paw = leg.joints
    _follow(posing, leg.bones[:hip])
    top = posing.carried(leg.bones[hip])
    wanted = [posing.at(f"{leg.name}_{part}") for part in ("hip", "stifle", "hock", "paw")]
    lengths = _lengths(points, leg.joints)
    target = _paw_target(posing, leg, points)
    middle, low, end, lacking = solve_hind(top, target, wanted, lengths)
    if feet.has_pastern(leg):
        start = _cannon_start(posing, leg, points, low, end)
        crown, step = feet.flat_hoof(leg_number(leg), leg, points, start, end)
        low = nearer_hock(top, low, crown, step, (lengths[0], lengths[1]))
        aside = wanted[1] - (wanted[0] + wanted[2]) / 2
        middle = bent(top, low, (lengths[0], lengths[1]), aside)
    _put_segments(
        posing,
        leg,
        points,
        (
            (hip, stifle, "hip", top, middle),
            (stifle, hock, "stifle", middle, low),
            (hock, paw, "hock", low, end),
        ),
    )
    return end, lacking


def _pose_fore(
    posing: Posing, feet: FootMotion, leg: LegMap, points: Floats, fixed: frozenset[str]
) -> tuple[Floats, Floats]:
    """Put a front leg; (T, 3) where its paw is and (T,) what it lacks."""
    scapula, upper, lower, paw = leg.joints
    target = _paw_target(posing, leg, points)
    wanted = [posing.at(f"{leg.name}_{part}") for part in ("scapula", "upper", "lower", "paw")]
    lengths = _lengths(points, leg.joints[1:])
    blade, length, give = None, 0.0, 0.0
    if scapula >= 0:
        _follow(posing, leg.bones[:scapula])
        blade = posing.carried(leg.bones[scapula])
        length = float(np.linalg.norm(points[upper] - points[scapula]))
        top, middle, end, lacking = solve_fore(blade, length, target, wanted, lengths)
    else:
        give = 0.0 if leg.bones[0] in fixed else _DRAWN * sum(lengths)
        top = _virtual_top(posing, leg, points, fixed)
        _, middle, end, lacking = solve_fore(top, 0.0, target, wanted, lengths)
    if feet.has_pastern(leg):
        start = _cannon_start(posing, leg, points, middle, end)
        crown, step = feet.flat_hoof(leg_number(leg), leg, points, start, end)
        reach = _REACH * (lengths[0] + np.linalg.norm(crown - middle, axis=1) - step)[:, None]
        if blade is None:
            moved = _nearer(top, crown, reach, give)
        else:
            moved = brought_near(crown, blade, top, length, reach)
        top, middle = nearer_carpus((top, moved), middle, crown, step, lengths[0])
    if blade is not None:
        _put_segments(posing, leg, points, ((scapula, upper, "scapula", blade, top),))
    elif leg.bones[0] not in fixed and upper:
        turn = posing.turns[posing.found.hangs[leg.bones[0]]]
        begin = top - quaternion_rotate(turn, points[upper] - points[0])
        _put_rigid(posing, leg, points, range(upper), begin, turn)
    _put_segments(
        posing,
        leg,
        points,
        ((upper, lower, "upper", top, middle), (lower, paw, "lower", middle, end)),
    )
    return end, lacking


_Segment = tuple[int, int, str, Floats, Floats]


def _put_segments(
    posing: Posing, leg: LegMap, points: Floats, segments: Sequence[_Segment]
) -> None:
    """Put bones between two points of a leg, given the joint that turns them and both places."""
    for start, stop, joint, a, b in segments:
        turn = aimed(posing.turn(f"{leg.name}_{joint}"), points[stop] - points[start], b - a)
        _put_rigid(posing, leg, points, range(start, min(stop, len(leg.bones))), a, turn)


def _lengths(points: Floats, joints: Sequence[int]) -> list[float]:
    return [float(np.linalg.norm(points[b] - points[a])) for a, b in pairwise(joints)]


def _cannon_start(posing: Posing, leg: LegMap, points: Floats, low: Floats, end: Floats) -> Floats:
    """(T, 3) where the cannon bone begins, which need not be the lowest joint that bends."""
    at, paw = leg.joints[2], leg.joints[3]
    cannon = paw - 3
    if cannon == at:
        return low
    joint = "lower" if leg.fore else "hock"
    turn = aimed(posing.turn(f"{leg.name}_{joint}"), points[paw] - points[at], end - low)
    return low + quaternion_rotate(turn, points[cannon] - points[at])


def _virtual_top(posing: Posing, leg: LegMap, points: Floats, fixed: frozenset[str]) -> Floats:
    """(T, 3) the free leg's top where no blade carries it: moved, if its first bone may move.

    The bones above it move along, so that the skin of the shoulder does.
    """
    upper, first = leg.joints[1], leg.bones[0]
    if first in fixed:
        _follow(posing, leg.bones[:upper])
        return posing.carried(leg.bones[upper])
    turn, name = posing.turns[posing.found.hangs[first]], f"{leg.name}_upper"
    top = posing.at(name) + quaternion_rotate(turn, points[upper] - posing.rest(name))
    reach = _REACH * sum(_lengths(points, leg.joints[1:]))
    return _nearer(top, _paw_target(posing, leg, points), reach, _DRAWN * reach)


def _nearer(top: Floats, target: Floats, reach: Floats | float, most: float) -> Floats:
    """A top (T, 3) moved on towards a target by what it is beyond reach, up to a limit."""
    way = target - top
    far = np.linalg.norm(way, axis=1, keepdims=True)
    return np.asarray(top + np.clip(far - reach, 0.0, most) * way / np.maximum(far, 1e-9))


def _put_rigid(
    posing: Posing, leg: LegMap, points: Floats, places: range, start: Floats, turn: Floats
) -> None:
    """Put bones of a leg that go along as one piece from its first's head."""
    for place in places:
        off = points[place] - points[places.start]
        posing.put(leg.bones[place], start + quaternion_rotate(turn, off), turn)
