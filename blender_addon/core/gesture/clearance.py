"""Keeps gesturing hands and forearms out of trunk, head and thighs, on any skeleton.

Points along forearm and hand are tested against the body's capsules. Where one is inside, the wrist
is moved out, a little earlier and longer than needed so that nothing pops, by turns of upper arm
and forearm that leave the elbow bending about its own axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
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
from ..motion.kinematics import forward_kinematics, global_to_local, solve_two_bone
from ..motion.skeleton import Skeleton
from ..retarget.pairs import ancestors
from ..retarget.rest import facing_frame
from .body_shape import BodyShape, Girth, shape_body
from .elbows import keep_hinge

ALLOWED_M: Final = 0.01
"""So deep a point is not yet through the body: capsules are rounder than people."""
_MARGIN_M: Final = 0.012
_ROUNDS: Final = 4
_HELD_S: Final = 0.12
_EASE_S: Final = 0.10
_FOREARM_SHARES: Final = (0.55, 0.8, 1.0)
_HAND_SHARES: Final = (0.45, 1.0)
_HAND_OF_FOREARM: Final = 0.62
"""Length of a hand whose end is not known."""
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
        below: joints that turn with the upper arm alone, and with the forearm.
    """

    side: int
    chain: tuple[int, int, int]
    hand: Floats
    below: tuple[Ints, Ints]


