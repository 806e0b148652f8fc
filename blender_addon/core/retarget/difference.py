"""Carries what an edit changed from one skeleton to another: the difference, and nothing else.

Notation: a motion of the source goes from *before* to *after*. Δ = after · before⁻¹ is what turned
each of its joints in the world. The target's joints, posed as they are, are turned by the Δ of the
joint that drives them, so that where the source was left alone the target keeps its pose to the
bit, whatever the two skeletons differ in.

Hips and feet also go somewhere. With r the ratio of leg lengths and e = target − r · source the
offset between them before, they come to r · source + Δ e, of Δ the turn about the vertical alone:
a foot that stays planted in the source stays planted on the target's own proportions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..conventions import FORWARD, Bools, Floats
from ..maths.rotations import (
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, global_to_local, solve_two_bone
from ..motion.skeleton import Skeleton
from .feet import measure_feet
from .pairs import JointPairs, pair_joints

_SIDES: Final = ("Left", "Right")
_LEG: Final = ("UpLeg", "Leg", "Foot")
_NO_TURN: Final = 3e-6
"""Sine of half an angle that single precision makes of nothing."""
_NO_WAY_M: Final = 2e-6
_STRAIGHT: Final = 0.05
"""Of the leg: nearer to its line the knee's own side is unsure, and the thigh's front helps."""


def leg_ratio(source: Skeleton, target: Skeleton, joint_map: Mapping[str, str]) -> float:
    """Leg length of a target over that of a source; of whole sizes where legs are unknown.

    Args:
        source, target: two skeletons.
        joint_map: source joint name by target joint name.
    """
    pairs = pair_joints(source, target, joint_map)
    return float(measure_feet(source, target, pairs, None).ratio)


def carry_difference(
    before: MotionClip,
    after: MotionClip,
    base: MotionClip,
    joint_map: Mapping[str, str],
    origin: Floats | None = None,
) -> MotionClip:
    """Change a motion of the target as that of the source was changed.

    Args:
        before, after: T frames of the source.
        base: T frames of the target, of which ``before`` is the likeness.
        joint_map: source joint name by target joint name.
        origin: (3,) where in the target's space the source's origin lies; None for its own.

    Returns:
        T frames of the target. What does not differ is as in ``base``, to rounding.

    Raises:
        SkeletonError: the two have no hips in common.
    """
    source, target = before.skeleton, base.skeleton
    pairs = pair_joints(source, target, joint_map)
    was, now = (_places_and_turns(each) for each in (before, after))
    deltas = _snapped(quaternion_multiply(now[1], quaternion_conjugate(was[1])))
    own = _places_and_turns(base)
    carried = _carried(target, pairs, deltas)
    rotations = quaternion_multiply(carried, own[1])
    ratio = float(measure_feet(source, target, pairs, None).ratio)
    near = own[0] if origin is None else own[0] - origin
    goal = _Goals(was[0], now[0], near, deltas, ratio)
    root = base.root_positions + _root_offset(target, pairs, goal, rotations, base)
    for side in _SIDES:
        if pairs.has(*(side + part for part in _LEG)) and _bends(before, after, side):
            rotations = _placed_foot(target, pairs, goal, side, own[0], root, rotations)
    local = _kept(base, global_to_local(target, rotations))
    return MotionClip(target, base.frame_rate_hz, root, local, after.contacts)


class _Goals:
    """Where joints of the target have to go."""

    def __init__(
        self, before: Floats, after: Floats, own: Floats, deltas: Floats, ratio: float
    ) -> None:
        self._before, self._after, self._own = before, after, own
        self._deltas, self._ratio = deltas, ratio

    def way(self, source: list[int], target: list[int], turned_with: int) -> Floats:
        """(T, 3) from where the mean of some joints is to where it shall be."""
        was, now = (np.mean(p[:, source], axis=1) for p in (self._before, self._after))
        own = np.mean(self._own[:, target], axis=1)
        offset = own - self._ratio * was
        turned = quaternion_rotate(_about_vertical(self._deltas[:, turned_with]), offset)
        way = self._ratio * (now - was) + (turned - offset)
        return np.where(np.abs(way) < _NO_WAY_M, 0.0, way)


def _places_and_turns(clip: MotionClip) -> tuple[Floats, Floats]:
    turns = clip.rotations_wxyz.astype(np.float64)
    return forward_kinematics(clip.skeleton, clip.root_positions, turns)


def _snapped(turns: Floats) -> Floats:
    """Turns that are none but for rounding are none."""
    turns = np.where(turns[..., :1] < 0, -turns, turns)
    none = np.abs(turns[..., 1:]).max(axis=-1, keepdims=True) < _NO_TURN
    return np.where(none, np.array([1.0, 0.0, 0.0, 0.0]), turns)


def _about_vertical(turns: Floats) -> Floats:
    """The part of turns (T, 4) that is about the vertical axis."""
    twist = turns * np.array([1.0, 0.0, 1.0, 0.0])
    size = np.linalg.norm(twist, axis=-1, keepdims=True)
    return np.asarray(np.where(size > 1e-6, twist / np.maximum(size, 1e-6), [1.0, 0.0, 0.0, 0.0]))


def _carried(target: Skeleton, pairs: JointPairs, deltas: Floats) -> Floats:
    """(T, J, 4) Δ of every joint of the target."""
    out = np.zeros((len(deltas), target.joint_count, 4))
    for joint, driver in pairs.driver.items():
        out[:, joint] = deltas[:, driver]
    for joint, (low, high, weight) in pairs.blended.items():
        out[:, joint] = _snapped(quaternion_nlerp(out[:, low], out[:, high], weight))
    hips = pairs.target_roles["Hips"]
    for joint in range(target.joint_count):
        if joint not in pairs.driver and joint not in pairs.blended:
            parent = int(target.parents[joint])
            out[:, joint] = out[:, hips if parent < 0 else parent]
    return out


def _root_offset(
    target: Skeleton, pairs: JointPairs, goal: _Goals, rotations: Floats, base: MotionClip
) -> Floats:
    """(T, 3) by which the first joint moves, so that the hip sockets are where they shall be."""
    roles = [r for r in ("LeftUpLeg", "RightUpLeg") if pairs.has(r)] or ["Hips"]
    source, sockets = ([which[r] for r in roles] for which in
                       (pairs.source_roles, pairs.target_roles))  # fmt: skip
    way = goal.way(source, sockets, pairs.source_roles["Hips"])
    turns = base.rotations_wxyz.astype(np.float64)
    at_origin = np.zeros((len(rotations), 3))
    was, _ = forward_kinematics(target, at_origin, turns)
    now, _ = forward_kinematics(target, at_origin, global_to_local(target, rotations))
    slid = np.mean(now[:, sockets] - was[:, sockets], axis=1)
    return np.asarray(way - np.where(np.abs(slid) < _NO_WAY_M, 0.0, slid))


def _bends(before: MotionClip, after: MotionClip, side: str) -> bool:
    """Whether a leg is changed itself; else it goes along with the hips as it is."""
    joints = [before.skeleton.index(side + part) for part in _LEG]
    was, now = before.rotations_wxyz[:, joints], after.rotations_wxyz[:, joints]
    return bool((_turn_between(was, now) > _NO_TURN).any())


def _turn_between(first: Floats, second: Floats) -> Floats:
    """(...) sine of half the angle between rotations."""
    turn = quaternion_multiply(quaternion_conjugate(first), second)
    return np.asarray(np.abs(turn[..., 1:]).max(axis=-1))


def _placed_foot(
    target: Skeleton,
    pairs: JointPairs,
    goal: _Goals,
    side: str,
    own: Floats,
    root: Floats,
    rotations: Floats,
) -> Floats:
    """Rotations with a leg that brings its ankle to where it shall be; the foot keeps its turn.

    Both the ankle's place and its goal go through the solver, and only what differs between the
    two solutions is turned: the bend that the solver keeps in a straight leg is none of ours.
    """
    thigh, shin, foot = (pairs.target_roles[side + part] for part in _LEG)
    places, _ = forward_kinematics(target, root, global_to_local(target, rotations))
    hip, knee, ankle = (places[:, joint].astype(np.float64) for joint in (thigh, shin, foot))
    source = pairs.source_roles[side + "Foot"]
    desired = own[:, foot] + goal.way([source], [foot], source)
    off = np.linalg.norm(desired - ankle, axis=1) > 2.0 * _NO_WAY_M
    if not off.any():
        return rotations
    size = np.linalg.norm(knee - hip, axis=1) + np.linalg.norm(ankle - knee, axis=1)
    front = quaternion_rotate(rotations[:, thigh], FORWARD)
    bend, behind = _as_usual(knee - 0.5 * (hip + ankle), front)
    pole = bend + _STRAIGHT * size[:, None] * front
    now = solve_two_bone(hip, knee, ankle, ankle, pole)
    then = solve_two_bone(hip, knee, ankle, desired, pole)
    out = rotations.copy()
    for joint, first, second in zip((thigh, shin), now, then, strict=True):
        turn = quaternion_multiply(second, quaternion_conjugate(first))
        turn = np.where(behind[:, None], second, turn)
        turned = normalise(quaternion_multiply(turn, rotations[:, joint]))
        out[:, joint] = np.where(off[:, None], turned, rotations[:, joint])
    return out


def _as_usual(bend: Floats, front: Floats) -> tuple[Floats, Bools]:
    """Knees' bends (T, 3) to the side to which most are bent, and which ones (T,) were not.

    An edit that straightens one skeleton's leg overstretches that of another one, which stood with
    less of a bend. Solved from there the knee would bend the wrong way.
    """
    ahead = np.sum(bend * front, axis=-1)
    behind = ahead * np.median(ahead) < 0.0
    mirrored = bend - 2.0 * ahead[:, None] * front
    return np.where(behind[:, None], mirrored, bend), behind


def _kept(base: MotionClip, local: Floats) -> Floats:
    """Local rotations, those of the base where nothing but rounding lies between."""
    own = base.rotations_wxyz
    signed = np.where(np.sum(own * local, axis=-1, keepdims=True) < 0, -local, local)
    same = _turn_between(own, signed)[..., None] < _NO_TURN
    return np.where(same, own, signed)


def windowed(before: MotionClip, after: MotionClip, weight: Floats, joints: Bools) -> MotionClip:
    """What an edit made of a motion, as far as a weight says, on some joints alone.

    Args:
        before, after: T frames of one skeleton.
        weight: (T,) 0 for what was, 1 for what it became.
        joints: (J,) which ones change; the first one's place goes with it.
    """
    share = np.asarray(weight, np.float32)[:, None] * joints.astype(np.float32)
    turns = quaternion_nlerp(before.rotations_wxyz, after.rotations_wxyz, share)
    turns = np.where(share[..., None] <= 0.0, before.rotations_wxyz, turns)
    turns = np.where(share[..., None] >= 1.0, after.rotations_wxyz, turns)
    root = before.root_positions + share[:, :1] * (after.root_positions - before.root_positions)
    return MotionClip(before.skeleton, before.frame_rate_hz, root, turns, after.contacts)
