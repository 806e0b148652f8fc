"""How well the soles that a viewer sees lie on the ground."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.rig.carrier import sample_carrier
from ....blender.rig.pose import RootMotion, object_matrices
from ....blender.rig.sole_heights import lowest_soles
from ....core.ground.terrain import FlatTerrain
from ....core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from .seen import SeenWalk

Array = NDArray[np.float64]

_STANDS_M: Final = 0.01
_ABOUT_M: Final = np.linspace(-0.24, 0.24, 13)
"""Of a person: so far about a foot's joints steps are looked for."""
_STEP_M: Final = 0.04
"""From one place to the next of these; the steepest ground that is walked rises by less."""


def sole_errors(context: bpy.types.Context, looked: SeenWalk, first_frame: int) -> Array:
    """(K,) of the worse sole on each frame, metres: its depth, or the gap under a planted one.

    Args:
        context: whose scene shows the walk.
        looked: what was seen of it.
        first_frame: of the walk in the scene.
    """
    job, chosen = looked.job, looked.chosen
    frames, worlds = (first_frame + chosen).astype(np.float64), None
    if job.root_motion is RootMotion.IN_PLACE:
        worlds = object_matrices(job.rig, looked.walk.track)[chosen]
    if job.common_parent is not None:
        armature = bpy.data.objects[(job.rig.object_name, None)]
        worlds = sample_carrier(context, armature, frames, job.common_parent).worlds
    over = lowest_soles(context, job.rig, frames, job.terrain, worlds)
    errors = np.where(_planted(looked), np.abs(over), np.maximum(-over, 0.0))
    return np.asarray(errors.max(axis=1))


def by_steps(looked: SeenWalk) -> NDArray[np.bool_]:
    """(K,) whether a foot is by the edge of a step on each frame."""
    terrain, size = looked.job.terrain, looked.walk.scale
    near = np.zeros(len(looked.chosen), bool)
    if isinstance(terrain, FlatTerrain):
        return near
    about = size * np.stack(np.meshgrid(_ABOUT_M, _ABOUT_M), axis=-1)
    for joint in FOOT_JOINTS:
        heights = terrain.heights(looked.meant(joint)[:, None, None, [0, 2]] + about)
        for axis in (1, 2):
            near |= (np.abs(np.diff(heights, axis=axis)) > _STEP_M * size).any(axis=(1, 2))
    return near


def _planted(looked: SeenWalk) -> NDArray[np.bool_]:
    """(K, 2) whether the source stands on the left and on the right foot.

    A contact alone does not say so: a foot out of the legs' reach is let go while it lasts.
    """
    contacts = looked.walk.clip.contacts
    if contacts is None:
        return np.zeros((len(looked.chosen), 2), bool)
    feet = np.stack([looked.meant(joint) for joint in FOOT_JOINTS], axis=1)
    over = feet[..., 1] - looked.job.terrain.heights(feet[..., [0, 2]])
    stands = over - looked.walk.scale * PLANTED_HEIGHTS_M < _STANDS_M * looked.walk.scale
    stands &= contacts[looked.chosen]
    return np.asarray(stands.reshape(-1, 2, 2).any(axis=2))
