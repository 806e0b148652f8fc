"""How far a rig's joints are from its body's motion as Blender shows it, and whether feet stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import BLENDER_TO_CORE
from ....blender.rig.evaluation import counting, evaluated_apart
from ....core.conventions import Bools, Floats
from ....core.feet.contacts import spans
from ....core.motion.clip import MotionClip
from ....core.motion.kinematics import forward_kinematics
from ....core.quadruped.skeleton import JOINTS
from .read import QuadrupedRig

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class QuadrupedResidual:
    """What is seen of a motion on a rig.

    Args:
        joints_m: (T,) distance from the body's joint to the rig's, by common joint that the rig
            has.
        paws_m: (T, 4, 3) where the points are on which the feet stand, core axes; LH, LF, RH, RF.
        contacts: (T, 4) whether they stand.
        slip_m: (4,) furthest that each moves on the ground during one stance, leaving out its two
            end frames.
        stretch_m: most by which a distance within a leg changes.
    """

    joints_m: Mapping[str, Array]
    paws_m: Array
    contacts: Bools
    slip_m: Array
    stretch_m: float

    @property
    def mean_m(self) -> float:
        """Over all joints and frames."""
        return float(np.mean([each.mean() for each in self.joints_m.values()]))


def measure_residual(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: QuadrupedRig,
    clip: MotionClip,
    frames: Floats,
) -> QuadrupedResidual:
    """Look at a rig on the frames of a clip and compare.

    Args:
        context: whose scene.
        armature: the object, with the clip's action.
        rig: as it was read before.
        clip: T frames of its body.
        frames: (T,) in the scene.
    """
    seen = seen_bones(context, armature, rig, frames)
    wanted, _ = forward_kinematics(
        clip.skeleton, clip.root_positions.astype(np.float64), clip.rotations_wxyz
    )
    joints = {}
    for joint, bone in rig.map.bones.items():
        places = _carried(rig, seen[bone], bone, rig.map.places[joint])
        off = places - wanted[:, JOINTS.index(joint)]
        joints[joint] = np.asarray(np.linalg.norm(off, axis=1), np.float64)
    paws = []
    for leg in rig.map.legs:
        bone = leg.bones[min(leg.joints[3], len(leg.bones) - 1)]
        paws.append(_carried(rig, seen[bone], bone, leg.points[leg.joints[3]]))
    standing = np.stack(paws, axis=1)
    contacts = clip.contacts if clip.contacts is not None else np.zeros(standing.shape[:2], bool)
    return QuadrupedResidual(
        joints, standing, contacts, _slips(standing, contacts), _stretch(rig, seen)
    )


def seen_bones(
    context: bpy.types.Context, armature: bpy.types.Object, rig: QuadrupedRig, frames: Floats
) -> dict[str, Array]:
    """(T, 4, 4) transforms of the rig's bones in the scene, Blender units, by name."""
    names = list(rig.sized_rests)
    seen = {name: np.empty((len(frames), 4, 4)) for name in names}
    with evaluated_apart(context, [armature]) as set_frame, counting(context, len(frames)) as count:
        for row, frame in enumerate(np.asarray(frames).tolist()):
            evaluated = armature.evaluated_get(set_frame(frame))
            world = np.array(evaluated.matrix_world, np.float64)
            bones = evaluated.pose.bones
            for name in names:
                seen[name][row] = world @ np.array(bones[name].matrix, np.float64)
            count(row)
    return seen


def _carried(rig: QuadrupedRig, seen: Array, bone: str, place: Floats) -> Array:
    """(T, 3) where a bone carries a point of the animal's rest, core axes, metres."""
    rest = rig.map.axes.T @ place + rig.map.origin
    local = np.linalg.inv(rig.sized_rests[bone]) @ np.append(rest, 1.0)
    return np.asarray((seen @ local)[:, :3] @ BLENDER_TO_CORE.T * rig.unit_m)


def _slips(paws: Array, contacts: Bools) -> Array:
    found = np.zeros(4)
    for foot in range(4):
        for start, end in spans(contacts[:, foot]):
            stance = paws[start + 1 : end - 1, foot][:, [0, 2]]
            if len(stance):
                off = np.linalg.norm(stance - np.median(stance, axis=0), axis=1)
                found[foot] = max(found[foot], float(off.max()))
    return found


def _stretch(rig: QuadrupedRig, seen: Mapping[str, Array]) -> float:
    """Most by which the distance between two joints of a leg that follow each other changes."""
    most = 0.0
    for leg in rig.map.legs:
        first = max(leg.joints[0], 0) if leg.joints[0] >= 0 else leg.joints[1]
        for one, other in zip(leg.bones[first:], leg.bones[first + 1 :], strict=False):
            far = np.linalg.norm(seen[one][:, :3, 3] - seen[other][:, :3, 3], axis=1)
            rest = rig.sized_rests[one][:3, 3] - rig.sized_rests[other][:3, 3]
            off = np.abs(far - rig.object_scale * np.linalg.norm(rest))
            most = max(most, float(off.max()) * rig.unit_m)
    return most
