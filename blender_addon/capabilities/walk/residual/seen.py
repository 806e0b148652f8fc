"""The joints of a written walk as Blender shows them, and as the source has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import BLENDER_TO_CORE, blender_to_core_points
from ....blender.rig.pose import RootMotion, object_matrices
from ....blender.timeline import playhead_kept, show_frame
from ....core.motion.common_skeleton import COMMON_SKELETON
from ....core.motion.kinematics import forward_kinematics
from ....core.motion.resample import resample_clip
from ..job import FitJob, Walk

Array = NDArray[np.float64]

_TOES: Final = ("LeftToe", "RightToe")


@dataclass(frozen=True, eq=False)
class SeenWalk:
    """A walk on the frames that are looked at; all in the world, core axes, metres.

    Args:
        job, walk: what was written.
        chosen: (K,) frames of the clip.
        joints: common names of the N joints that the rig has.
        seen: (K, N, 3) where Blender shows them.
        turns: (K, N, 3, 3) rotations of their bones as Blender shows them, scaled as they are.
        tips: (K, 3) ends of the toe bones, by joint.
        source: (K, 22, 3) the common skeleton's as the network moves it, at the rig's size.
    """

    job: FitJob
    walk: Walk
    chosen: NDArray[np.int64]
    joints: tuple[str, ...]
    seen: Array
    turns: Array
    tips: Mapping[str, Array]
    source: Array

    def place(self, joint: str) -> Array:
        """(K, 3) a joint as seen."""
        return np.asarray(self.seen[:, self.joints.index(joint)])

    def meant(self, joint: str) -> Array:
        """(K, 3) the same joint of the source."""
        return np.asarray(self.source[:, COMMON_SKELETON.index(joint)])


def look_at(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    first_frame: int,
    chosen: NDArray[np.int64],
) -> SeenWalk:
    """Look at the armature on these frames of a walk; the current frame is the same afterwards."""
    mapped = [name for name in job.rig.skeleton.names if name in job.rig.joint_map]
    joints = tuple(job.rig.joint_map[name] for name in mapped)
    toes = [name for name in mapped if job.rig.joint_map[name] in _TOES]
    places, turns = _bone_ends(context, job, walk, first_frame, chosen, mapped, toes)
    return SeenWalk(
        job,
        walk,
        chosen,
        joints=joints,
        seen=places[:, : len(mapped)],
        turns=turns,
        tips={job.rig.joint_map[n]: places[:, len(mapped) + k] for k, n in enumerate(toes)},
        source=_source_joints(walk, chosen),
    )


def chosen_frames(
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
    """(K, J, 3) heads of the bones in the world, core axes, metres; who walks in place travels.

    Who is carried along with the path is seen from what carries both.
    """
    return _bone_ends(context, job, walk, first_frame, chosen, names, ())[0]


def _bone_ends(
    context: bpy.types.Context,
    job: FitJob,
    walk: Walk,
    first_frame: int,
    chosen: NDArray[np.int64],
    heads_of: Sequence[str],
    tails_of: Sequence[str],
) -> tuple[Array, Array]:
    """Heads of bones, then tails of bones, (K, N, 3) as ``seen_joints`` gives them; rotations of
    the former (K, H, 3, 3) in the world, core axes."""
    armature = bpy.data.objects[(job.rig.object_name, None)]
    scene, bones = context.scene, armature.pose.bones
    count = len(heads_of) + len(tails_of)
    ends, worlds = np.empty((len(chosen), count, 3)), np.empty((len(chosen), 4, 4))
    turns = np.empty((len(chosen), len(heads_of), 3, 3))
    with playhead_kept(scene):
        for row, frame in enumerate((first_frame + chosen).tolist()):
            show_frame(scene, frame)
            worlds[row] = armature.matrix_world
            if job.common_parent is not None:
                moved = job.common_parent.moved(bpy.data.objects[job.common_parent.name])
                worlds[row] = np.linalg.inv(moved) @ worlds[row]
            ends[row] = [*(bones[n].head for n in heads_of), *(bones[n].tail for n in tails_of)]
            turns[row] = [bones[n].matrix.to_3x3() for n in heads_of]
    if job.root_motion is RootMotion.IN_PLACE:
        worlds = object_matrices(job.rig, walk.track)[chosen]
    places = ends @ np.swapaxes(worlds[:, :3, :3], 1, 2) + worlds[:, None, :3, 3]
    turned = BLENDER_TO_CORE @ worlds[:, None, :3, :3] @ turns
    return blender_to_core_points(places) * job.rig.unit_m, turned


def _source_joints(walk: Walk, chosen: NDArray[np.int64]) -> Array:
    """(K, J, 3) joints of the source on these frames, at the rig's size."""
    clip = resample_clip(walk.result.clip, walk.clip.frame_rate_hz)
    places, _ = forward_kinematics(
        clip.skeleton, clip.root_positions[chosen], clip.rotations_wxyz[chosen]
    )
    return np.asarray(walk.scale * places.astype(np.float64))
