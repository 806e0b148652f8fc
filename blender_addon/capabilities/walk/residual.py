"""How exactly a written walk is shown by the rig: measured on the armature as Blender evaluates it.

The *source* is the character that the network moves, scaled to the rig's legs. Three things can
come between it and what is seen: other proportions (the residual), whatever else acts on the bones,
such as constraints, drivers and limits (the write error), and either of them at a planted foot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import blender_to_core_points
from ...blender.rig.pose import RootMotion, object_matrices
from ...blender.rig.warnings import is_evaluated
from ...blender.timeline import playhead_kept
from ...core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS, PLANTED_HEIGHTS_M
from ...core.motion.kinematics import forward_kinematics
from ...core.motion.resample import resample_clip
from ...core.retarget.feet import planted_heights
from .job import FitJob, Walk

Array = NDArray[np.float64]

MOST_FRAMES: Final = 32
_LIMBS: Final = (
    ("Hips", "Head"),
    *(
        tuple(side + part for part in limb)
        for limb in (("UpLeg", "Leg", "Foot"), ("Arm", "ForeArm", "Hand"))
        for side in ("Left", "Right")
    ),
)
_FEET_OFF_CM: Final = 2.0
_WRITTEN_OFF_CM: Final = 1.0


@dataclass(frozen=True)
class Residual:
    """Distances between what is seen and what was meant, centimetres.

    Args:
        residual_cm: mean over head, knees, ankles, elbows and hands to where the source's would be
            with the rig's own bone lengths, from the root of each limb on; like the next, None
            where the rig is hidden and nothing can be measured.
        write_error_cm: mean to the motion as it was fitted to the rig.
        foot_error_cm: largest of a planted heel or toe to the source's, set on the rig's own sole:
            in height as it is, along the ground against the middle of the same step. None where
            nothing is planted.
        foot_error_mean_cm: the mean of the same.
    """

    residual_cm: float | None
    write_error_cm: float | None
    foot_error_cm: float | None
    foot_error_mean_cm: float | None

    def describe(self) -> str:
        """In the user's words."""
        if self.residual_cm is None:
            return "not measured, for the character is hidden"
        joints = f"joints within {self.residual_cm:.1f}\u00a0cm"
        if self.foot_error_cm is None:
            return joints
        return f"feet within {self.foot_error_cm:.1f}\u00a0cm, {joints} on average"

    def warnings(self) -> list[str]:
        """What an animator would want to look at, and what to do."""
        found = []
        if self.write_error_cm is not None and self.write_error_cm > _WRITTEN_OFF_CM:
            found.append(
                f"the bones are {self.write_error_cm:.1f} cm from where the keys put them: "
                "constraints, drivers or limits act on them. Mute those, or choose other bones "
                "under Joints"
            )
        elif self.foot_error_cm is not None and self.foot_error_cm > _FEET_OFF_CM:
            found.append(
                f"a planted foot is up to {self.foot_error_cm:.1f} cm off: the legs are too "
                "different from a person's or rest bent. Check the leg and toe bones under Joints"
            )
        return found


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
        return Residual(None, None, None, None)
    chosen = _chosen_frames(walk, most_frames, blended_s)
    mapped = [name for name in job.rig.skeleton.names if name in job.rig.joint_map]
    common = [job.rig.joint_map[name] for name in mapped]
    seen = seen_joints(context, job, walk, mapped, first_frame, chosen)
    clip = walk.clip
    fitted, _ = forward_kinematics(
        clip.skeleton, clip.root_positions[chosen], clip.rotations_wxyz[chosen]
    )
    fitted = fitted[:, clip.skeleton.indices(mapped)]
    source = _source_joints(walk, chosen)
    pose = source[:, COMMON_SKELETON.indices(common)]
    feet = _foot_errors(job, walk, chosen, common, seen, source)
    return Residual(
        residual_cm=_mean_cm(_limb_errors(common, seen, pose)),
        write_error_cm=_mean_cm(seen - fitted),
        foot_error_cm=100.0 * float(feet.max()) if len(feet) else None,
        foot_error_mean_cm=100.0 * float(feet.mean()) if len(feet) else None,
    )


