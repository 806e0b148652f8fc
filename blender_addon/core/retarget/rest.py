"""What has to be undone because two skeletons rest in different poses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..conventions import FORWARD, LEFTWARD, Floats
from ..maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
    wrap_angle,
)
from ..motion.skeleton import Skeleton
from .joint_names import find_common_joints
from .pairs import JointPairs, ancestors, common_ancestor

_COLLARS: Final = ("LeftShoulder", "RightShoulder")
_NEXT: Final = {
    side + part: side + following
    for side in ("Left", "Right")
    for part, following in (
        ("UpLeg", "Leg"),
        ("Leg", "Foot"),
        ("Arm", "ForeArm"),
        ("ForeArm", "Hand"),
    )
}
_TILTED_SOLE_RAD: Final = np.deg2rad(10.0)
_INSTEP_RAD: Final = np.deg2rad(25.0)
"""Slope from ankle to toe joint of a person's level foot."""
_HANGING_RAD: Final = np.deg2rad(30.0)
"""A foot further from that slope may hang."""
_LEVEL_TOES_RAD: Final = np.deg2rad(25.0)
_MOST_TOES_RAD: Final = np.deg2rad(60.0)
_STEEPEST_HEELS_RAD: Final = np.deg2rad(75.0)
_ON_GROUND: Final = 0.2
"""Of the foot's extent: a heel that is nearer to the lowest level of the foot stands on it."""
_BALL: Final = 0.64
"""Where the ball is between ankle and tip of a foot in one piece."""
_FOREMOST: Final = 0.9
_BALL_HEIGHT: Final = 0.1
"""Height of that ball's joint over the sole, of the same."""
_POINTS_AHEAD: Final = 0.3
_TURNED_CHEST_RAD: Final = np.deg2rad(5.0)
_SHORTEST_BONE_M: Final = 1e-3


def rest_corrections(source: Skeleton, target: Skeleton, pairs: JointPairs) -> dict[int, Floats]:
    """Constant rotations C so that a target joint's world rotation is (source's world rotation)·C.

    Trunk, head and collar bones are upright in both rest poses and keep their rotation, but for the
    way the character faces: the chest and what it carries as the line of the shoulders says, where
    that is turned against the hips. Limb bones are turned, each from where its parent bone's
    correction has left it, the shortest way onto the direction of the source's bone; so arms that
    hang at rest drive arms that rest in a T. Feet are only turned about the vertical, from sole to
    sole (see `sole_frame`), so that a level foot stays level whatever the slope of its instep.

    Args:
        source: whose motion is known.
        target: who shall move.
        pairs: which joint drives which.

    Returns:
        (4,) quaternion by paired target joint.
    """
    facing = quaternion_multiply(
        facing_frame(source, pairs.source_roles),
        quaternion_conjugate(facing_frame(target, pairs.target_roles)),
    )
    roles = {joint: role for role, joint in pairs.target_roles.items()}
    trunk = {j for name in ("Hips", "Head") if name in pairs.target_roles
             for j in ancestors(target, pairs.target_roles[name])}  # fmt: skip
    chest, turned_chest = _chest_facing(source, target, pairs, facing)
    corrections: dict[int, Floats] = {}
    for joint in sorted(pairs.driver):
        role = roles.get(joint, "")
        inherited = _inherited(target, joint, corrections, facing)
        if role in _COLLARS or joint == chest:
            corrections[joint] = turned_chest
        elif joint in trunk:
            corrections[joint] = facing
        elif role.endswith("Foot"):
            corrections[joint] = _foot_correction(source, target, pairs, role.removesuffix("Foot"))
        elif role.endswith("Toe"):
            corrections[joint] = _toe_correction(target, pairs, role.removesuffix("Toe"), inherited)
        else:
            corrections[joint] = _limb_correction(source, target, pairs, joint, role, inherited)
    return corrections


def facing_frame(skeleton: Skeleton, roles: Mapping[str, int]) -> Floats:
    """(4,) turn about +Y from +Z to where the character looks at rest, told by its hip sockets."""
    if "LeftUpLeg" not in roles or "RightUpLeg" not in roles:
        return heading_to_quaternion(0.0)
    rest = skeleton.rest_positions()
    left = rest[roles["LeftUpLeg"]] - rest[roles["RightUpLeg"]]
    return heading_to_quaternion(float(np.arctan2(-left[2], left[0])))


def _chest_facing(
    source: Skeleton, target: Skeleton, pairs: JointPairs, facing: Floats
) -> tuple[int | None, Floats]:
    """The target's joint that carries the arms, and its correction about the vertical."""
    if not pairs.has("LeftArm", "RightArm"):
        return None, facing
    arms = (pairs.target_roles[side + "Arm"] for side in ("Left", "Right"))
    chest = common_ancestor(target, *arms)
    off = _shoulders_off(source, pairs.source_roles) - _shoulders_off(target, pairs.target_roles)
    off = float(wrap_angle(np.array(off)))
    if abs(off) < _TURNED_CHEST_RAD or chest in ancestors(target, pairs.target_roles["Hips"]):
        return chest, facing
    return chest, quaternion_multiply(heading_to_quaternion(off), facing)


