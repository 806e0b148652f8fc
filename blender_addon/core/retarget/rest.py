"""What has to be undone because two skeletons rest in different poses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..conventions import FORWARD, Floats
from ..maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..motion.skeleton import Skeleton
from .pairs import JointPairs, ancestors

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
_SHORTEST_BONE_M: Final = 1e-3


def rest_corrections(source: Skeleton, target: Skeleton, pairs: JointPairs) -> dict[int, Floats]:
    """Constant rotations C so that a target joint's world rotation is (source's world rotation)·C.

    Trunk, head and collar bones are upright in both rest poses and keep their rotation, but for the
    way the character faces. Limb bones are turned, each from where its parent bone's correction has
    left it, the shortest way onto the direction of the source's bone; so arms that hang at rest
    drive arms that rest in a T. Feet are only turned about the vertical, from sole to sole (see
    `sole_frame`), so that a level foot stays level whatever the slope of its instep.

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
    corrections: dict[int, Floats] = {}
    for joint in sorted(pairs.driver):
        role = roles.get(joint, "")
        inherited = _inherited(target, joint, corrections, facing)
        if role in _COLLARS or joint in trunk:
            corrections[joint] = facing
        elif role.endswith("Foot"):
            corrections[joint] = _foot_correction(source, target, pairs, role.removesuffix("Foot"))
        elif role.endswith("Toe"):
            corrections[joint] = inherited
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


def sole_frame(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> Floats:
    """(4,) from a level sole that looks along +Z to the character's sole at rest.

    A sole is level at rest, unless the shin leans sideways by more than 10°: then it leans as well,
    as in the CMU skeletons, whose legs rest 20° off the vertical.
    """
    facing = facing_frame(skeleton, roles)
    if side + "Leg" not in roles:
        return facing
    rest = skeleton.rest_positions()
    shin = rest[roles[side + "Foot"]] - rest[roles[side + "Leg"]]
    shin = quaternion_rotate(quaternion_conjugate(facing), shin)
    lean = float(np.arctan2(shin[0], -shin[1]))
    if abs(lean) < _TILTED_SOLE_RAD:
        return facing
    return quaternion_multiply(facing, axis_angle_to_quaternion(FORWARD, lean))


def level_foot_vector(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> Floats | None:
    """(3,) from ankle to toe joint (else the foot's end site), the sole level, looking along +Z.

    None if the skeleton has neither toe joint nor end site.
    """
    foot = roles[side + "Foot"]
    vector = bone_vector(skeleton, foot, roles.get(side + "Toe"))
    if np.linalg.norm(vector) < _SHORTEST_BONE_M:
        return None
    return quaternion_rotate(quaternion_conjugate(sole_frame(skeleton, roles, side)), vector)


def toe_out(vector: Floats) -> float:
    """Heading (rad) of a level foot vector."""
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
    there = level_foot_vector(target, pairs.target_roles, side)
    desired = level_foot_vector(source, pairs.source_roles, side)
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