def _chosen_frames(
    walk: Walk, most_frames: int, blended_s: tuple[float, float]
) -> NDArray[np.int64]:
    """Evenly spread between what is blended; the middle one at least."""
    last, rate = walk.clip.frame_count - 1, walk.clip.frame_rate_hz
    start, end = blended_s[0] * rate, last - blended_s[1] * rate
    if start > end:
        start = end = 0.5 * last
    count = min(int(end - start) + 1, most_frames)
    return np.unique(np.linspace(start, end, count).round().astype(np.int64))


def seen_joints(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    names: Sequence[str],
    first_frame: int,
    chosen: NDArray[np.int64],
) -> Array:
    """(K, J, 3) heads of the bones in the world, core axes, metres; who walks in place travels."""
    armature = bpy.data.objects[(job.rig.object_name, None)]
    scene, bones = context.scene, [armature.pose.bones[name] for name in names]
    heads, worlds = np.empty((len(chosen), len(bones), 3)), np.empty((len(chosen), 4, 4))
    with playhead_kept(scene):
        for row, frame in enumerate((first_frame + chosen).tolist()):
            scene.frame_set(frame)
            worlds[row] = armature.matrix_world
            heads[row] = [bone.head for bone in bones]
    if job.root_motion is RootMotion.IN_PLACE:
        worlds = object_matrices(job.rig, walk.track)[chosen]
    places = heads @ np.swapaxes(worlds[:, :3, :3], 1, 2) + worlds[:, None, :3, 3]
    return blender_to_core_points(places) * job.rig.unit_m


def _source_joints(walk: Walk, chosen: NDArray[np.int64]) -> Array:
    """(K, J, 3) joints of the source on these frames, at the rig's size."""
    clip = resample_clip(walk.result.clip, walk.clip.frame_rate_hz)
    places, _ = forward_kinematics(
        clip.skeleton, clip.root_positions[chosen], clip.rotations_wxyz[chosen]
    )
    return walk.scale * places.astype(np.float64)


def _limb_errors(common: Sequence[str], seen: Array, pose: Array) -> Array:
    """(K, N, 3) between the ends of bones as seen and as their directions in the source put them.

    Lengths do not count, and neither do the places of hips, collars and ribs: characters differ
    there.
    """
    errors = []
    for limb in _LIMBS:
        chain = [common.index(joint) for joint in limb if joint in common]
        off = np.zeros((len(seen), 3))
        for upper, lower in pairwise(chain):
            bone, meant = seen[:, lower] - seen[:, upper], pose[:, lower] - pose[:, upper]
            length = np.linalg.norm(bone, axis=1, keepdims=True)
            off = off + bone - length * meant / np.linalg.norm(meant, axis=1, keepdims=True)
            errors.append(off)
    return np.stack(errors, axis=1)


def _foot_errors(
    job: FitJob,
    walk: Walk,
    chosen: NDArray[np.int64],
    common: Sequence[str],
    seen: Array,
    source: Array,
) -> Array:
    """Errors (N,) in metres of every planted heel and toe on every frame looked at."""
    if walk.clip.contacts is None:
        return np.zeros(0)
    skeleton = job.rig.skeleton
    roles = {joint: skeleton.index(bone) for bone, joint in job.rig.joint_map.items()}
    heights = planted_heights(skeleton, roles)
    errors = [np.zeros(0)]
    for n, joint in enumerate(FOOT_JOINTS):
        if joint not in common:
            continue
        off = seen[:, common.index(joint)] - source[:, COMMON_SKELETON.index(joint)]
        off[:, 1] -= heights[n] - walk.scale * PLANTED_HEIGHTS_M[n]
        planted = walk.clip.contacts[:, n]
        steps = np.cumsum(np.diff(planted, prepend=False) & planted)
        for step in np.unique(steps[chosen][planted[chosen]]):
            during = off[planted[chosen] & (steps[chosen] == step)]
            along = during[:, [0, 2]] - np.median(during[:, [0, 2]], axis=0)
            errors.append(np.sqrt(during[:, 1] ** 2 + np.sum(along**2, axis=1)))
    return np.concatenate(errors)


def _mean_cm(differences: Array) -> float:
    return 100.0 * float(np.linalg.norm(differences, axis=-1).mean())