def _shoulders_off(skeleton: Skeleton, roles: Mapping[str, int]) -> float:
    """Heading (rad) of the line of the shoulders against that of the hips at rest."""
    rest = skeleton.rest_positions()
    left = rest[roles["LeftArm"]] - rest[roles["RightArm"]]
    left = quaternion_rotate(quaternion_conjugate(facing_frame(skeleton, roles)), left)
    level = float(np.hypot(left[0], left[2]))
    return float(np.arctan2(-left[2], left[0])) if level > 0.5 * np.linalg.norm(left) else 0.0


def sole_frame(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> Floats:
    """(4,) from a level sole that looks along +Z to the character's sole at rest.

    A sole is level at rest, unless the shin leans sideways by more than 10°: then it leans as well,
    as in the CMU skeletons, whose legs rest 20° off the vertical; or unless the foot hangs: then it
    points down as far as the way from ankle to toe is steeper than a person's.
    """
    facing = facing_frame(skeleton, roles)
    hanging = _hanging(skeleton, roles, side)
    if side + "Leg" not in roles or hanging:
        return quaternion_multiply(facing, axis_angle_to_quaternion(LEFTWARD, hanging))
    rest = skeleton.rest_positions()
    shin = rest[roles[side + "Foot"]] - rest[roles[side + "Leg"]]
    shin = quaternion_rotate(quaternion_conjugate(facing), shin)
    lean = float(np.arctan2(shin[0], -shin[1]))
    if abs(lean) < _TILTED_SOLE_RAD:
        return facing
    return quaternion_multiply(facing, axis_angle_to_quaternion(FORWARD, lean))


def seen_sole(skeleton: Skeleton, foot: int) -> Floats | None:
    """(K, 3) outermost points of what is seen of a foot, from its joint at rest."""
    seen = skeleton.soles.get(skeleton.names[foot])
    return None if seen is None else seen[:, :3]


def seen_ankle_height(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> float | None:
    """Height of the ankle over the lowest of what is seen of the level foot, metres."""
    seen = skeleton.soles.get(skeleton.names[roles[side + "Foot"]])
    if seen is None:
        return None
    level = quaternion_conjugate(sole_frame(skeleton, roles, side))
    carried = seen[seen[:, 3] <= 0.5] if (seen[:, 3] <= 0.5).any() else seen
    return -float(quaternion_rotate(level, carried[:, :3])[:, 1].min())


def rests_level(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> bool:
    """Whether a foot rests as it stands, so that the rest pose tells its height over the ground."""
    return not _hanging(skeleton, roles, side)


def hanging_toes(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> float:
    """How far (rad) the toes of a foot that hangs point down against its sole at rest.

    Told by bones alone; 0 of a foot that is seen: its own shape says how its toes lie flat.
    """
    toe = roles.get(side + "Toe")
    end = skeleton.ends.get(skeleton.names[toe]) if toe is not None else None
    hanging = _hanging(skeleton, roles, side)
    if end is None or not hanging or skeleton.soles:
        return 0.0
    back = quaternion_conjugate(facing_frame(skeleton, roles))
    off = _slope(quaternion_rotate(back, np.array(end, np.float32))) - hanging
    return off if abs(off) < _MOST_TOES_RAD else 0.0


def _hanging(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> float:
    """How far (rad) a sole points down at rest; 0 of a foot that may stand, as in high heels."""
    foot, toe = roles[side + "Foot"], roles.get(side + "Toe")
    back = quaternion_conjugate(facing_frame(skeleton, roles))
    seen = seen_sole(skeleton, foot)
    if toe is not None:
        vector = bone_vector(skeleton, foot, toe)
    elif seen is not None:
        vector = seen[np.argmax(np.linalg.norm(seen, axis=-1))]
    else:  # a bone that ends at the ankle is drawn anywhere
        return 0.0
    off = _slope(quaternion_rotate(back, vector)) - _INSTEP_RAD
    if abs(off) < _HANGING_RAD or np.linalg.norm(vector) < _SHORTEST_BONE_M:
        return 0.0
    if seen is not None and _heel_stands(quaternion_rotate(back, seen)):
        return 0.0
    tip = skeleton.ends.get(skeleton.names[toe]) if toe is not None else None
    if tip is not None and off < _STEEPEST_HEELS_RAD - _INSTEP_RAD:
        toes = _slope(quaternion_rotate(back, np.array(tip, np.float32)))
        if abs(toes) < _LEVEL_TOES_RAD:  # on tiptoe, or in heels
            return 0.0
    return float(off)


def _slope(vector: Floats) -> float:
    """Angle (rad) below the horizontal of a vector that should point along +Z."""
    return float(np.arctan2(-vector[1], vector[2]))


def _heel_stands(seen: Floats) -> bool:
    """Whether what is seen (K, 3) behind the ankle reaches down as far as the rest does."""
    behind = seen[seen[:, 2] <= 0.0]
    if not len(behind):
        return False
    extent = float(np.ptp(seen, axis=0).max())
    return bool(behind[:, 1].min() - seen[:, 1].min() < _ON_GROUND * extent)


def level_foot_vector(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> Floats | None:
    """(3,) from ankle to toe joint (else the foot's end site), the sole level, looking along +Z.

    Without a toe joint, of a foot that is seen: to where the ball would be. None if the skeleton
    has nothing that tells.
    """
    foot, toe = roles[side + "Foot"], roles.get(side + "Toe")
    level = quaternion_conjugate(sole_frame(skeleton, roles, side))
    seen = seen_sole(skeleton, foot)
    if toe is None and seen is not None:
        points = quaternion_rotate(level, seen)
        ahead = points[:, 2].max()
        tip = points[points[:, 2] > _FOREMOST * ahead].mean(axis=0)
        height = points[:, 1].min() + _BALL_HEIGHT * ahead
        return np.array([_BALL * tip[0], height, _BALL * ahead], np.float32)
    vector = bone_vector(skeleton, foot, toe)
    if np.linalg.norm(vector) < _SHORTEST_BONE_M:
        return None
    return quaternion_rotate(level, vector)


def _toe_correction(target: Skeleton, pairs: JointPairs, side: str, foot: Floats) -> Floats:
    """That of the foot, with toes that point out of its sole at rest laid flat."""
    down = hanging_toes(target, pairs.target_roles, side)
    if not down:
        return foot
    left = quaternion_rotate(sole_frame(target, pairs.target_roles, side), LEFTWARD)
    return quaternion_multiply(foot, axis_angle_to_quaternion(left, -down))


def level_insteps(
    source: Skeleton, target: Skeleton, pairs: JointPairs, side: str
) -> tuple[Floats | None, Floats | None]:
    """``level_foot_vector`` of both skeletons, to the same place of the foot.

    Where the target has no toe joint, the source's own still is where its foot turns.
    """
    theirs = level_foot_vector(source, pairs.source_roles, side)
    ours = level_foot_vector(target, pairs.target_roles, side)
    if side + "Toe" not in pairs.target_roles:
        toe = find_common_joints(source.names).get(side + "Toe")
        if toe is not None and source.index(toe) in _below(source, pairs.source_roles, side):
            roles = {**pairs.source_roles, side + "Toe": source.index(toe)}
            theirs = level_foot_vector(source, roles, side)
    return theirs, ours


def _below(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> list[int]:
    foot = roles[side + "Foot"]
    return [j for j in range(foot, skeleton.joint_count) if foot in ancestors(skeleton, j)]


def toe_out(vector: Floats) -> float:
    """Heading (rad) of a level foot vector; 0 of one that points nowhere."""
    if vector[2] < _POINTS_AHEAD * np.linalg.norm(vector):
        return 0.0
    return float(np.arctan2(vector[0], vector[2]))


def _inherited(
    target: Skeleton,
    joint: int,
    corrections: Mapping[int, Floats],
    facing: Floats,
) -> Floats:
    """Correction of the nearest paired joint above."""
    for above in ancestors(target, joint)[1:]:
        if above in corrections:
            return corrections[above]
    return facing


def _limb_correction(
    source: Skeleton, target: Skeleton, pairs: JointPairs, joint: int, role: str, start: Floats
) -> Floats:
    there = bone_vector(target, joint, pairs.target_roles.get(_NEXT.get(role, "")))
    desired = bone_vector(source, pairs.driver[joint], pairs.source_roles.get(_NEXT.get(role, "")))
    if min(np.linalg.norm(there), np.linalg.norm(desired)) < _SHORTEST_BONE_M:
        return start
    turn = rotation_between(quaternion_rotate(start, there), desired)
    return quaternion_multiply(turn, start).astype(np.float32)


def _foot_correction(source: Skeleton, target: Skeleton, pairs: JointPairs, side: str) -> Floats:
    desired, there = level_insteps(source, target, pairs, side)
    turn = heading_to_quaternion(0.0)
    if there is not None and desired is not None:
        turn = heading_to_quaternion(toe_out(desired) - toe_out(there))
    to_source = quaternion_multiply(sole_frame(source, pairs.source_roles, side), turn)
    from_target = quaternion_conjugate(sole_frame(target, pairs.target_roles, side))
    return quaternion_multiply(to_source, from_target)


def bone_vector(skeleton: Skeleton, joint: int, following: int | None) -> Floats:
    """(3,) at rest from a joint to the following one, or to the farthest end below it."""
    rest = skeleton.rest_positions()
    return _tip(skeleton, joint) if following is None else rest[following] - rest[joint]


def _tip(skeleton: Skeleton, joint: int) -> Floats:
    """Rest vector from a joint to the farthest joint or end site below it."""
    rest = skeleton.rest_positions()
    below = [j for j in range(skeleton.joint_count) if joint in ancestors(skeleton, j)]
    points = [rest[j] for j in below]
    points += [
        rest[j] + np.array(skeleton.ends[name], np.float32)
        for j in below
        if (name := skeleton.names[j]) in skeleton.ends
    ]
    vectors = np.array(points, np.float32) - rest[joint]
    return np.asarray(vectors[np.argmax(np.linalg.norm(vectors, axis=-1))])
