"""How exactly a rig shows what was generated for it, bone by bone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import blender_to_core_points
from ...blender.keys.layers import layers_muted
from ...blender.rig.evaluation import Probe, sample
from ...blender.rig.pose import RootMotion
from ...blender.timeline import playhead_kept
from ...core.maths.affine import affine_inverse
from ...core.quadruped.body import MODEL_HIP_HEIGHT_M
from .job import AnimalMotion, QuadrupedJob
from .rig.channels import object_matrices, rig_pose
from .secondary.mark import LAYER
from .writing import WrittenMotion, armature_of_job

Array = NDArray[np.float64]

_CARRIES: Final = "what carries it"  # no bone is called so
_LOOKED_AT: Final = 12  # frames
_OFF_M: Final = 0.02
"""Of an animal with hips half a metre high; a bone that is further off is told."""


@dataclass(frozen=True)
class AnimalResidual:
    """Distances between where bones are seen and where the motion has them.

    Args:
        largest_m: by bone, over some frames.
        size: of the animal against one with hips half a metre high.
        left_out_m: what leaving keys out costs, which is as it was asked for.
    """

    largest_m: Mapping[str, float] = field(default_factory=dict)
    size: float = 1.0
    left_out_m: float = 0.0

    @property
    def brief(self) -> str:
        """As short as a narrow panel; empty where nothing was measured."""
        if not self.largest_m:
            return ""
        return f"bones ±{max(math.ceil(1000.0 * max(self.largest_m.values())), 1)}\u00a0mm"

    def warnings(self) -> tuple[str, ...]:
        """What must not pass as success, in the user's words."""
        if not self.largest_m:
            return ()
        bone = max(self.largest_m, key=lambda name: self.largest_m[name])
        off_m = self.largest_m[bone]
        if off_m <= _OFF_M * self.size + self.left_out_m:
            return ()
        text = (
            f"the bone '{bone}' is up to {100.0 * off_m:.1f} cm from where the motion has it. "
            "Mute constraints and drivers that move it, or disconnect it from its parent"
        )
        return (text,)

    def measures(self) -> dict[str, float]:
        """For machines."""
        if not self.largest_m:
            return {}
        return {"bone_error_max_cm": 100.0 * max(self.largest_m.values())}


def measure_residual(
    context: bpy.types.Context, job: QuadrupedJob, motion: AnimalMotion, written: WrittenMotion
) -> AnimalResidual:
    """Look at the rig on some frames of a motion that was written just now; changes nothing.

    The ends that blend with another pose are left out, and so is the layer of tail and ears. Who
    goes in place is not where the motion is, and not measured.
    """
    armature = armature_of_job(job)
    into, out = (math.ceil(s * job.frame_rate_hz) for s in written.blended_s)
    last = motion.clip.frame_count - 1 - out
    in_place = job.root_motion is RootMotion.IN_PLACE
    if in_place or armature.hide_viewport or last <= into:
        return AnimalResidual()
    numbers = np.unique(np.linspace(into, last, _LOOKED_AT).round().astype(int))
    pose = rig_pose(job.rig, motion.clip)
    names = [name for name in pose.names if name in armature.pose.bones]
    probes = {name: Probe(armature.name, _head_of(name)) for name in names}
    objects, carries = [armature], job.common_parent
    if carries is not None:
        probes[_CARRIES] = Probe(carries.name, carries.moved)
        objects.append(bpy.data.objects[carries.name])
    with playhead_kept(context.scene), layers_muted([armature], LAYER):
        seen = sample(context, objects, probes, written.first_frame + numbers.astype(float))
    back = _to_motion(job, motion, numbers, seen.get(_CARRIES))
    largest = {}
    for name in names:
        places = blender_to_core_points((back @ seen[name])[:, :3, 3] * job.rig.unit_m)
        off = np.linalg.norm(places - pose.heads[numbers, pose.names.index(name)], axis=1)
        largest[name] = float(off.max())
    size = job.body.hip_height_m / MODEL_HIP_HEIGHT_M
    return AnimalResidual(largest, size, written.keys.largest_shift_mm / 1000.0)


def _to_motion(
    job: QuadrupedJob, motion: AnimalMotion, frames: NDArray[np.int64], carried: Array | None
) -> Array:
    """From the scene to where the motion is meant: in what carries it, and travelling."""
    if job.root_motion is RootMotion.IN_PLACE:
        there = object_matrices(job.rig, motion.track)[frames]
        return np.asarray(there @ np.linalg.inv(job.rig.armature_to_world))
    return np.eye(4) if carried is None else np.asarray(affine_inverse(carried))


def _head_of(name: str) -> Callable[[Any], Any]:
    """Reads where a bone is from an evaluated armature."""
    return lambda evaluated: evaluated.matrix_world @ evaluated.pose.bones[name].matrix
