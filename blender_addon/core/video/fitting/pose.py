"""Rotations of a skeleton's joints from where its joints, hands, feet and face are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...maths.rotations import (
    make_continuous,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ...motion.kinematics import forward_kinematics, global_to_local
from ..points import JOINTS, middle_of_hips
from .body import ARMS, HIPS, NECK, SIDES, TOP, Body, Doubles
from .extremities import Extremities, foot_rotations, hand_rotations, head_rotations
from .frames import no_further, part_way, turn_onto
from .limbs import Hinge, carried_axis, hinge_axes, knees_ahead, limb_rotations

_SHRUG_RAD: Final = np.radians(25.0)
_NECK_RAD: Final = np.radians(30.0)
_BENDS: Final = 3
"""How often the spine is bent anew until the shoulders are where they should be."""


@dataclass(frozen=True, eq=False)
class Posed:
    """A skeleton in a pose.

    Args:
        root: (T, 3) of the first joint, metres.
        rotations_wxyz: (T, J, 4) relative to the parent.
    """

    root: Doubles
    rotations_wxyz: Doubles


def pose_body(body: Body, joints: Doubles, ends: Extremities, rate_hz: float) -> Posed:
    """Turn a skeleton so that its joints lie as they are said to.

    Directions count, not distances: a skeleton of other proportions takes the same pose.

    Args:
        body: of J joints.
        joints: (T, 14, 3) in the world, metres.
        ends: hands, feet and face.
        rate_hz: frames a second.
    """
    count = len(joints)
    turns = np.zeros((count, body.skeleton.joint_count, 4))
    turns[..., 0] = 1.0
    _turn_trunk(body, turns, joints)
    _turn_collars(body, turns, joints)
    _turn_head(body, turns, joints, ends)
    for side in SIDES:
        _turn_arm(body, turns, joints, ends, side, rate_hz)
        _turn_leg(body, turns, joints, ends, side, rate_hz)
    _let_follow(body, turns)
    root = middle_of_hips(joints) - _middle_of_hips_from_root(body, turns)
    local = make_continuous(global_to_local(body.skeleton, turns))
    return Posed(root, local)


def _middle_of_hips_from_root(body: Body, turns: Doubles) -> Doubles:
    rest = body.rest[HIPS].mean(axis=0)
    return np.asarray(
        quaternion_rotate(turns[:, body.root], np.broadcast_to(rest, (len(turns), 3)))
    )


def _turn_trunk(body: Body, turns: Doubles, joints: Doubles) -> None:
    """Hips by the line between the thighs, chest by that between the shoulders, spine between."""
    rest = body.rest
    up_rest = rest[NECK] - rest[HIPS].mean(axis=0)
    up = joints[:, NECK] - middle_of_hips(joints)
    line_rest, line = rest[HIPS[0]] - rest[HIPS[1]], joints[:, HIPS[0]] - joints[:, HIPS[1]]
    hips = turn_onto((line_rest, up_rest), (line, up))
    wide_rest, wide = rest[ARMS[0]] - rest[ARMS[1]], joints[:, ARMS[0]] - joints[:, ARMS[1]]
    chest = turn_onto((wide_rest, up_rest), (wide, up))
    turns[:, body.root] = hips
    for joint in range(body.skeleton.joint_count):
        turns[:, joint] = hips
    for _ in range(_BENDS if body.spine else 0):
        for number, joint in enumerate(body.spine, 1):
            turns[:, joint] = part_way(hips, chest, number / len(body.spine))
        chest = quaternion_multiply(_missing_bend(body, turns, up), chest)


def _missing_bend(body: Body, turns: Doubles, up: Doubles) -> Doubles:
    """(T, 4) by which the chest has to bend more for the shoulders to be over the hips as seen."""
    shoulders, below = np.zeros((len(turns), 3)), body.root
    for joint in body.spine:
        offset = np.broadcast_to(body.skeleton.offsets[joint].astype(np.float64), shoulders.shape)
        shoulders = shoulders + quaternion_rotate(turns[:, below], offset)
        below = joint
    places = body.skeleton.rest_positions().astype(np.float64)
    rest = body.rest[NECK] - (places[body.chest] - places[body.root])
    shoulders = shoulders + quaternion_rotate(
        turns[:, body.chest], np.broadcast_to(rest, shoulders.shape)
    )
    now = shoulders - _middle_of_hips_from_root(body, turns)
    # The chest's own turn moves the shoulders about half as far as it turns.
    return part_way(_identity(len(turns)), rotation_between(now, up), 1.5)


def _identity(count: int) -> Doubles:
    turns = np.zeros((count, 4))
    turns[:, 0] = 1.0
    return turns


def _chest_place(body: Body, turns: Doubles, joints: Doubles) -> Doubles:
    """(T, 3) of the chest's joint, the middle of the hips being where it was seen."""
    place = middle_of_hips(joints) - _middle_of_hips_from_root(body, turns)
    below = body.root
    for joint in body.spine:
        offset = np.broadcast_to(body.skeleton.offsets[joint].astype(np.float64), place.shape)
        place = place + quaternion_rotate(turns[:, below], offset)
        below = joint
    return np.asarray(place)


def _turn_collars(body: Body, turns: Doubles, joints: Doubles) -> None:
    chest = turns[:, body.chest]
    place = _chest_place(body, turns, joints)
    # Shoulders of the skeleton's width: only how high and how far ahead they are is looked at.
    for number, side in enumerate(SIDES):
        collar = body.collar(side)
        if collar is None:
            continue
        arm = body.joint(side + "Arm")
        offsets = body.skeleton.offsets.astype(np.float64)
        at = place + quaternion_rotate(chest, np.broadcast_to(offsets[collar], place.shape))
        rest = quaternion_rotate(chest, np.broadcast_to(offsets[arm], place.shape))
        turn = rotation_between(rest, joints[:, ARMS[number]] - at)
        turns[:, collar] = quaternion_multiply(no_further(turn, _SHRUG_RAD), chest)