def clear_body(
    clip: MotionClip,
    roles: Mapping[str, int],
    weights: Floats | None = None,
    girth: Girth | None = None,
) -> MotionClip:
    """The clip with hands and forearms out of the body, and hands bent no further than wrists do.

    Args:
        clip: T frames of any skeleton at the size of a person.
        roles: joint by common name; an arm without all its joints is left alone.
        weights: (T, 2) how far the left and the right arm may be changed, 0 … 1; None for all the
            way. Where it is 0 nothing changes.
        girth: of the body, as measured from what is seen of it; None for the usual one.

    Raises:
        SkeletonError: no joint of the trunk is known.
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
    for limb in limbs:
        share = weights[:, limb.side].astype(np.float32)
        if share.any():
            places, turned = _cleared(clip, roles, shape, limb, share, places, turned)
    local = normalise(global_to_local(skeleton, turned))
    return replace(clip, rotations_wxyz=local)


def through_body(clip: MotionClip, roles: Mapping[str, int], girth: Girth | None = None) -> Bools:
    """(T, 2) whether left or right hand or forearm is deeper than ALLOWED_M in the body.

    Args:
        clip, roles, girth: as of ``clear_body``.
    """
    shape = shape_body(clip.skeleton, roles, girth)
    places, turned = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    found = np.zeros((clip.frame_count, 2), np.bool_)
    for limb in _limbs(clip.skeleton, roles):
        points, radii, _ = _points(limb, shape, places, turned)
        deep, _ = _deepest(shape, points, radii, places, turned, np.zeros(3, np.float32))
        found[:, limb.side] = deep.max(axis=1) > ALLOWED_M
    return found


def _limbs(skeleton: Skeleton, roles: Mapping[str, int]) -> list[_Limb]:
    rest, above = (
        skeleton.rest_positions(),
        [set(ancestors(skeleton, joint)) for joint in range(skeleton.joint_count)],
    )
    found = []
    for side, name in enumerate(("Left", "Right")):
        chain = tuple(roles.get(f"{name}{part}", -1) for part in ("Arm", "ForeArm", "Hand"))
        if min(chain) < 0:
            continue
        upper = [j for j, path in enumerate(above) if chain[0] in path and chain[1] not in path]
        fore = [j for j, path in enumerate(above) if chain[1] in path]
        along = rest[chain[2]] - rest[chain[1]]
        end = skeleton.ends.get(skeleton.names[chain[2]])
        hand = np.array(end) if end is not None else _HAND_OF_FOREARM * along
        hand = hand * min(
            1.0, 0.8 * float(np.linalg.norm(along)) / max(float(np.linalg.norm(hand)), 1e-6)
        )
        below = np.array(upper, np.int64), np.array(fore, np.int64)
        found.append(_Limb(side, chain, hand.astype(np.float32), below))  # type: ignore[arg-type]
    return found


def _points(
    limb: _Limb, shape: BodyShape, places: Floats, turned: Floats
) -> tuple[Floats, Floats, Floats]:
    """(T, P, 3) points of forearm and hand, their radii (P,), and how far each goes for each metre
    that the wrist is moved (P,).
    """
    elbow, wrist = places[:, limb.chain[1]], places[:, limb.chain[2]]
    fingers = quaternion_rotate(turned[:, limb.chain[2]], limb.hand)
    points = [elbow + share * (wrist - elbow) for share in _FOREARM_SHARES]
    points += [wrist + share * fingers for share in _HAND_SHARES]
    radii = [shape.forearm_m] * len(_FOREARM_SHARES) + [shape.hand_m] * len(_HAND_SHARES)
    follows = [*_FOREARM_SHARES, *([1.0] * len(_HAND_SHARES))]
    return np.stack(points, axis=1), np.array(radii, np.float32), np.array(follows, np.float32)


def _deepest(
    shape: BodyShape,
    points: Floats,
    radii: Floats,
    places: Floats,
    turned: Floats,
    ahead: Floats,
) -> tuple[Floats, Floats]:
    """How deep each point is in the capsule it is deepest in (T, P), and the way out (T, P, 3)."""
    depth = np.full(points.shape[:2], -np.inf, np.float32)
    out = np.zeros_like(points)
    for capsule in shape.capsules:
        turn, at = turned[:, capsule.joint], places[:, capsule.joint]
        start = at + quaternion_rotate(turn, capsule.start.astype(np.float32))
        along = quaternion_rotate(turn, (capsule.stop - capsule.start).astype(np.float32))
        size = np.maximum(dot(along, along), 1e-9)
        off = points - start[:, None]
        share = np.clip(dot(off, along[:, None]) / size[:, None], 0.0, 1.0)
        off = off - share[..., None] * along[:, None]
        far = length(off)
        deep = capsule.radius_m + radii - far
        deeper = deep > depth
        way = normalise(off + capsule.radius_m * np.broadcast_to(ahead, points[:, :1].shape))
        depth = np.where(deeper, deep, depth)
        out = np.where(deeper[..., None], way, out)
    return depth, out


def _cleared(
    clip: MotionClip,
    roles: Mapping[str, int],
    shape: BodyShape,
    limb: _Limb,
    share: Floats,
    places: Floats,
    turned: Floats,
) -> tuple[Floats, Floats]:
    """Places and world rotations with one arm out of the body."""
    facing = facing_frame(clip.skeleton, roles)
    forward = quaternion_rotate(facing, _AHEAD)
    base = roles.get("Spine1", roles.get("Spine", roles.get("Hips", 0)))
    ahead = _AHEAD_BIAS * quaternion_rotate(turned[:, base], forward)[:, None]
    for _ in range(_ROUNDS):
        points, radii, follows = _points(limb, shape, places, turned)
        depth, way = _deepest(shape, points, radii, places, turned, ahead)
        needed = np.where(depth > 0.5 * ALLOWED_M, depth + _MARGIN_M, 0.0) / follows
        if not (needed * (share[:, None] > 0.0)).any():
            break
        worst = needed.argmax(axis=1)[:, None]
        step = (
            np.take_along_axis(needed, worst, 1)
            * np.take_along_axis(way, worst[..., None], 1)[:, 0]
        )
        step = _held(step, clip.frame_rate_hz) * share[:, None]
        places, turned = _moved(clip, limb, places, turned, step.astype(np.float32))
    return places, turned


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


def _moved(
    clip: MotionClip, limb: _Limb, places: Floats, turned: Floats, step: Floats
) -> tuple[Floats, Floats]:
    """Both with the wrist moved by (T, 3) steps."""
    shoulder, elbow, wrist = (places[:, joint] for joint in limb.chain)
    desired = _reachable(shoulder, elbow, wrist, wrist + step)
    along = normalise(wrist - shoulder)
    bend = elbow - shoulder - dot(elbow - shoulder, along)[:, None] * along
    upper, lower = solve_two_bone(shoulder, elbow, wrist, desired, bend)
    hinge = keep_hinge(elbow - shoulder, wrist - elbow, upper, lower)
    upper = quaternion_multiply(hinge, upper)
    moving = (length(step) > 0.0)[:, None]
    still = np.zeros_like(upper)
    still[:, 0] = 1.0
    upper, lower = np.where(moving, upper, still), np.where(moving, lower, still)
    out = turned.copy()
    for joints, turn in zip(limb.below, (upper, lower), strict=True):
        out[:, joints] = quaternion_multiply(turn[:, None], turned[:, joints])
    local = global_to_local(clip.skeleton, out)
    return forward_kinematics(clip.skeleton, clip.root_positions, local)


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
