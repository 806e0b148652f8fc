"""How well the soles that a viewer sees lie on the ground."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.rig.carrier import sample_carrier
from ....blender.rig.pose import RootMotion, object_matrices
from ....blender.rig.sole_heights import lowest_soles
from ..job import FitJob, Walk

Array = NDArray[np.float64]


def sole_errors(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    first_frame: int,
    chosen: NDArray[np.int64],
) -> Array:
    """(K,) of the worse sole on each frame, metres: its depth, or the gap under a planted one.

    Args:
        context: whose scene shows the walk.
        job, walk: what was written.
        first_frame: of the walk in the scene.
        chosen: (K,) frames of the clip to look at.
    """
    frames, worlds = (first_frame + chosen).astype(np.float64), None
    if job.root_motion is RootMotion.IN_PLACE:
        worlds = object_matrices(job.rig, walk.track)[chosen]
    if job.common_parent is not None:
        armature = bpy.data.objects[(job.rig.object_name, None)]
        worlds = sample_carrier(context, armature, frames, job.common_parent).worlds
    over = lowest_soles(context, job.rig, frames, job.terrain, worlds)
    errors = np.maximum(-over, 0.0)
    if walk.clip.contacts is not None:
        planted = walk.clip.contacts[chosen].reshape(len(chosen), 2, 2).any(axis=2)
        errors = np.where(planted, np.abs(over), errors)
    return np.asarray(errors.max(axis=1))
