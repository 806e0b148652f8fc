"""Carries a motion from one skeleton to another of different rest pose and proportions.

Everything is in the conventions of `core`: both skeletons have world-aligned rest frames, so equal
world rotations mean equal poses wherever the rest poses agree, and a constant correction per joint
does the rest (see `retarget_rest`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..conventions import Floats
from ..errors import SkeletonError
from ..ground.terrain import Terrain
from ..maths.rotations import normalise, quaternion_multiply, quaternion_nlerp
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, global_to_local
from ..motion.skeleton import Skeleton
from .arms import SWINGING, ArmsOut, turn_arms_out
from .feet import (
    LEG_JOINT_NAMES,
    FootScale,
    desired_ankles,
    measure_feet,
    place_feet,
    planted_toe_heights,
)
from .pairs import JointPairs, ancestors, pair_joints
from .rest import rest_corrections
from .soles import settle_soles

__all__ = ["planted_toe_heights", "retarget_clip"]


def retarget_clip(
    clip: MotionClip,
    target: Skeleton,
    joint_map: Mapping[str, str] | None = None,
    *,
    keep_feet: bool = True,
    planted_toe_heights_m: Floats | None = None,
    terrain: Terrain | None = None,
    arms: ArmsOut = SWINGING,
) -> MotionClip:
    """Move another skeleton as the clip's character moves.

    World rotations are copied, corrected for rest poses. Source joints in between are folded in;
    target joints without a partner stay at rest relative to their parent, but a spine or neck
    joint between two paired ones turns part of the way. The root's travel (about the world's
    origin) and height are scaled by the ratio of leg lengths. With ``keep_feet``, the feet are
    then brought by two-bone IK to where the source's are, likewise scaled: the toe while the heel
    is up, else the ankle. So a foot planted in the source stays planted, and its ankle and toe
    come to lie at the target's own heights over the ground.

    Args:
        clip: T frames of the source.
        target: who shall move, J joints.
        joint_map: source joint name by target joint name; None matches by the common names.
        keep_feet: whether to place the feet; needs both legs of both skeletons.
        planted_toe_heights_m: (2,) height over y = 0 of the source's left and right toe joint
            while planted, as `planted_toe_heights` measures for captures, whose ground is not
            exact; None takes what the source's rest pose tells.
        terrain: the ground at the target's size: with it, placed feet are brought out of it and
            onto it as ``settle_soles`` does; None for a source whose ground is not known.
        arms: when they are turned outward, if the girth of the target asks for it.

    Returns:
        T frames of the target, same frame rate and contacts.

    Raises:
        SkeletonError: joints of the map do not exist, or hips or (for ``keep_feet``) legs are
            missing in one of the two.
    """
    source = clip.skeleton
    pairs = pair_joints(source, target, joint_map)
    if keep_feet:
        _require_legs(pairs)
    positions, rotations = forward_kinematics(source, clip.root_positions, clip.rotations_wxyz)
    turned = _copy_rotations(target, pairs, rotations, rest_corrections(source, target, pairs))
    feet = measure_feet(source, target, pairs, planted_toe_heights_m)
    root = _place_root(source, target, pairs, positions, turned, feet)
    if keep_feet:
        ankles = desired_ankles(
            source, target, pairs, feet, positions, rotations, clip.frame_rate_hz, clip.contacts
        )
        if terrain is not None:
            ankles, turned = settle_soles(
                target, pairs.target_roles, ankles, turned, terrain, clip.frame_rate_hz
            )
        root, turned = place_feet(target, pairs, ankles, root, turned, clip.frame_rate_hz)
    turned = turn_arms_out(target, pairs.target_roles, turned, clip.frame_rate_hz, arms)
    local = normalise(global_to_local(target, turned))
    return MotionClip(target, clip.frame_rate_hz, root, local, clip.contacts)


def _require_legs(pairs: JointPairs) -> None:
    missing = [name for name in LEG_JOINT_NAMES if name not in pairs.target_roles]
    if missing:
        raise SkeletonError(
            f"feet cannot be placed: no {', '.join(missing)} found that both skeletons have; "
            "map these joints, or retarget with keep_feet=False"
        )


def _copy_rotations(
    target: Skeleton, pairs: JointPairs, rotations: Floats, corrections: Mapping[int, Floats]
) -> Floats:
    """(T, J, 4) world rotations of the target's joints."""
    out = np.zeros((len(rotations), target.joint_count, 4), np.float32)
    out[..., 0] = 1.0
    for joint, driver in pairs.driver.items():
        out[:, joint] = quaternion_multiply(rotations[:, driver], corrections[joint])
    for joint, (low, high, weight) in pairs.blended.items():
        out[:, joint] = quaternion_nlerp(out[:, low], out[:, high], weight)
    above_hips = set(ancestors(target, pairs.target_roles["Hips"])[1:])
    for joint in range(target.joint_count):
        if joint not in pairs.driver and joint not in pairs.blended and joint not in above_hips:
            out[:, joint] = out[:, target.parents[joint]]
    return out


def _place_root(
    source: Skeleton,
    target: Skeleton,
    pairs: JointPairs,
    positions: Floats,
    turned: Floats,
    feet: FootScale,
) -> Floats:
    """(T, 3) of the target's first joint, so that its hip sockets are where the source's are."""
    sockets = [r for r in ("LeftUpLeg", "RightUpLeg") if pairs.has(r)] or ["Hips"]
    desired = np.mean([positions[:, pairs.source_roles[r]] for r in sockets], axis=0) * feet.ratio
    desired[:, 1] += feet.lift_m.mean()
    at_origin = np.zeros((len(turned), 3), np.float32)
    places, _ = forward_kinematics(target, at_origin, global_to_local(target, turned))
    middle = np.mean([places[:, pairs.target_roles[r]] for r in sockets], axis=0)
    return np.asarray(desired - middle, np.float32)