def _turn_head(body: Body, turns: Doubles, joints: Doubles, ends: Extremities) -> None:
    chest = turns[:, body.chest]
    rest = body.rest[TOP] - body.rest[NECK]
    plain = quaternion_multiply(
        rotation_between(
            quaternion_rotate(chest, np.broadcast_to(rest, (len(turns), 3))),
            joints[:, TOP] - joints[:, NECK],
        ),
        chest,
    )
    head = head_rotations(ends, plain, chest)
    turns[:, body.joint("Head")] = head
    if not body.neck:
        return
    first = body.neck[0]
    offsets = body.skeleton.offsets.astype(np.float64)
    base = _chest_place(body, turns, joints)
    base = base + quaternion_rotate(chest, np.broadcast_to(offsets[first], base.shape))
    asked = joints[:, TOP] - quaternion_rotate(head, np.broadcast_to(body.top, base.shape)) - base
    middle = part_way(chest, head, 0.5)
    along = offsets[[*body.neck[1:], body.joint("Head")]].sum(axis=0)
    now = quaternion_rotate(middle, np.broadcast_to(along, base.shape))
    swing = no_further(rotation_between(now, asked), _NECK_RAD)
    for joint in body.neck:
        turns[:, joint] = quaternion_multiply(swing, middle)


def _hinge(body: Body, upper: str, lower: str, end: str, axis: tuple[float, float, float]) -> Hinge:
    places = body.skeleton.rest_positions().astype(np.float64)
    first = places[body.joint(lower)] - places[body.joint(upper)]
    second = places[body.joint(end)] - places[body.joint(lower)]
    bend = np.cross(first, second)
    sine = np.linalg.norm(bend) / max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-9)
    usual = np.array(axis)
    # A rig whose limbs are bent at rest tells its own axis.
    own = bend / max(float(np.linalg.norm(bend)), 1e-12)
    chosen = own if sine > 0.1 and own @ usual > 0.5 else usual
    return Hinge(first, second, chosen)


def _directions(joints: Doubles, names: tuple[str, str, str]) -> tuple[Doubles, Doubles]:
    first, middle, last = (joints[:, JOINTS.index(name)] for name in names)
    return normalise(middle - first), normalise(last - middle)


def _turn_arm(
    body: Body, turns: Doubles, joints: Doubles, ends: Extremities, side: str, rate_hz: float
) -> None:
    names = (side + "Arm", side + "ForeArm", side + "Hand")
    axis = (0.0, -1.0, 0.0) if side == "Left" else (0.0, 1.0, 0.0)
    hinge = _hinge(body, *names, axis)
    upper, lower = _directions(joints, names)
    usual = carried_axis(hinge, turns[:, body.chest], upper)
    axes = hinge_axes(upper, lower, usual, rate_hz)
    arm, forearm = limb_rotations(hinge, upper, lower, axes)
    forearm, hand = hand_rotations(ends, side, hinge.lower, forearm)
    for name, turn in zip(names, (arm, forearm, hand), strict=True):
        turns[:, body.joint(name)] = turn


def _turn_leg(
    body: Body, turns: Doubles, joints: Doubles, ends: Extremities, side: str, rate_hz: float
) -> None:
    names = (side + "UpLeg", side + "Leg", side + "Foot")
    hinge = _hinge(body, *names, (1.0, 0.0, 0.0))
    hip, knee, ankle = (joints[:, JOINTS.index(name)] for name in names)
    hips = turns[:, body.root]
    usual = carried_axis(hinge, hips, normalise(ankle - hip))
    usual = normalise(usual + ends.foot_pull(side, normalise(ankle - hip), normalise(usual)))
    knee = knees_ahead(hip, knee, ankle, usual)
    upper, lower = normalise(knee - hip), normalise(ankle - knee)
    axes = hinge_axes(upper, lower, usual, rate_hz)
    thigh, shin = limb_rotations(hinge, upper, lower, axes)
    foot = foot_rotations(ends, side, _sole_ahead(body, side), shin, axes, hips)
    for name, turn in zip(names, (thigh, shin, foot), strict=True):
        turns[:, body.joint(name)] = turn


def _sole_ahead(body: Body, side: str) -> Doubles:
    """(3,) level direction in which a foot points at rest."""
    if not body.has(side + "Toe"):
        return np.array([0.0, 0.0, 1.0])
    ahead = body.skeleton.offsets[body.joint(side + "Toe")].astype(np.float64)
    return np.asarray(normalise(ahead * np.array([1.0, 0.0, 1.0])))


def _let_follow(body: Body, turns: Doubles) -> None:
    """Joints that nothing was said about go with their parents: toes, fingers."""
    said = {body.root, *body.spine, *body.neck, body.joint("Head"), *body.direct}
    said |= {joint for side in SIDES if (joint := body.collar(side)) is not None}
    for joint in range(1, body.skeleton.joint_count):
        if joint not in said:
            turns[:, joint] = turns[:, body.skeleton.parents[joint]]


def posed_in_world(body: Body, posed: Posed) -> tuple[Doubles, Doubles]:
    """World positions (T, J, 3) and rotations (T, J, 4) of a pose."""
    positions, rotations = forward_kinematics(body.skeleton, posed.root, posed.rotations_wxyz)
    return np.asarray(positions, np.float64), np.asarray(rotations, np.float64)
