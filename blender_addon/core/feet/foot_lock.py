"""Feet that stay where they were put down, on whatever ground there is.

A joint that carries is held at one place; between two holds its track is the animation's plus an
offset that eases from one hold to the next, matching speed at both ends, so that nothing pops.
The legs then reach the new tracks by two-bone inverse kinematics and the hips sink where a leg
would be too short. The same code cleans captured motion before training and the network's motion
after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ..conventions import FORWARD, LEFTWARD, MODEL_FRAME_RATE_HZ, UP, Bools, Floats
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import (
    axis_angle_to_quaternion,
    cross,
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..maths.segments import Segments
from ..motion.common_skeleton import HEEL_BACK_M, HEEL_HEIGHT_M, TIP_AHEAD_M
from ..motion.kinematics import forward_kinematics, solve_two_bone
from ..motion.skeleton import Skeleton
from .reach import (
    asked_stretch,
    comfortable_reach,
    follow_feet,
    missing_reach,
    sink,
    soften_reach,
    stances_of,
    tilt_to_stand,
)
from .soles import FootPose, Sole, settle
from .tracks import Foot, plan_holds, track_foot

_SPEED_FRAMES: Final = 6.0
_PARTS: Final = ("UpLeg", "Leg", "Foot", "Toe")


@dataclass(frozen=True)
class _Leg:
    """Joints of one leg in the lower body, and its measures."""

    thigh: int
    shin: int
    heel: int
    toe: int
    contact_columns: tuple[int, int]
    leg_m: float
    foot_m: float


def _find_legs(lower: Skeleton) -> list[_Leg]:
    legs = []
    for side, first in (("Left", 0), ("Right", 2)):
        thigh, shin, heel, toe = lower.indices([side + part for part in _PARTS])
        leg = float(np.linalg.norm(lower.offsets[[shin, heel]], axis=-1).sum())
        foot = float(np.linalg.norm(lower.offsets[toe]))
        legs.append(_Leg(thigh, shin, heel, toe, (first, first + 1), leg, foot))
    return legs


@dataclass(frozen=True, eq=False)
class HeldFeet:
    """A motion whose carrying feet are held.

    Args:
        root_positions: (T, 3) of the hips, metres.
        rotations_wxyz: (T, J, 4) relative to the parent.
        contacts: (T, 4) what is held: contacts less those let go, toes landing after the heel.
    """

    root_positions: Floats
    rotations_wxyz: Floats
    contacts: Bools


def lock_feet(
    skeleton: Skeleton,
    root_positions: Floats,
    rotations_wxyz: Floats,
    contacts: Bools,
    terrain: Terrain,
    *,
    posed: tuple[Floats, Floats] | None = None,
    motions: Segments | None = None,
) -> HeldFeet:
    """Hold carrying feet still on the terrain and carry swinging ones over it.

    Args:
        skeleton: with the common joint names.
        root_positions: (T, 3) of the hips, metres.
        rotations_wxyz: (T, J, 4) relative to the parent.
        contacts: (T, 4) left heel, left toe, right heel, right toe.
        terrain: the ground.
        posed: what ``pose_legs`` says of the motion, if the caller has it.
        motions: of several motions end to end, where each begins; None for a single one.
    """
    motions = motions or Segments.of(len(root_positions))
    lower, joints = lower_body(skeleton)
    positions, rotations = posed or pose_legs(skeleton, root_positions, rotations_wxyz)
    legs = _find_legs(lower)
    feet = [_read_foot(positions, leg, contacts, terrain, motions) for leg in legs]
    # 1. The hips go with feet that stand elsewhere than animated.
    holds = plan_holds(feet, contacts)
    stances = [hold.stance(foot) for hold, foot in zip(holds, feet, strict=True)]
    stands = stances_of(contacts, feet[0].speeds_m_s, motions)
    tilt = tilt_to_stand(stances, stands, motions)
    if tilt.any():
        positions, rotations = _tilt_pelvis(positions, rotations, legs, tilt)
        feet = [
            foot.shifted(positions[:, leg.thigh] - foot.thigh)
            for foot, leg in zip(feet, legs, strict=True)
        ]
        stances = [hold.stance(foot) for hold, foot in zip(holds, feet, strict=True)]
    is_level = isinstance(terrain, FlatTerrain)
    shift = follow_feet(stances, feet[0].speeds_m_s, is_level, motions)
    feet = [foot.shifted(shift) for foot in feet]
    # 2. Tracks of heels and toes, and soles out of the ground.
    poses, missing, kept = [], [], np.zeros_like(contacts)
    for leg, foot, hold in zip(legs, feet, holds, strict=True):
        track = track_foot(foot, hold)
        pose = _pose_foot(lower, leg, rotations, (track.heel, track.toe))
        pose = settle(_persons_sole(lower, leg), pose, terrain, motions)
        poses.append(pose)
        missing.append(track.held * missing_reach(foot.thigh, pose.ankle, foot.reach))
        kept[:, leg.contact_columns] = np.stack((track.heel_on, track.toe_on), axis=1)
    # 3. The hips sink so far that both legs reach what holds.
    shift[:, 1] -= sink(np.maximum(*missing), motions)
    positions = positions + shift[:, None]
    local = rotations_wxyz.copy()
    if tilt.any():
        turn_root(skeleton, local, rotations[:, 0])
    for leg, foot, pose in zip(legs, feet, poses, strict=True):
        turns = _reach_foot(lower, leg, positions, rotations, pose, foot.reach)
        for joint, turn in zip((leg.thigh, leg.shin, leg.heel, leg.toe), turns, strict=True):
            local[:, joints[joint]] = turn
    root = positions[:, 0].astype(np.float32)
    return HeldFeet(root, local.astype(np.float32), kept)


def _tilt_pelvis(
    positions: Floats, rotations: Floats, legs: Sequence[_Leg], tilt: Floats
) -> tuple[Floats, Floats]:
    """Positions and rotations of the lower body with the pelvis tilted, the left side up.

    Legs go with their hip joints and stay turned as they are.
    """
    left, right = (positions[:, leg.thigh] for leg in legs)
    forward = normalise(cross(left - right, np.broadcast_to(UP, left.shape)))
    turn = axis_angle_to_quaternion(forward, tilt)
    centre = 0.5 * (left + right)
    moved, turned = positions.copy(), rotations.copy()
    turned[:, 0] = quaternion_multiply(turn, rotations[:, 0])
    moved[:, 0] = centre + quaternion_rotate(turn, positions[:, 0] - centre)
    for leg, hip in zip(legs, (left, right), strict=True):
        by = centre + quaternion_rotate(turn, hip - centre) - hip
        for joint in (leg.thigh, leg.shin, leg.heel, leg.toe):
            moved[:, joint] = positions[:, joint] + by
    return moved, turned


def turn_root(skeleton: Skeleton, local: Floats, root: Floats) -> None:
    """Turn the root of local rotations (T, J, 4) to (T, 4), in place; what it carries stays."""
    keep = quaternion_multiply(quaternion_conjugate(root), local[:, 0])
    for joint in np.flatnonzero(skeleton.parents == 0):
        local[:, joint] = quaternion_multiply(keep, local[:, joint])
    local[:, 0] = root


def _read_foot(
    positions: Floats, leg: _Leg, contacts: Bools, terrain: Terrain, motions: Segments
) -> Foot:
    thigh, heel, toe = (positions[:, j] for j in (leg.thigh, leg.heel, leg.toe))
    in_flight = ~contacts.any(axis=1)
    speeds = length(motions.gradient(positions[:, 0, [0, 2]])) * MODEL_FRAME_RATE_HZ
    speeds = motions.smooth(speeds, _SPEED_FRAMES)
    asked = asked_stretch(thigh, heel, leg.leg_m, stances_of(contacts, speeds, motions))
    reach = comfortable_reach(asked, leg.leg_m)
    return Foot(thigh, heel, toe, leg.foot_m, asked, reach, in_flight, speeds, terrain, motions)


def pose_legs(
    skeleton: Skeleton, root_positions: Floats, rotations_wxyz: Floats
) -> tuple[Floats, Floats]:
    """World positions (T, L, 3) and rotations (T, L, 4) of the joints of ``lower_body``."""
    lower, joints = lower_body(skeleton)
    return forward_kinematics(lower, root_positions, rotations_wxyz[:, joints])


@lru_cache(maxsize=8)
def lower_body(skeleton: Skeleton) -> tuple[Skeleton, list[int]]:
    """Hips and legs alone, and which joints of the skeleton they are: all that a lock looks at."""
    parts = [side + part for side in ("Left", "Right") for part in _PARTS]
    joints = [0, *skeleton.indices(parts)]
    parents = [joints.index(skeleton.parents[joint]) for joint in joints[1:]]
    names = tuple(skeleton.names[joint] for joint in joints)
    return Skeleton(names, np.array([-1, *parents]), skeleton.offsets[joints]), joints


def _persons_sole(skeleton: Skeleton, leg: _Leg) -> Sole:
    """The edge of the heel, the ball and the tip, on the level that a foot stands on."""
    ball = skeleton.offsets[leg.toe]
    ahead = float(ball[2])
    points = [[0.0, -HEEL_HEIGHT_M, z] for z in (-HEEL_BACK_M, ahead, ahead + TIP_AHEAD_M)]
    shares = np.array([0.0, 0.0, 1.0], np.float32)
    return Sole(np.array(points, np.float32), shares, ball, FORWARD, LEFTWARD)


def _pose_foot(
    skeleton: Skeleton, leg: _Leg, rotations: Floats, track: tuple[Floats, Floats]
) -> FootPose:
    """The foot turned the shortest way onto its tracks, its toes with it."""
    heel, toe = track
    pointing = quaternion_rotate(rotations[:, leg.heel], skeleton.offsets[leg.toe])
    turn = rotation_between(pointing, toe - heel)
    foot, toes = (quaternion_multiply(turn, rotations[:, j]) for j in (leg.heel, leg.toe))
    return FootPose(heel, foot, toes)


def _reach_foot(
    skeleton: Skeleton,
    leg: _Leg,
    positions: Floats,
    rotations: Floats,
    foot: FootPose,
    reach: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Local rotations of thigh, shin, foot and toes with which the foot is as it shall be."""
    thigh_at, shin_at, heel_at = (positions[:, j] for j in (leg.thigh, leg.shin, leg.heel))
    forward = quaternion_rotate(rotations[:, leg.thigh], np.array([0, 0, 1], np.float32))
    knee = shin_at - 0.5 * (thigh_at + heel_at)
    # A nearly straight leg gives no bend direction; the thigh's front then decides.
    pole = knee + 0.03 * forward
    ankle = soften_reach(thigh_at, foot.ankle, reach, leg.leg_m)
    thigh_turn, shin_turn = solve_two_bone(thigh_at, shin_at, heel_at, ankle, pole)
    thigh = quaternion_multiply(thigh_turn, rotations[:, leg.thigh])
    shin = quaternion_multiply(shin_turn, rotations[:, leg.shin])
    hips = rotations[:, skeleton.parents[leg.thigh]]
    return (
        quaternion_multiply(quaternion_conjugate(hips), thigh),
        quaternion_multiply(quaternion_conjugate(thigh), shin),
        quaternion_multiply(quaternion_conjugate(shin), foot.foot),
        quaternion_multiply(quaternion_conjugate(foot.foot), foot.toe),
    )
