"""Keeps hands and forearms out of trunk, head and thighs, on any skeleton.

Points along forearm and hand are tested against the body's capsules. Where one is inside, the wrist
is moved out, a little earlier and longer than needed so that nothing pops, by turns of upper arm
and forearm that leave the elbow bending about its own axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..maths.rotations import (
    dot,
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from ..maths.smoothing import gaussian_smooth, running_maximum
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, solve_two_bone
from ..motion.skeleton import Skeleton
from .body_shape import BodyShape, Girth, shape_body
from .elbows import keep_hinge
from .pairs import ancestors
from .rest import facing_frame

ALLOWED_M: Final = 0.01
"""So deep a point is not yet through the body: capsules are rounder than people."""
_MARGIN_M: Final = 0.012
_ROUNDS: Final = 8
_HELD_S: Final = 0.2
_EASE_S: Final = 0.10
_FOREARM_SHARES: Final = (0.55, 0.8, 1.0)
_HAND_SHARES: Final = (0.45, 1.0)
_HAND_OF_FOREARM: Final = 0.62
"""Length of a hand whose end is not known."""
_LONGEST_HAND: Final = 0.8
_MOST_FLEXED_RAD: Final = np.deg2rad(150.0)
_MOST_WRIST_RAD: Final = np.deg2rad(75.0)
_AHEAD_BIAS: Final = 0.35
"""Of a capsule's radius: hands are rather moved ahead than through to the other side."""
_LONGEST_STEP_M: Final = 0.25
_AHEAD: Final = np.array([0.0, 0.0, 1.0], np.float32)


@dataclass(frozen=True, eq=False)
class _Limb:
    """One arm.

    Args:
        side: 0 left, 1 right.
        chain: joints of upper arm, forearm and hand.
        hand: (3,) from the wrist to the end of the fingers at rest.
    """

    side: int
    chain: tuple[int, int, int]
    hand: Floats


def clear_body(
    clip: MotionClip,
    roles: Mapping[str, int],
    weights: Floats | None = None,
    girth: Girth | None = None,
    slack_m: float = 0.0,
) -> MotionClip:
    """The clip with hands and forearms out of the body, and hands bent no further than wrists do.

    Args:
        clip: T frames of any skeleton at the size of a person.
        roles: joint by common name; an arm without all its joints is left alone.
        weights: (T, 2) how far the left and the right arm may be changed, 0 … 1; None for all the
            way. Where it is 0 nothing changes.
        girth: of the body, as measured from what is seen of it; None for the usual one.
        slack_m: how much deeper hands may be, where they rather stay than are surely out: capsules
            are rounder than people.
    """
    skeleton = clip.skeleton
    shape, limbs = shape_body(skeleton, roles, girth), _limbs(skeleton, roles)
    if weights is None:
        weights = np.ones((clip.frame_count, 2), np.float32)
    local = clip.rotations_wxyz.copy()
    for limb in limbs:
        share = weights[:, limb.side]
        if share.any():
            local[:, limb.chain[2]] = _limited_wrist(limb, local[:, limb.chain[2]], share)
    places, turned = forward_kinematics(skeleton, clip.root_positions, local)
    radii = _radii(shape) - np.float32(slack_m)
    for limb in limbs:
        share = weights[:, limb.side].astype(np.float32)
        turns = _turns_out(clip, roles, shape, radii, limb, share, places, turned)
        if turns is not None:
            _turn_arm(skeleton, limb, local, turned, turns)
    return replace(clip, rotations_wxyz=local)


def _turn_arm(
    skeleton: Skeleton, limb: _Limb, local: Floats, turned: Floats, turns: tuple[Floats, Floats]
) -> None:
    """Turn both bones of an arm; other joints, and frames without a turn, stay to the bit."""
    old = [turned[:, int(skeleton.parents[joint])] for joint in limb.chain[:2]]
    new = old[0], quaternion_multiply(turns[0], old[1])
    moving = np.flatnonzero(np.any(np.abs(turns[0][:, 1:]) + np.abs(turns[1][:, 1:]) > 0.0, axis=1))
    for joint, parent, turn in zip(limb.chain[:2], new, turns, strict=True):
        world = quaternion_multiply(turn, turned[:, joint])
        fitted = normalise(quaternion_multiply(quaternion_conjugate(parent), world))
        local[moving, joint] = fitted[moving]


def through_body(clip: MotionClip, roles: Mapping[str, int], girth: Girth | None = None) -> Bools:
    """(T, 2) whether left or right hand or forearm is deeper than ALLOWED_M in the body.

    Args:
        clip, roles, girth: as of ``clear_body``.
    """
    shape = shape_body(clip.skeleton, roles, girth)
    places, turned = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    lines = _Lines.of(shape, places, turned)
    found = np.zeros((clip.frame_count, 2), np.bool_)
    for limb in _limbs(clip.skeleton, roles):
        pose = _Pose.of(limb, places, turned)
        deep, _ = lines.deepest(pose.points(), _radii(shape), np.zeros(3, np.float32))
        found[:, limb.side] = deep.max(axis=1) > ALLOWED_M
    return found


