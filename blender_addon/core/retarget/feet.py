"""Keeps planted feet planted when a motion moves to legs of other proportions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import FORWARD, LEFTWARD, Bools, Floats
from ..errors import SkeletonError
from ..maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    make_continuous,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
)
from ..maths.smoothing import gaussian_smooth, running_maximum
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, global_to_local, solve_two_bone
from ..motion.skeleton import Skeleton
from .joint_names import find_common_joints, missing_joints
from .pairs import JointPairs, ancestors
from .rest import (
    bone_vector,
    facing_frame,
    level_foot_vector,
    level_insteps,
    rests_level,
    seen_ankle_height,
    sole_frame,
    toe_out,
)

_SIDES: Final = ("Left", "Right")
LEG_JOINT_NAMES: Final = tuple(s + p for s in _SIDES for p in ("UpLeg", "Leg", "Foot"))
_SOLE_PER_LEG: Final = 0.02 / 0.82  # toe joint over the ground, of a person's leg length
_ANKLE_PER_LEG: Final = 0.08 / 0.82
_ANKLE_HEIGHTS: Final = (0.03, 0.25)  # least and most, of the leg
_PLANTED_M_S: Final = 0.15  # slower than this a toe stands, even in noisy captures
_FEWEST_STILL_FRAMES: Final = 4
_SAME_GROUND_M: Final = 0.05
_LIFTED_M_S: Final = 0.6  # faster than this an ankle carries nothing
_HEADING_SIGMA_S: Final = 0.25
_HEEL_UP_RAD: Final = np.deg2rad(10.0)
_FREE_REACH: Final = 0.985  # of thigh and shin: up to here, a knee bent by 20°, legs stretch freely
_DEEPEST_SINK: Final = 0.06  # of the leg's reach
_SINK_RADIUS_S: Final = 0.12
_STRAIGHT_KNEE_M: Final = 0.02  # closer to the hip–ankle line the knee's own direction is unsure


@dataclass(frozen=True)
class FootScale:
    """How the source's feet relate to the target's.

    Args:
        ratio: target's leg length over the source's (of whole sizes where legs are unknown).
        lift_m: (2,) left and right: added to the scaled height of the source's ankle so that a
            planted foot has the target's own height.
    """

    ratio: float
    lift_m: Floats


def planted_toe_heights(clip: MotionClip) -> Floats:
    """Measure how high over y = 0 the toe joints of a capture are while planted.

    The lowest level that the feet stand on counts: heights within 5 cm while the toe is still, or
    the lowest of all where it never is. Sides that differ by more than 5 cm stand on different
    ground, not on different feet; then the lower one counts for both.

    Args:
        clip: of a character whose joint names are known.

    Returns:
        (2,) metres, left and right; of the ankle where there is no toe joint or end site.

    Raises:
        SkeletonError: the legs are not found by name.
    """
    skeleton = clip.skeleton
    found = find_common_joints(skeleton.names)
    if missing := missing_joints(found, LEG_JOINT_NAMES):
        raise SkeletonError(f"no {', '.join(missing)} found in: {', '.join(skeleton.names)}")
    roles = {role: skeleton.index(name) for role, name in found.items()}
    positions, rotations = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    heights = np.zeros(2, np.float32)
    for n, side in enumerate(_SIDES):
        ankle, turn = positions[:, roles[side + "Foot"]], rotations[:, roles[side + "Foot"]]
        vector = level_foot_vector(skeleton, roles, side)
        toe = ankle
        if vector is not None:
            sole = quaternion_multiply(turn, sole_frame(skeleton, roles, side))
            toe = ankle + quaternion_rotate(sole, vector)
        heights[n] = _standing_height(toe, clip.frame_rate_hz)
    if abs(heights[0] - heights[1]) > _SAME_GROUND_M:
        heights[:] = heights.min()
    return heights


def _standing_height(toe: Floats, frame_rate_hz: float) -> float:
    heights = toe[_speeds(toe, frame_rate_hz) < _PLANTED_M_S, 1]
    if len(heights) < _FEWEST_STILL_FRAMES:
        return float(np.percentile(toe[:, 1], 5))
    low = np.percentile(heights, 10)
    return float(np.median(heights[heights <= low + _SAME_GROUND_M]))


def measure_feet(
    source: Skeleton, target: Skeleton, pairs: JointPairs, planted_toe_heights_m: Floats | None
) -> FootScale:
    """Work out the scale between two characters and the lift of the feet.

    Args:
        source, target: the two skeletons.
        pairs: which joint drives which.
        planted_toe_heights_m: (2,) measured on the source, or None for what its rest pose tells.
    """
    if not pairs.has(*LEG_JOINT_NAMES):
        return FootScale(_size(target) / _size(source), np.zeros(2, np.float32))
    ratio = leg_length(target, pairs.target_roles) / leg_length(source, pairs.source_roles)
    lift = np.zeros(2, np.float32)
    for n, side in enumerate(_SIDES):
        ankle = planted_ankle_height(source, pairs.source_roles, side)
        if planted_toe_heights_m is not None:
            ankle = float(planted_toe_heights_m[n]) - _drop(source, pairs.source_roles, side)
        lift[n] = planted_ankle_height(target, pairs.target_roles, side) - ratio * ankle
    return FootScale(ratio, lift)


def leg_length(skeleton: Skeleton, roles: Mapping[str, int]) -> float:
    """Mean length of thigh and shin of both legs, metres.

    Raises:
        SkeletonError: a leg has no length.
    """
    rest = skeleton.rest_positions()
    length = 0.0
    for side in _SIDES:
        hip, knee, ankle = (rest[roles[side + part]] for part in ("UpLeg", "Leg", "Foot"))
        length += 0.5 * float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
    if length < 1e-9:
        raise SkeletonError("the legs have no length; check the skeleton's rest offsets")
    return length


def place_feet(
    target: Skeleton,
    pairs: JointPairs,
    ankles: Mapping[str, Floats],
    root: Floats,
    turned: Floats,
    frame_rate_hz: float,
) -> tuple[Floats, Floats]:
    """Bend the legs so that the ankles come to lie where they should.

    A leg is never stretched further than the copied rotations stretch it, once it is nearly
    straight: knees would pop. Where a foot that carries is then out of reach, the character sinks.

    Args:
        target: J joints.
        pairs: which joints are its legs.
        ankles: (T, 3) desired positions by side, metres.
        root: (T, 3) position of its first joint.
        turned: (T, J, 4) world rotations.
        frame_rate_hz: of the T frames.

    Returns:
        (T, 3) positions of the first joint, (T, J, 4) world rotations; feet keep theirs.
    """
    positions, _ = forward_kinematics(target, root, global_to_local(target, turned))
    legs = {
        side: [pairs.target_roles[side + part] for part in ("UpLeg", "Leg", "Foot")]
        for side in _SIDES
    }
    limits = {side: _reach_limit(positions[:, legs[side]]) for side in _SIDES}
    speeds = {
        side: _carrying_speed(target, pairs, side, ankles[side], turned, frame_rate_hz)
        for side in _SIDES
    }
    sunk = np.zeros_like(root)
    sunk[:, 1] = _sink(
        {side: positions[:, legs[side][0]] for side in _SIDES},
        ankles,
        speeds,
        limits,
        frame_rate_hz,
    )
    out = turned.copy()
    forward = quaternion_rotate(facing_frame(target, pairs.target_roles), FORWARD)
    for side in _SIDES:
        leg = positions[:, legs[side]] - sunk[:, None]
        pole = _knee_direction(leg, quaternion_rotate(turned[:, legs[side][:2]], forward))
        to_ankle = ankles[side] - leg[:, 0]
        far = np.linalg.norm(to_ankle, axis=-1) / limits[side]
        within = leg[:, 0] + to_ankle / np.maximum(far, 1.0)[:, None]
        upper, lower = solve_two_bone(leg[:, 0], leg[:, 1], leg[:, 2], within, pole)
        _turn_leg(target, legs[side], upper, lower, out)
    return root - sunk, out


def _turn_leg(
    target: Skeleton, leg: list[int], upper: Floats, lower: Floats, rotations: Floats
) -> None:
    """Turn thigh and shin, and what hangs on them, but not the foot; changes ``rotations``."""
    hip, knee, foot = leg
    for joint in range(hip, target.joint_count):
        above = ancestors(target, joint)
        if hip in above and foot not in above:
            turn = lower if knee in above else upper
            rotations[:, joint] = quaternion_multiply(turn, rotations[:, joint])


def _carrying_speed(
    target: Skeleton,
    pairs: JointPairs,
    side: str,
    ankle: Floats,
    turned: Floats,
    frame_rate_hz: float,
) -> Floats:
    """(T,) speed of the slower of ankle and toe: with the heel up, the toe carries."""
    foot = pairs.target_roles[side + "Foot"]
    vector = bone_vector(target, foot, pairs.target_roles.get(side + "Toe"))
    toe = ankle + quaternion_rotate(turned[:, foot], vector)
    return np.minimum(_speeds(ankle, frame_rate_hz), _speeds(toe, frame_rate_hz))


def _reach_limit(leg: Floats) -> Floats:
    """(T,) how far from its hip an ankle may be placed; leg (T, 3, 3) as the rotations bend it."""
    thigh = np.linalg.norm(leg[:, 1] - leg[:, 0], axis=-1)
    shin = np.linalg.norm(leg[:, 2] - leg[:, 1], axis=-1)
    copied = np.linalg.norm(leg[:, 2] - leg[:, 0], axis=-1)
    return np.asarray(np.maximum(copied, _FREE_REACH * (thigh + shin)))


def _sink(
    hips: Mapping[str, Floats],
    ankles: Mapping[str, Floats],
    speeds: Mapping[str, Floats],
    limits: Mapping[str, Floats],
    frame_rate_hz: float,
) -> Floats:
    """(T,) how far the character has to sink for its carrying feet to be in reach, smoothly."""
    needed = np.zeros(len(hips[_SIDES[0]]), np.float32)
    for side in _SIDES:
        down = hips[side] - ankles[side]
        sideways = np.linalg.norm(down[:, [0, 2]], axis=-1)
        height = np.sqrt(np.maximum(limits[side] ** 2 - sideways**2, 0.0))
        carries = np.clip((_LIFTED_M_S - speeds[side]) / (_LIFTED_M_S - _PLANTED_M_S), 0.0, 1.0)
        needed = np.maximum(needed, carries * (down[:, 1] - height))
    needed = np.minimum(needed, _DEEPEST_SINK * limits[_SIDES[0]])
    radius = max(1, round(_SINK_RADIUS_S * frame_rate_hz))
    return gaussian_smooth(running_maximum(needed, radius), 0.5 * radius)


def desired_ankles(
    source: Skeleton,
    target: Skeleton,
    pairs: JointPairs,
    feet: FootScale,
    positions: Floats,
    rotations: Floats,
    frame_rate_hz: float,
    contacts: Bools | None = None,
) -> dict[str, Floats]:
    """Where the target's ankles should be, (T, 3) by side.

    With the heel up the foot turns about its toe joint, else about its heel. The target's instep
    differs from the source's by e (after scaling): keeping the ankle would let the toe slide, so
    the ankle is shifted by Y·(e − P·e), where P is the sole's pitch and Y its turn about the
    vertical. On a level sole that is nothing, so the change from one to the other is smooth. Once
    the heel is well up, the sole's whole rotation takes the place of Y·P. (Before, roll is left
    out: a foot on its edge stands on neither.)

    Args:
        source, target: the two skeletons.
        pairs: which joint drives which.
        feet: scale and lift.
        positions: (T, J, 3) of the source's joints.
        rotations: (T, J, 4) of the source's joints, in the world.
        frame_rate_hz: of both.
        contacts: (T, 4) of the source; a foot that stands while the hips turn does not turn along.
    """
    across = _stance_shift(source, target, pairs, feet.ratio)
    heading = _smooth_heading(
        quaternion_multiply(
            rotations[:, pairs.source_roles["Hips"]], facing_frame(source, pairs.source_roles)
        ),
        frame_rate_hz,
    )
    ankles = {}
    for n, side in enumerate(_SIDES):
        foot = pairs.source_roles[side + "Foot"]
        ankle = positions[:, foot] * np.float32(feet.ratio)
        ankle[:, 1] += feet.lift_m[n]
        planted = None if contacts is None else contacts[:, 2 * n : 2 * n + 2].any(axis=1)
        turn = heading if planted is None else _held(heading, planted)
        ankle += quaternion_rotate(turn, np.array([across[n], 0.0, 0.0], np.float32))
        excess = _instep_excess(source, target, pairs, side, feet.ratio)
        sole = quaternion_multiply(rotations[:, foot], sole_frame(source, pairs.source_roles, side))
        ankles[side] = ankle + _keep_toe(sole, excess, planted)
    return ankles


def _keep_toe(sole: Floats, excess: Floats, planted: Bools | None) -> Floats:
    """(T, 3) shift of the ankle that keeps the toe in place while the heel is up."""
    pitch = np.arcsin(np.clip(-quaternion_rotate(sole, FORWARD)[:, 1], 0.0, 1.0))
    pitched = quaternion_rotate(axis_angle_to_quaternion(LEFTWARD, pitch), excess)
    heading = vertical_turn(sole)
    up = np.minimum(pitch / _HEEL_UP_RAD, 1.0)[:, None]
    turned = (1.0 - up) * quaternion_rotate(heading, pitched) + up * quaternion_rotate(sole, excess)
    standing = heading if planted is None else _held(make_continuous(heading), planted)
    return np.asarray(quaternion_rotate(standing, excess) - turned)


def vertical_turn(rotations_wxyz: Floats) -> Floats:
    """The part of rotations (..., 4) that turns about +Y (swing–twist decomposition)."""
    return normalise(rotations_wxyz * np.array([1.0, 0.0, 1.0, 0.0], np.float32))


def _instep_excess(
    source: Skeleton, target: Skeleton, pairs: JointPairs, side: str, ratio: float
) -> Floats:
    """(3,) target's ankle-to-toe vector less the source's scaled one, on a level sole."""
    theirs, ours = level_insteps(source, target, pairs, side)
    if theirs is None:
        return np.zeros(3, np.float32)
    if ours is None or not (side + "Toe" in pairs.target_roles or target.soles):
        # Where the ball would be, as far ahead as the source's.
        height = planted_ankle_height(target, pairs.target_roles, side)
        lower = planted_ankle_height(source, pairs.source_roles, side) + theirs[1]
        ours = np.array([0.0, ratio * lower - height, ratio * theirs[2]], np.float32)
    aligned = quaternion_rotate(heading_to_quaternion(toe_out(theirs) - toe_out(ours)), ours)
    return np.asarray(aligned - ratio * theirs, np.float32)


def _stance_shift(source: Skeleton, target: Skeleton, pairs: JointPairs, ratio: float) -> Floats:
    """(2,) how far left the target's hip sockets lie from the source's scaled ones."""

    def sideways(skeleton: Skeleton, roles: Mapping[str, int]) -> Floats:
        left, right = skeleton.rest_positions()[[roles["LeftUpLeg"], roles["RightUpLeg"]]]
        half = 0.5 * float(np.linalg.norm(left - right))
        return np.array([half, -half], np.float32)

    return np.asarray(
        sideways(target, pairs.target_roles) - ratio * sideways(source, pairs.source_roles)
    )


def _smooth_heading(rotations_wxyz: Floats, frame_rate_hz: float) -> Floats:
    """Turn about +Y (T, 4) without the sway of the hips, lest planted feet sway with it."""
    turns = make_continuous(vertical_turn(rotations_wxyz))
    return normalise(gaussian_smooth(turns, _HEADING_SIGMA_S * frame_rate_hz))


def _held(headings_wxyz: Floats, planted: Bools) -> Floats:
    """Turns (T, 4) that stand still while the foot (T,) does, and go on evenly in between."""
    edges = np.flatnonzero(np.diff(planted, prepend=False, append=False))
    if not len(edges):
        return headings_wxyz
    angles = np.unwrap(2.0 * np.arctan2(headings_wxyz[:, 2], headings_wxyz[:, 0]))
    frames, values = [], []
    for start, stop in edges.reshape(-1, 2):
        frames += [start, stop - 1]
        values += [float(angles[start:stop].mean())] * 2
    if not planted[0]:
        frames, values = [0, *frames], [float(angles[0]), *values]
    if not planted[-1]:
        frames, values = [*frames, len(angles) - 1], [*values, float(angles[-1])]
    return heading_to_quaternion(np.interp(np.arange(len(angles)), frames, values))


def _speeds(points: Floats, frame_rate_hz: float) -> Floats:
    """(T,) speed of points (T, 3), m/s."""
    if len(points) < 2:
        return np.zeros(len(points), np.float32)
    return np.asarray(np.linalg.norm(np.gradient(points, axis=0), axis=-1) * frame_rate_hz)


def _knee_direction(leg: Floats, forwards: Floats) -> Floats:
    """(T, 3) where the knee points: its own bend, and where thigh and shin face if it is straight.

    Args:
        leg: (T, 3, 3) hip, knee and ankle.
        forwards: (T, 2, 3) where thigh and shin face.
    """
    line = normalise(leg[:, 2] - leg[:, 0])
    bend = leg[:, 1] - leg[:, 0]
    bend = bend - np.sum(bend * line, axis=-1, keepdims=True) * line
    sure = np.minimum(np.linalg.norm(bend, axis=-1, keepdims=True) / _STRAIGHT_KNEE_M, 1.0)
    forward = normalise(forwards.sum(axis=1))
    return np.asarray(sure * normalise(bend) + (1.0 - sure) * forward, np.float32)


def planted_heights(skeleton: Skeleton, roles: Mapping[str, int]) -> Floats:
    """(4,) metres over level ground of left heel and toe, right heel and toe while planted.

    As the rest pose tells, or a person's of that size where the character does not stand on the
    origin's level; a toe that is missing has its ankle's.

    Args:
        skeleton: with legs.
        roles: joint by common name.
    """
    heights = []
    for side in _SIDES:
        ankle = planted_ankle_height(skeleton, roles, side)
        heights += [ankle, ankle + (_drop(skeleton, roles, side) if side + "Toe" in roles else 0.0)]
    return np.array(heights, np.float32)


def planted_ankle_height(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> float:
    """Height of the ankle over level ground: of the sole that is seen, else as the rest tells.

    Args:
        skeleton: with legs.
        roles: joint by common name.
        side: "Left" or "Right".
    """
    leg = leg_length(skeleton, roles)
    if (seen := seen_ankle_height(skeleton, roles, side)) is not None:
        return seen
    if not rests_level(skeleton, roles, side):
        return leg * _SOLE_PER_LEG - _drop(skeleton, roles, side)
    over_origin = float(skeleton.rest_positions()[roles[side + "Foot"], 1])
    least, most = (share * leg for share in _ANKLE_HEIGHTS)
    if least < over_origin < most:  # the character stands on the origin's level, balls included
        return max(over_origin, -_drop(skeleton, roles, side))
    height = leg * _SOLE_PER_LEG - _drop(skeleton, roles, side)
    # Without toes it is the end of a foot bone that tells, and that may lie anywhere.
    return height if side + "Toe" in roles or least < height < most else leg * _ANKLE_PER_LEG


def _drop(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> float:
    """Height of the toe joint over the ankle of a level foot (negative); 0 if unknown."""
    vector = level_foot_vector(skeleton, roles, side)
    return 0.0 if vector is None else float(vector[1])


def _size(skeleton: Skeleton) -> float:
    """Sum of the bone lengths, metres."""
    size = float(np.linalg.norm(skeleton.offsets[1:], axis=-1).sum())
    if size < 1e-9:
        raise SkeletonError("the skeleton has no size; check its rest offsets")
    return size
