"""How an armature is posed, frame by frame: its bones' own transforms, and a clip of its skeleton.

What moves the bones (keys, layers, constraints, drivers) makes no difference: what is seen counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.maths.rotations import (
    make_continuous,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from ...core.motion.clip import MotionClip
from ...core.motion.kinematics import global_to_local
from ..axes import BLENDER_TO_CORE
from .evaluation import counting, evaluated_apart, is_still
from .skeleton import RigSkeleton, rest_frames_wxyz

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PosedBones:
    """Bones of an armature over K frames; holds no Blender data.

    Args:
        names: of the bones, N.
        poses: (K, N, 4, 4) in armature space.
        bases: (K, N, 4, 4) what is animated on each, relative to its rest.
        worlds: (K, 4, 4) the armature object's, Blender units.
    """

    names: tuple[str, ...]
    poses: NDArray[np.float32]
    bases: NDArray[np.float32]
    worlds: Array

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: n for n, name in enumerate(self.names)}

    def pose(self, name: str) -> Array:
        """(K, 4, 4) of one bone."""
        return self.poses[:, self._places[name]].astype(np.float64)

    def basis(self, name: str) -> Array:
        """(K, 4, 4) of one bone."""
        return self.bases[:, self._places[name]].astype(np.float64)

    def at(self, chosen: NDArray[np.int64]) -> PosedBones:
        """The same on some of its frames."""
        return PosedBones(self.names, self.poses[chosen], self.bases[chosen], self.worlds[chosen])

    def __contains__(self, name: object) -> bool:
        return name in self._places


def read_poses(
    context: bpy.types.Context, armature: bpy.types.Object, names: Iterable[str], frames: Array
) -> PosedBones:
    """Look at bones on frames, apart from the user's scene, which stays as it is.

    Args:
        context: whose scene's rate holds.
        armature: the object.
        names: of its bones.
        frames: (K,) of animation, as keys count them.
    """
    bones = armature.pose.bones
    chosen = tuple(dict.fromkeys(names))
    which = np.array([bones.find(name) for name in chosen])
    looked = frames[:1] if _is_posed_once(armature) else frames
    count = len(looked)
    poses, bases = (np.empty((count, len(chosen), 4, 4), np.float32) for _ in range(2))
    worlds = np.empty((count, 4, 4))
    buffer = np.empty(len(bones) * 16, np.float32)
    with evaluated_apart(context, [armature]) as set_frame, counting(context, count) as counted:
        for n, frame in enumerate(looked.tolist()):
            counted(n)
            seen = armature.evaluated_get(set_frame(frame))
            worlds[n] = seen.matrix_world
            for kept, what in ((poses, "matrix"), (bases, "matrix_basis")):
                seen.pose.bones.foreach_get(what, buffer)
                kept[n] = buffer.reshape(-1, 4, 4)[which].swapaxes(-1, -2)
    if count < len(frames):
        poses, bases, worlds = (
            np.repeat(each, len(frames), axis=0) for each in (poses, bases, worlds)
        )
    return PosedBones(chosen, poses, bases, worlds)


def posed_bone(posed: PosedBones, name: str) -> str:
    """The bone that shows how a joint is turned.

    Rigify's bones that deform an arm or a leg share its twist out; those that they follow do not.
    """
    original = "ORG-" + name.removeprefix("DEF-")
    return original if name.startswith("DEF-") and original in posed else name


def _is_of_limb(rig: RigSkeleton, bone: str) -> bool:
    return rig.joint_map.get(bone, "").endswith(("Arm", "Hand", "Leg", "Foot", "Toe"))


def _is_posed_once(armature: bpy.types.Object) -> bool:
    """Whether an armature looks the same on every frame."""
    if is_still(armature):
        return True
    datablocks = (armature, armature.data)
    if any(_plays(each) for each in datablocks) or armature.rigid_body:
        return False
    if armature.parent is not None and not is_still(armature.parent):
        return False
    owners = (armature, *armature.pose.bones)
    found = (c for owner in owners for c in owner.constraints if not c.mute)
    others = {each for c in found for each in _targets(c)} - {None, armature}
    return all(map(is_still, others)) and not any(map(_listens_to_others, datablocks))


def _plays(datablock: bpy.types.ID) -> bool:
    data = datablock.animation_data
    if data is None:
        return False
    return data.action is not None or any(not track.mute for track in data.nla_tracks)


def _targets(constraint: bpy.types.Constraint) -> set[bpy.types.Object | None]:
    named = (constraint, *getattr(constraint, "targets", ()))
    poles = {getattr(constraint, "pole_target", None), getattr(constraint, "object", None)}
    return {getattr(each, "target", None) for each in named} | poles


def _listens_to_others(datablock: bpy.types.ID) -> bool:
    """Whether a driver hears of anything but the armature itself, such as the frame."""
    data = datablock.animation_data
    for curve in data.drivers if data is not None else ():
        variables = curve.driver.variables
        if "frame" in curve.driver.expression or any(v.type == "CONTEXT_PROP" for v in variables):
            return True
        if any(_is_other(t.id, datablock) for v in variables for t in v.targets):
            return True
    return False


def _is_other(target: bpy.types.ID | None, datablock: bpy.types.ID) -> bool:
    return target is not None and target not in (datablock, getattr(datablock, "data", None))


def posed_clip(
    rig: RigSkeleton, posed: PosedBones, frame_rate_hz: float, *, trunk_as_shown: bool = False
) -> MotionClip:
    """What a character does as a clip of its skeleton, in the world, core axes.

    Args:
        rig: what ``read_skeleton`` gave.
        posed: its skeleton's bones, at least.
        frame_rate_hz: at which it was looked at.
        trunk_as_shown: of Rigify's trunk, what deforms counts: its bones lead from one joint to the
            next, while those that they follow share the turns of two controls out.
    """
    names = [
        name if trunk_as_shown and not _is_of_limb(rig, name) else posed_bone(posed, name)
        for name in rig.skeleton.names
    ]
    poses = np.stack([posed.pose(name) for name in names], axis=1)
    worlds = np.einsum("ij,tjk->tik", BLENDER_TO_CORE, posed.worlds[:, :3, :3]) / rig.object_scale
    rotations = poses[..., :3, :3] / np.linalg.norm(poses[..., :3, :3], axis=-2, keepdims=True)
    turns = quaternion_multiply(
        matrix_to_quaternion(worlds)[:, None], matrix_to_quaternion(rotations)
    )
    turns = quaternion_multiply(turns, quaternion_conjugate(rest_frames_wxyz(rig)))
    local = make_continuous(global_to_local(rig.skeleton, turns))
    head = np.einsum("tij,tj->ti", posed.worlds, poses[:, 0, :, 3])[:, :3]
    roots = rig.unit_m * head @ BLENDER_TO_CORE.T
    return MotionClip(rig.skeleton, frame_rate_hz, roots, local)
