"""How far a rig's feet, as they are seen, are from where they were simulated."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import BLENDER_TO_CORE
from ...blender.rig.posed import read_poses
from ...blender.rig.skeleton import RigSkeleton
from ...blender.rig.take import Take
from ...core.maths.rotations import quaternion_conjugate, quaternion_multiply, quaternion_rotate
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import FOOT_JOINTS
from ...core.motion.kinematics import forward_kinematics
from ...core.retarget.feet import vertical_turn

Array = NDArray[np.float64]

_LOOKED_AT: Final = 40
"""Frames of a longer motion."""


def feet_off_cm(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    take: Take,
    after: MotionClip,
    fell_s: float | None,
) -> float:
    """Most that an ankle or a ball of the foot is off where it was simulated, in centimetres.

    Args:
        context: whose scene's time it is.
        armature: as it is animated now.
        take: what it did before.
        after: what was simulated, on the same frames.
        fell_s: when it fell: of who lies, the thickness of the soles says nothing any more.
    """
    last = after.frame_count - 1
    if fell_s is not None:
        last = min(last, int(fell_s * after.frame_rate_hz))
    where = np.unique(np.linspace(0, last, _LOOKED_AT).round().astype(np.int64))
    bones = {common: bone for bone, common in take.rig.joint_map.items() if common in FOOT_JOINTS}
    if not bones:
        return 0.0
    expected = expected_feet(take, after, where, list(bones))
    seen = _seen_feet(context, armature, take.rig, list(bones.values()), take.frames[where])
    return float(100.0 * np.linalg.norm(seen - expected, axis=-1).max())


def expected_feet(
    take: Take, after: MotionClip, where: NDArray[np.int64], joints: list[str]
) -> Array:
    """(K, N, 3) where joints of the feet go as the simulated ones do, in the world, metres.

    What the rig's feet differ in from the figure's turns about the vertical: soles that are thicker
    lift them.
    """
    was = forward_kinematics(
        take.common.skeleton, take.common.root_positions[where], take.common.rotations_wxyz[where]
    )
    now = forward_kinematics(
        after.skeleton, after.root_positions[where], after.rotations_wxyz[where]
    )
    own, _ = forward_kinematics(
        take.base.skeleton, take.base.root_positions[where], take.base.rotations_wxyz[where]
    )
    bones = {common: bone for bone, common in take.rig.joint_map.items()}
    found = []
    for name in joints:
        common, joint = take.common.skeleton.index(name), take.base.skeleton.index(bones[name])
        offset = own[:, joint] - take.origin - take.ratio * was[0][:, common]
        turn = quaternion_multiply(now[1][:, common], quaternion_conjugate(was[1][:, common]))
        there = take.ratio * now[0][:, common] + quaternion_rotate(vertical_turn(turn), offset)
        found.append(take.origin + there)
    return np.stack(found, axis=1)


def _seen_feet(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    bones: list[str],
    frames: Array,
) -> Array:
    posed = read_poses(context, armature, bones, frames)
    heads = np.stack([posed.pose(bone)[:, :, 3] for bone in bones], axis=1)
    places = np.einsum("tij,tnj->tni", posed.worlds, heads)[..., :3]
    return np.asarray(rig.unit_m * places @ BLENDER_TO_CORE.T)
