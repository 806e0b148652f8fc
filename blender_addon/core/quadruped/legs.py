"""Legs from trunk and paws: a swinging shoulder blade in front, three segments behind.

A front leg swings about the top of its blade, which carries the free leg's top by 0.4 of what the
paw is ahead or behind; the rest is a chain of two bones. A hind leg's last segment (hock to paw)
keeps an angle against the line from hip to paw, and thigh and shank are a chain of two bones. Both
bend in the plane that the leg's line has been turned into from standing, so that no knee flips,
and come to full extension softly.

Source: Fischer & Blickhan 2006, *The tri-segmented limbs of therian mammals*: the blade turns about
its top, and this gives most of a front leg's step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import FORWARD, Bools, Floats
from ..maths.rotations import (
    dot,
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..motion.clip import MotionClip
from ..motion.kinematics import global_to_local
from .body import QuadrupedBody
from .leg_rests import (
    FORE,
    HIND,
    LEG_JOINTS,
    BladeRest,
    HindRest,
    blade_angle,
    opening,
    within_reach,
)
from .skeleton import JOINTS, LEGS

EXACT_REACH: Final = 0.993
"""Of a chain's length; paws nearer than this are met exactly, beyond it the chain goes straight
softly and falls a little short: at its full length by a 400th of it."""

_MOST_UPRIGHT_RAD: Final = 2.0
_SOFT_RAD: Final = 0.03

FREE_REACH: Final = 0.9985
"""The same of a free front leg, which stands straight where the blade lets it."""
_CURL: Final = 1.02
"""Times the difference of two bones is the nearest that their ends may come."""


@dataclass(frozen=True, eq=False)
class SolvedLegs:
    """Four legs, LH, LF, RH, RF.

    Args:
        positions_m: (…, 4, 4, 3) joints of each leg from its top to the paw, in the world.
        rotations_wxyz: (…, 4, 4, 4) of the same joints, in the world.
        lacking_m: (…, 4) how far each paw stays off its target.
    """

    positions_m: Floats
    rotations_wxyz: Floats
    lacking_m: Floats

    def part(self, frames: slice) -> SolvedLegs:
        """Some of the frames."""
        return SolvedLegs(
            self.positions_m[frames], self.rotations_wxyz[frames], self.lacking_m[frames]
        )


def solve_legs(
    body: QuadrupedBody,
    trunk_positions_m: Floats,
    trunk_rotations_wxyz: Floats,
    paws_m: Floats,
    styles_rad: Floats | None = None,
    feet_wxyz: Floats | None = None,
) -> SolvedLegs:
    """Bend four legs so that their paws are where they should be; nothing stretches.

    Args:
        body: whose legs; its size is the positions' size.
        trunk_positions_m: (…, 2, 3) hips and chest in the world.
        trunk_rotations_wxyz: (…, 2, 4) of the same, in the world.
        paws_m: (…, 4, 3) where the paws should be, LH, LF, RH, RF.
        styles_rad: (…, 4) hind: angle of hock–paw against the line hip–paw beyond that of
            standing, positive when the hock is further back; fore: swing of the blade beyond its
            rule, positive forward. None is zero.
        feet_wxyz: (…, 4, 4) rotations of the feet in the world; None keeps them level, looking
            where the trunk looks.

    Returns:
        The legs' joints. A paw within ``EXACT_REACH`` of its leg is met exactly.
    """
    paws = np.asarray(paws_m, np.float32)
    lead = paws.shape[:-2]
    styles = np.zeros((*lead, 4), np.float32) if styles_rad is None else styles_rad
    styles = np.asarray(styles, np.float32)
    turns = np.asarray(trunk_rotations_wxyz, np.float32)
    trunk = np.asarray(trunk_positions_m, np.float32)
    positions = np.empty((*lead, 4, 4, 3), np.float32)
    rotations = np.empty((*lead, 4, 4, 4), np.float32)
    _hind_legs(body, trunk[..., 0, :], turns[..., 0, :], paws, styles, positions, rotations)
    _fore_legs(body, trunk[..., 1, :], turns[..., 1, :], paws, styles, positions, rotations)
    rotations[..., 3, :] = level_feet(turns) if feet_wxyz is None else feet_wxyz
    return SolvedLegs(positions, rotations, length(positions[..., 3, :] - paws))


def level_feet(trunk_rotations_wxyz: Floats) -> Floats:
    """Feet that look where the trunk's ends look, level.

    Args:
        trunk_rotations_wxyz: (…, 2, 4) hips and chest in the world.

    Returns:
        (…, 4, 4) rotations in the world, LH, LF, RH, RF.
    """
    forward = quaternion_rotate(trunk_rotations_wxyz, np.broadcast_to(FORWARD, FORWARD.shape))
    half = np.arctan2(forward[..., 0], forward[..., 2]) / 2
    zero = np.zeros_like(half)
    level = np.stack((np.cos(half), zero, np.sin(half), zero), axis=-1)
    return np.asarray(level[..., [int(leg.fore) for leg in LEGS], :])


def clip_of_pose(
    body: QuadrupedBody,
    hips_m: Floats,
    trunk_wxyz: Floats,
    legs: SolvedLegs,
    frame_rate_hz: float,
    contacts: Bools | None = None,
) -> MotionClip:
    """A clip of trunk and legs.

    Args:
        body: whose.
        hips_m: (T, 3) in the world.
        trunk_wxyz: (T, 11, 4) world rotations of the joints that are not of a leg, in their order
            (hips, spine …, neck …, tail …).
        legs: solved on this trunk.
        frame_rate_hz: of the frames.
        contacts: (T, 4) whether each foot stands.
    """
    whole = np.empty((len(hips_m), len(JOINTS), 4), np.float32)
    whole[:, : trunk_wxyz.shape[1]] = trunk_wxyz
    whole[:, LEG_JOINTS] = legs.rotations_wxyz
    local = normalise(global_to_local(body.skeleton, whole))
    stood = None if contacts is None else np.asarray(contacts, bool)
    return MotionClip(body.skeleton, frame_rate_hz, hips_m, local, stood)


def styles_of(body: QuadrupedBody, positions_m: Floats, trunk_rotations_wxyz: Floats) -> Floats:
    """The style angles with which ``solve_legs`` gives legs like these.

    Args:
        body: whose legs.
        positions_m: (…, 27, 3) joints in the world; they need not fit the body's lengths.
        trunk_rotations_wxyz: (…, 2, 4) world rotations of hips and chest.

    Returns:
        (…, 4) radians, LH, LF, RH, RF.
    """
    legs = positions_m[..., LEG_JOINTS, :]
    turns = np.asarray(trunk_rotations_wxyz, np.float32)[..., [int(leg.fore) for leg in LEGS], :]
    local = quaternion_rotate(quaternion_conjugate(turns)[..., None, :], legs - legs[..., :1, :])
    styles = np.empty(local.shape[:-2], np.float32)
    for number in HIND:
        rest = HindRest.of(body, number)
        frame = rotation_between(local[..., number, 3, :], rest.line)
        hock = quaternion_rotate(frame, local[..., number, 2, :] - local[..., number, 3, :])
        angle = np.arctan2(-dot(hock, rest.side), -dot(hock, rest.line))
        styles[..., number] = angle - rest.angle
    for number in FORE:
        blade = BladeRest.of(body, number)
        swing = np.arctan2(local[..., number, 1, 2], -local[..., number, 1, 1])
        ahead = local[..., number, 3, 2] - blade.paw[2]
        styles[..., number] = swing - blade_angle(blade, ahead)
    return styles


def folding_styles(
    body: QuadrupedBody, trunk_positions_m: Floats, trunk_rotations_wxyz: Floats, paws_m: Floats
) -> Floats:
    """Style angles of hind legs whose stifle and hock fold by the same angle, as tendons make them.

    Args:
        body: whose legs.
        trunk_positions_m, trunk_rotations_wxyz, paws_m: as for ``solve_legs``.

    Returns:
        (…, 4) radians; of front legs 0.

    Source: van Weeren et al. 1992, on the reciprocal apparatus of the horse's hind leg.
    """
    paws = np.asarray(paws_m, np.float32)
    styles = np.zeros(paws.shape[:-1], np.float32)
    turn = np.asarray(trunk_rotations_wxyz)[..., 0, :]
    for number in HIND:
        rest = HindRest.of(body, number)
        offset = body.skeleton.offsets[LEG_JOINTS[number, 0]]
        top = trunk_positions_m[..., 0, :] + quaternion_rotate(
            turn, np.broadcast_to(offset, turn[..., :3].shape)
        )
        far = length(paws[..., number, :] - top)
        distances, angles = _folds(body, number, rest)
        styles[..., number] = np.interp(far, distances, angles) - rest.angle
    return styles


def upright_blades(
    body: QuadrupedBody,
    trunk_positions_m: Floats,
    trunk_rotations_wxyz: Floats,
    paws_m: Floats,
    straightness: Floats,
) -> Floats:
    """Style angles of front legs whose blade swings forward so that the free leg folds less.

    Args:
        body: whose legs.
        trunk_positions_m, trunk_rotations_wxyz, paws_m: as for ``solve_legs``.
        straightness: (…, 4) part of its length at which each free leg is to be kept at least.

    Returns:
        (…, 4) radians; of hind legs, and where the free leg is as straight anyway, 0.
    """
    paws = np.asarray(paws_m, np.float32)
    styles = np.zeros(paws.shape[:-1], np.float32)
    turn = np.asarray(trunk_rotations_wxyz)[..., 1, :]
    for number in FORE:
        rest = BladeRest.of(body, number)
        offset = body.skeleton.offsets[LEG_JOINTS[number, 0]]
        top = trunk_positions_m[..., 1, :] + quaternion_rotate(
            turn, np.broadcast_to(offset, turn[..., :3].shape)
        )
        local = quaternion_rotate(quaternion_conjugate(turn), paws[..., number, :] - top)
        straight, opened = opening(rest, local, straightness[..., number])
        more = straight + opened - blade_angle(rest, local[..., 2] - rest.paw[2])
        soft = (more + np.sqrt(more**2 + _SOFT_RAD**2)) / 2
        styles[..., number] = _MOST_UPRIGHT_RAD * np.tanh(soft / _MOST_UPRIGHT_RAD)
    return styles


def _folds(body: QuadrupedBody, number: int, rest: HindRest) -> tuple[Floats, Floats]:
    """Rising distances hip–paw and the angles of the last segment against the line, (64,) each."""
    steps = np.diff(body.rest_m[LEG_JOINTS[number]], axis=0)
    thigh, shank, last = np.arctan2(steps @ rest.side, steps @ rest.line)
    # The thigh keeps its bearing, the shank goes back by one fold, the last segment by none.
    folds = np.linspace(1.9, -0.95 * max(min(thigh, last) - shank, 0.0), 64)
    a, b, c = rest.bones
    along = a * np.cos(thigh) + b * np.cos(shank - folds) + c * np.cos(last)
    side = a * np.sin(thigh) + b * np.sin(shank - folds) + c * np.sin(last)
    return np.maximum.accumulate(np.hypot(along, side)), last - np.arctan2(side, along)


def _hind_legs(
    body: QuadrupedBody,
    hips: Floats,
    turn: Floats,
    paws: Floats,
    styles: Floats,
    positions: Floats,
    rotations: Floats,
) -> None:
    for number in HIND:
        rest = HindRest.of(body, number)
        offset = body.skeleton.offsets[LEG_JOINTS[number, 0]]
        top = hips + quaternion_rotate(turn, np.broadcast_to(offset, hips.shape))
        frame, far = _leg_frame(turn, rest.line, paws[..., number, :] - top)
        a, b, c = rest.bones
        far = _soft_reach(far, a + b + c)
        hock_angle = _hock_angle(rest.angle + styles[..., number], far, rest.bones)
        # In the plane of the leg: along the line and to the side that the stifle bends to.
        hock_along, hock_side = far - c * np.cos(hock_angle), -c * np.sin(hock_angle)
        stifle_along, stifle_side = _middle(hock_along, hock_side, a, b)
        leg = positions[..., number, :, :]
        leg[..., 0, :] = top
        leg[..., 1, :] = top + _place(frame, rest, stifle_along, stifle_side)
        leg[..., 2, :] = top + _place(frame, rest, hock_along, hock_side)
        leg[..., 3, :] = top + _place(frame, rest, far, np.zeros_like(far))
        _turn_segments(rotations[..., number, :, :], leg, frame, rest.directions, 0)


def _fore_legs(
    body: QuadrupedBody,
    chest: Floats,
    turn: Floats,
    paws: Floats,
    styles: Floats,
    positions: Floats,
    rotations: Floats,
) -> None:
    for number in FORE:
        rest = BladeRest.of(body, number)
        offset = body.skeleton.offsets[LEG_JOINTS[number, 0]]
        top = chest + quaternion_rotate(turn, np.broadcast_to(offset, chest.shape))
        local = quaternion_rotate(quaternion_conjugate(turn), paws[..., number, :] - top)
        a, b = rest.bones
        angle = blade_angle(rest, local[..., 2] - rest.paw[2]) + styles[..., number]
        angle = within_reach(rest, angle, local)
        blade = quaternion_multiply(turn, _pitch(rest.angle - angle))
        upper = top + quaternion_rotate(blade, np.broadcast_to(rest.upper, top.shape))
        frame, far = _leg_frame(turn, rest.line, paws[..., number, :] - upper)
        far = np.maximum(_soft_reach(far, a + b, FREE_REACH), _CURL * abs(a - b) + 1e-4)
        lower_along, lower_side = _middle(far, np.zeros_like(far), a, b)
        leg = positions[..., number, :, :]
        leg[..., 0, :], leg[..., 1, :] = top, upper
        leg[..., 2, :] = upper + _place(frame, rest, lower_along, lower_side)
        leg[..., 3, :] = upper + _place(frame, rest, far, np.zeros_like(far))
        rotations[..., number, 0, :] = blade
        _turn_segments(rotations[..., number, :, :], leg, frame, rest.directions, 1)


def _pitch(down_rad: Floats) -> Floats:
    """(…, 4) turns about +X, which bring what looks ahead down."""
    half = np.asarray(down_rad, np.float32) / 2
    zero = np.zeros_like(half)
    return np.stack((np.cos(half), np.sin(half), zero, zero), axis=-1)


def _leg_frame(turn: Floats, rest_line: Floats, line: Floats) -> tuple[Floats, Floats]:
    """World rotation (…, 4) that turns a standing leg's plane into this line's, and its length."""
    local = quaternion_rotate(quaternion_conjugate(turn), line)
    swing = rotation_between(np.broadcast_to(rest_line.astype(np.float32), local.shape), local)
    return quaternion_multiply(turn, swing), length(line)


def _soft_reach(far: Floats, whole: float, share: float = EXACT_REACH) -> Floats:
    """(…) distances that a chain of this length gets to: exact below that share of it."""
    exact, soft = share * whole, (1.0 - share) * whole
    beyond = np.maximum(far - exact, 0.0)
    return np.asarray(np.where(far > exact, exact + soft * -np.expm1(-beyond / soft), far))


def _hock_angle(desired: Floats, far: Floats, bones: tuple[float, float, float]) -> Floats:
    """(…) angle of the last segment against the line, straightened where thigh and shank need it.

    Thigh and shank span between their difference and their sum: e² = d² + c² − 2 d c cos α.
    """
    a, b, c = bones
    twice = np.maximum(2 * far * c, 1e-9)
    furthest = (EXACT_REACH * (a + b)) ** 2
    nearest = (_CURL * abs(a - b) + 1e-3 * (a + b)) ** 2
    most = np.arccos(np.clip((far**2 + c**2 - furthest) / twice, -1.0, 1.0))
    least = np.arccos(np.clip((far**2 + c**2 - nearest) / twice, -1.0, 1.0))
    size = np.maximum(np.abs(desired), least)
    width = 0.06
    apart = size - most
    softer = (size + most - np.sqrt(apart**2 + width**2 * np.minimum(most / 0.2, 1.0))) / 2
    near = apart > -3 * width
    blend = np.clip((apart + 3 * width) / (2 * width), 0.0, 1.0)
    size = np.where(near, size + (np.minimum(softer, most) - size) * blend, size)
    return np.asarray(np.sign(desired) * np.maximum(size, 0.0))


def _middle(along: Floats, side: Floats, a: float, b: float) -> tuple[Floats, Floats]:
    """Middle joint of two bones from the origin to a point of the plane, bent to the side."""
    far = np.maximum(np.sqrt(along**2 + side**2), 1e-6)
    cosine = np.clip((a**2 + far**2 - b**2) / (2 * a * far), -1.0, 1.0)
    sine = np.sqrt(1 - cosine**2)
    ua, us = along / far, side / far
    return a * (cosine * ua - sine * us), a * (cosine * us + sine * ua)


def _place(frame: Floats, rest: HindRest | BladeRest, along: Floats, side: Floats) -> Floats:
    line, across = rest.line.astype(np.float32), rest.side
    return quaternion_rotate(frame, along[..., None] * line + side[..., None] * across)


def _turn_segments(
    rotations: Floats, leg: Floats, frame: Floats, directions: Floats, first: int
) -> None:
    """World rotations of a leg's segments: the plane's, then the shortest turn to where they go."""
    for number, direction in enumerate(directions.astype(np.float32), first):
        stood = quaternion_rotate(frame, np.broadcast_to(direction, (*frame.shape[:-1], 3)))
        now = leg[..., number + 1, :] - leg[..., number, :]
        rotations[..., number, :] = quaternion_multiply(rotation_between(stood, now), frame)
