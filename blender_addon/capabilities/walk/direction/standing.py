"""Where a character stands and looks, read from its pose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import blender_to_core_points
from ....blender.rig.evaluation import Probe, sample
from ....blender.rig.joint_map import judge_joints
from ....blender.rig.skeleton import RigSkeleton
from ....blender.units import SceneUnits
from ....core.maths.rotations import wrap_angle
from ....core.notes import Note

Array = NDArray[np.float64]

_ON_LEVEL_GROUND_M: Final = 0.05
"""Feet this near height 0, at a person's size, stand on it."""
_JOINTS: Final = ("Hips", "LeftUpLeg", "RightUpLeg", "LeftFoot", "RightFoot")


@dataclass(frozen=True)
class Standing:
    """A place in the world, core axes, metres.

    Args:
        x, z: on the ground, under the hips.
        heading_rad: where the hips look.
        floor_m: height on which the lower foot stands.
    """

    x: float
    z: float
    heading_rad: float
    floor_m: float = 0.0

    def scaled(self, factor: float) -> tuple[float, float, float]:
        """x, z and heading for a character ``factor`` times as large."""
        return self.x * factor, self.z * factor, self.heading_rad

    def is_near(self, other: Standing, size: float) -> bool:
        """Whether nothing but rounding lies between two places."""
        apart = np.hypot(self.x - other.x, self.z - other.z)
        turned = abs(float(wrap_angle(np.array(self.heading_rad - other.heading_rad))))
        return bool(apart < 1e-3 * size and turned < 2e-3)


def level_notes(stands: Standing, units: SceneUnits) -> tuple[str, ...]:
    """Which level is walked on where no ground is chosen, if it is not that of height 0."""
    if not stands.floor_m:
        return ()
    at = units.length(stands.floor_m)
    return (Note(f"no ground is chosen: the level at {at} is walked on, where the feet are"),)


def read_standing(
    context: bpy.types.Context, rig: RigSkeleton, size: float, frame: int | None = None
) -> Standing:
    """Where a character stands.

    Args:
        context: whose scene it is.
        rig: the character.
        size: of it, against a person.
        frame: of animation on which it is looked at; None for as it is shown now, unkeyed changes
            of the pose included.
    """
    armature = bpy.data.objects[(rig.object_name, None)]
    bones = {joint: bone for bone, joint in rig.joint_map.items()}
    seen = _bone_heads(context, armature, [bones[joint] for joint in _JOINTS], frame)
    heads = dict(zip(_JOINTS, blender_to_core_points(seen) * rig.unit_m, strict=True))
    hips, across = heads["Hips"], heads["LeftUpLeg"] - heads["RightUpLeg"]
    rest = rig.skeleton.rest_positions()[:, 1] - rig.floor_m
    feet = ("LeftFoot", "RightFoot")
    floor = float(min(heads[foot][1] - rest[rig.skeleton.index(bones[foot])] for foot in feet))
    level = abs(floor) < _ON_LEVEL_GROUND_M * size
    heading = float(np.arctan2(-across[2], across[0]))
    return Standing(float(hips[0]), float(hips[2]), heading, 0.0 if level else floor)


def place_of(context: bpy.types.Context, obj: bpy.types.Object, frame: int | None) -> Array:
    """(3,) where an object is, Blender's axes and units.

    Args:
        context: whose scene it is.
        obj: anything; of an armature its hips count, for the object may have stayed behind.
        frame: as for ``read_standing``.
    """
    hips = judge_joints(obj)[0].bones.get("Hips") if obj.type == "ARMATURE" else None
    if hips is not None:
        return np.asarray(_bone_heads(context, obj, [hips], frame)[0])
    return np.asarray(_looked_at(context, obj, {"": _matrix_of("")}, frame)[""][:3, 3])


def _bone_heads(
    context: bpy.types.Context, armature: bpy.types.Object, bones: Sequence[str], frame: int | None
) -> Array:
    """(N, 3) heads of bones in the world, Blender's axes and units."""
    seen = _looked_at(context, armature, {bone: _matrix_of(bone) for bone in bones}, frame)
    return np.array([seen[bone][:3, 3] for bone in bones])


def _matrix_of(bone: str) -> Callable[[bpy.types.Object], Any]:
    """Reads the world matrix of a bone of an evaluated object; of the object itself if empty."""

    def read(evaluated: bpy.types.Object) -> Any:
        world = evaluated.matrix_world
        return world @ evaluated.pose.bones[bone].matrix if bone else world.copy()

    return read


def _looked_at(
    context: bpy.types.Context,
    obj: bpy.types.Object,
    reads: Mapping[str, Callable[[bpy.types.Object], Any]],
    frame: int | None,
) -> dict[str, Array]:
    if frame is None:
        evaluated = obj.evaluated_get(context.evaluated_depsgraph_get())
        return {name: np.array(read(evaluated), np.float64) for name, read in reads.items()}
    probes = {name: Probe(obj.name, read) for name, read in reads.items()}
    seen = sample(context, [obj], probes, np.array([float(frame)]))
    return {name: np.asarray(rows[0], np.float64) for name, rows in seen.items()}