def _limbs(skeleton: Skeleton, roles: Mapping[str, int]) -> list[_Limb]:
    rest = skeleton.rest_positions()
    found = []
    for side, name in enumerate(("Left", "Right")):
        chain = tuple(roles.get(f"{name}{part}", -1) for part in ("Arm", "ForeArm", "Hand"))
        if min(chain) < 0:
            continue
        path = ancestors(skeleton, chain[2])
        if chain[1] not in path or chain[0] not in path:
            continue  # hands that do not hang on their arms are moved otherwise
        along = rest[chain[2]] - rest[chain[1]]
        end = skeleton.ends.get(skeleton.names[chain[2]])
        hand = np.array(end) if end is not None else _HAND_OF_FOREARM * along
        longest = _LONGEST_HAND * float(np.linalg.norm(along))
        hand = hand * min(1.0, longest / max(float(np.linalg.norm(hand)), 1e-6))
        found.append(_Limb(side, chain, hand.astype(np.float32)))  # type: ignore[arg-type]
    return found


@dataclass(frozen=True, eq=False)
class _Pose:
    """An arm over T frames: its joints (T, 3), and where the fingers end from the wrist."""

    shoulder: Floats
    elbow: Floats
    wrist: Floats
    fingers: Floats

    @classmethod
    def of(cls, limb: _Limb, places: Floats, turned: Floats) -> _Pose:
        """From places and world rotations of all joints."""
        shoulder, elbow, wrist = (places[:, joint] for joint in limb.chain)
        fingers = quaternion_rotate(turned[:, limb.chain[2]], limb.hand)
        return cls(shoulder, elbow, wrist, fingers)

    def points(self) -> Floats:
        """(T, P, 3) points along forearm and hand."""
        along = self.wrist - self.elbow
        fore = [self.elbow + share * along for share in _FOREARM_SHARES]
        hand = [self.wrist + share * self.fingers for share in _HAND_SHARES]
        return np.stack([*fore, *hand], axis=1)

    def turned(self, upper: Floats, lower: Floats) -> _Pose:
        """The same after world turns of both bones."""
        elbow = self.shoulder + quaternion_rotate(upper, self.elbow - self.shoulder)
        wrist = elbow + quaternion_rotate(lower, self.wrist - self.elbow)
        return _Pose(self.shoulder, elbow, wrist, quaternion_rotate(lower, self.fingers))


@dataclass(frozen=True, eq=False)
class _Lines:
    """The middle lines of C capsules over T frames: starts and ways (C, T, 3), radii (C,)."""

    starts: Floats
    ways: Floats
    radii: Floats

    @classmethod
    def of(cls, shape: BodyShape, places: Floats, turned: Floats) -> _Lines:
        starts, ways = [], []
        for capsule in shape.capsules:
            turn, at = turned[:, capsule.joint], places[:, capsule.joint]
            starts.append(at + quaternion_rotate(turn, capsule.start.astype(np.float32)))
            way = (capsule.stop - capsule.start).astype(np.float32)
            ways.append(quaternion_rotate(turn, way))
        radii = np.array([capsule.radius_m for capsule in shape.capsules], np.float32)
        return cls(np.array(starts), np.array(ways), radii)

    def deepest(self, points: Floats, radii: Floats, ahead: Floats) -> tuple[Floats, Floats]:
        """How deep each point is in the capsule it is deepest in, and the way out.

        Args:
            points: (T, P, 3).
            radii: (P,) of the points.
            ahead: (T, 3) or (3,) added to the way out, for each metre of a capsule's radius.

        Returns:
            (T, P) metres, negative outside, and (T, P, 3) unit vectors.
        """
        depth = np.full(points.shape[:2], -np.inf, np.float32)
        out = np.zeros_like(points)
        for start, way, radius in zip(self.starts, self.ways, self.radii, strict=True):
            size = np.maximum(dot(way, way), 1e-9)[:, None]
            off = points - start[:, None]
            share = np.clip(dot(off, way[:, None]) / size, 0.0, 1.0)
            off = off - share[..., None] * way[:, None]
            deep = radius + radii - length(off)
            deeper = deep > depth
            depth = np.where(deeper, deep, depth)
            leaning = off + radius * np.broadcast_to(ahead[..., None, :], off.shape)
            out = np.where(deeper[..., None], leaning, out)
        return depth, normalise(out)


_FOLLOWS: Final = np.array([*_FOREARM_SHARES, *([1.0] * len(_HAND_SHARES))], np.float32)
"""How far each point goes for each metre that the wrist is moved."""


def _radii(shape: BodyShape) -> Floats:
    radii = [shape.forearm_m] * len(_FOREARM_SHARES) + [shape.hand_m] * len(_HAND_SHARES)
    return np.array(radii, np.float32)


