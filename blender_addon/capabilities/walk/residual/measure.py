"""How exactly a written walk is shown by the rig: measured on the armature as Blender evaluates it.

The *source* is the character that the network moves, scaled to the rig's legs. Three things can
come between it and what is seen: other proportions (the residual), whatever else acts on the bones,
such as constraints, drivers and limits (the write error), and either of them at a planted foot.
"""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.rig.warnings import is_evaluated
from ....core.motion.kinematics import forward_kinematics
from ..job import FitJob, Walk
from .feet import foot_errors
from .found import Residual
from .limbs import limb_errors
from .seen import SeenWalk, chosen_frames, look_at
from .soles import sole_errors

Array = NDArray[np.float64]

MOST_FRAMES: Final = 32


def measure_residual(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    first_frame: int,
    most_frames: int = MOST_FRAMES,
    *,
    blended_s: tuple[float, float] = (0.0, 0.0),
) -> Residual:
    """Look at the armature on some frames of a walk that was just written.

    The current frame is the same afterwards.

    Args:
        context: whose scene shows the walk.
        job, walk: what was written.
        first_frame: of the walk in the scene.
        most_frames: how many frames are looked at, evenly spread.
        blended_s: seconds at the two ends that blend with another pose, and are left out.
    """
    if not is_evaluated(context, bpy.data.objects[(job.rig.object_name, None)]):
        return Residual()
    chosen = chosen_frames(walk, most_frames, blended_s)
    seen = look_at(context, job, walk, first_frame, chosen)
    feet = foot_errors(seen)
    soles = sole_errors(context, job, walk, first_frame, chosen)
    return Residual(
        residual_cm=_mean_cm(limb_errors(seen)),
        write_error_cm=_mean_cm(seen.seen - _fitted_joints(seen)),
        foot_error_cm=100.0 * float(feet.max()) if len(feet) else None,
        foot_error_mean_cm=100.0 * float(feet.mean()) if len(feet) else None,
        sole_mean_cm=100.0 * float(soles.mean()),
        sole_max_cm=100.0 * float(soles.max()),
    )


def _fitted_joints(seen: SeenWalk) -> Array:
    """(K, N, 3) where the keys are to put the joints."""
    clip, chosen = seen.walk.clip, seen.chosen
    fitted, _ = forward_kinematics(
        clip.skeleton, clip.root_positions[chosen], clip.rotations_wxyz[chosen]
    )
    bones = {joint: bone for bone, joint in seen.job.rig.joint_map.items()}
    return np.asarray(fitted[:, clip.skeleton.indices([bones[joint] for joint in seen.joints])])


def _mean_cm(differences: Array) -> float:
    return 100.0 * float(np.linalg.norm(differences, axis=-1).mean())