def _turns_out(
    clip: MotionClip,
    roles: Mapping[str, int],
    shape: BodyShape,
    radii: Floats,
    limb: _Limb,
    share: Floats,
    places: Floats,
    turned: Floats,
) -> tuple[Floats, Floats] | None:
    """World turns (T, 4) of upper arm and of forearm that bring one arm out; None for none."""
    pose = _Pose.of(limb, places, turned)
    lines = _Lines.of(shape, places, turned)
    forward = quaternion_rotate(facing_frame(clip.skeleton, roles), _AHEAD)
    base = roles.get("Spine1", roles.get("Spine", roles.get("Hips", 0)))
    ahead = _AHEAD_BIAS * quaternion_rotate(turned[:, base], forward)
    total: tuple[Floats, Floats] | None = None
    for _ in range(_ROUNDS):
        depth, way = lines.deepest(pose.points(), radii, ahead)
        needed = np.where(depth > 0.5 * ALLOWED_M, depth + _MARGIN_M, 0.0) / _FOLLOWS
        needed = needed * (share[:, None] > 0.0)
        if not needed.any():
            break
        worst = needed.argmax(axis=1)[:, None]
        step = np.take_along_axis(needed, worst, 1)
        step = step * np.take_along_axis(way, worst[..., None], 1)[:, 0]
        step = (_held(step, clip.frame_rate_hz) * share[:, None]).astype(np.float32)
        upper, lower = _turns(pose, step)
        pose = pose.turned(upper, lower)
        if total is None:
            total = upper, lower
        else:
            total = quaternion_multiply(upper, total[0]), quaternion_multiply(lower, total[1])
    return total


def _held(step: Floats, rate_hz: float) -> Floats:
    """(T, 3) steps at least as long as needed, that come and go without a kink."""
    out = np.zeros_like(step)
    for axis in range(3):
        for sign in (1.0, -1.0):
            part = np.maximum(sign * step[:, axis], 0.0)
            if part.any():
                held = running_maximum(part, round(_HELD_S * rate_hz))
                out[:, axis] += sign * gaussian_smooth(held, _EASE_S * rate_hz)
    return np.asarray(np.clip(out, -_LONGEST_STEP_M, _LONGEST_STEP_M))


def _turns(pose: _Pose, step: Floats) -> tuple[Floats, Floats]:
    """World turns (T, 4) of upper arm and forearm that move the wrist by (T, 3) steps."""
    shoulder, elbow, wrist = pose.shoulder, pose.elbow, pose.wrist
    desired = _reachable(shoulder, elbow, wrist, wrist + step)
    along = normalise(wrist - shoulder)
    bend = elbow - shoulder - dot(elbow - shoulder, along)[:, None] * along
    upper, lower = solve_two_bone(shoulder, elbow, wrist, desired, bend)
    upper = quaternion_multiply(keep_hinge(elbow - shoulder, wrist - elbow, upper, lower), upper)
    moving = (length(step) > 0.0)[:, None]
    still = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
    return np.where(moving, upper, still), np.where(moving, lower, still)


def _reachable(shoulder: Floats, elbow: Floats, wrist: Floats, desired: Floats) -> Floats:
    """(T, 3) the nearest places that an arm reaches with its elbow bent no further than it can."""
    upper, lower = length(elbow - shoulder), length(wrist - elbow)
    most = 0.995 * (upper + lower)
    inside = np.cos(np.pi - _MOST_FLEXED_RAD)
    least = np.sqrt(np.maximum(upper**2 + lower**2 - 2.0 * upper * lower * inside, 0.0))
    off = desired - shoulder
    far = np.maximum(length(off), 1e-6)
    return np.asarray(shoulder + off * (np.clip(far, least, most) / far)[:, None])


def _limited_wrist(limb: _Limb, hand: Floats, share: Floats) -> Floats:
    """(T, 4) local rotations of a hand that bends no further than a wrist."""
    axis = normalise(limb.hand)
    along = dot(hand[:, 1:], np.broadcast_to(axis, hand[:, 1:].shape))
    twist = normalise(np.concatenate((hand[:, :1], along[:, None] * axis), axis=1))
    swing = quaternion_multiply(hand, quaternion_conjugate(twist))
    angle = 2.0 * np.arccos(np.clip(np.abs(swing[:, 0]), 0.0, 1.0))
    allowed = np.where(
        angle > _MOST_WRIST_RAD * 0.8,
        _MOST_WRIST_RAD * (0.8 + 0.2 * np.tanh((angle / _MOST_WRIST_RAD - 0.8) / 0.2)),
        angle,
    )
    kept = 1.0 + share * (allowed / np.maximum(angle, 1e-6) - 1.0)
    if (kept > 1.0 - 1e-6).all():
        return hand
    still = np.zeros_like(swing)
    still[:, 0] = 1.0
    return quaternion_multiply(quaternion_nlerp(still, swing, kept.astype(np.float32)), twist)
