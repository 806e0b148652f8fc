"""Channels that turn some joints of a character away from how it is posed already.

Notation: P is a bone's pose matrix as it is seen now, Δ the motion in armature space that takes a
joint from how it is posed to how it shall be, P' = Δ · P. A bone that hangs on its parent, whose
pose goes from Q to Q', and rests at R in a parent that rests at S, is keyed with the rotation of
(S⁻¹ R)⁻¹ Q'⁻¹ P' where it now has (S⁻¹ R)⁻¹ Q⁻¹ P. What it holds now is turned by what lies
between the two, so that a limit or an offset that a constraint adds goes on being added, and a
joint that shall stay keeps its keys to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.maths.affine import affine_inverse
from ...core.maths.rotations import (
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_to_matrix,
    rotation_between,
    rotations_of,
)
from ...core.motion.clip import MotionClip
from ...core.motion.kinematics import forward_kinematics
from ..axes import BLENDER_TO_CORE
from ..keys.keyframes import Channel, rotation_channels, vector_channels
from ..paths import bone_path
from .posed import PosedBones
from .skeleton import RigSkeleton

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Turns:
    """How joints shall move against how they are posed.

    Args:
        posed: the bones as they are.
        motions: (K, 4, 4) Δ in armature space, by bone; a bone that is not there stays as it is.
        held: (K, 4) what is animated on a bone, where that is another than what is seen of it.
        frames: (K,) of the keys.
        least_rad, least_shift: what differs by less on all frames gets no keys; the latter in
            units of the armature's space.
    """

    posed: PosedBones
    motions: Mapping[str, Array]
    held: Mapping[str, Array]
    frames: Array
    least_rad: float = 0.0
    least_shift: float = 0.0

    def of(self, bone: str) -> Array:
        """(K, 4, 4) or (4, 4): Δ of a bone."""
        return self.motions.get(bone, np.eye(4))

    def carried(self, bone: bpy.types.PoseBone) -> Array:
        """(K, 4, 4) or (4, 4): Δ of what carries a bone: of the nearest above it that moves.

        A bone between that copies the rotation of another one, as in Rigify's rigs those do that
        keep a head level, turns with that one as far as it does.
        """
        above = bone.parent
        if above is None or above.name in self.motions:
            return np.eye(4) if above is None else self.of(above.name)
        motion = self.carried(above) if _carrier(above) == above.parent else self._of_carrier(above)
        for constraint in above.constraints:
            if constraint.type == "COPY_ROTATION" and constraint.target_space == "WORLD":
                if not constraint.mute and constraint.influence > 0:
                    motion = self._copied(motion, constraint)
        return motion

    def _of_carrier(self, bone: bpy.types.PoseBone) -> Array:
        carrier = _carrier(bone)
        if carrier is None:
            return np.eye(4)
        return self.of(carrier.name) if carrier.name in self.motions else self.carried(carrier)

    def _copied(self, motion: Array, constraint: bpy.types.Constraint) -> Array:
        """A motion whose rotation is, as far as a constraint says, that of its target."""
        bones = constraint.id_data.pose.bones
        target = (
            bones.get(constraint.subtarget) if constraint.target == constraint.id_data else None
        )
        if target is None:
            theirs = np.eye(4)
        else:
            theirs = self.of(target.name) if target.name in self.motions else self.carried(target)
        turn = quaternion_nlerp(
            rotations_of(motion), rotations_of(theirs), float(constraint.influence)
        )
        out = np.broadcast_to(motion, (*turn.shape[:-1], 4, 4)).copy()
        out[..., :3, :3] = quaternion_to_matrix(turn)
        return out

    def basis(self, bone: str) -> Array:
        """(K, 4) the rotation that is animated on a bone now."""
        if bone in self.held:
            return self.held[bone]
        return rotations_of(self.posed.basis(bone))

    def turns_by(self, between: Array) -> bool:
        """Whether rotations (K, 4) are more than what counts as none."""
        return bool(2.0 * np.abs(between[:, 1:]).max() >= self.least_rad)


def _carrier(bone: bpy.types.PoseBone) -> bpy.types.PoseBone | None:
    """With which bone another one goes: its parent, or the one that it is bound to most."""
    for constraint in bone.constraints:
        if constraint.type == "ARMATURE" and not constraint.mute and constraint.influence > 0:
            ours = [t for t in constraint.targets if t.target == bone.id_data and t.weight > 0]
            strongest = max(ours, key=lambda target: target.weight, default=None)
            if strongest is not None:
                return bone.id_data.pose.bones.get(strongest.subtarget)
    return bone.parent


def joint_turns(
    rig: RigSkeleton,
    base: MotionClip,
    desired: MotionClip,
    posed: PosedBones,
    *,
    about_shown: bool = False,
) -> dict[str, Array]:
    """(K, 4, 4) Δ in armature space of each bone of the rig's skeleton.

    Args:
        rig: what ``read_skeleton`` gave.
        base, desired: K frames of its skeleton, in the world, core axes.
        posed: gives where the armature object is.
        about_shown: each turns about where it is seen: bones that stretch lie elsewhere than their
            lengths at rest tell.
    """
    before, after = (_placed(rig, clip, posed.worlds) for clip in (base, desired))
    turns = after @ affine_inverse(before)
    if about_shown:
        shown = np.stack([posed.pose(name)[:, :3, 3] for name in rig.skeleton.names], axis=1)
        way = after[..., :3, 3] - before[..., :3, 3]
        turned = np.einsum("tjab,tjb->tja", turns[..., :3, :3], shown)
        turns[..., :3, 3] = shown + way - turned
    return {name: turns[:, joint] for joint, name in enumerate(rig.skeleton.names)}


def _placed(rig: RigSkeleton, clip: MotionClip, worlds: Array) -> Array:
    """(K, J, 4, 4) of all joints in armature space, at the length of its units."""
    places, turns = forward_kinematics(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz.astype(np.float64)
    )
    to_armature = np.swapaxes(worlds[:, :3, :3], 1, 2) / rig.object_scale @ BLENDER_TO_CORE.T
    turned = quaternion_multiply(matrix_to_quaternion(to_armature)[:, None], turns)
    found = np.tile(np.eye(4), (*turned.shape[:2], 1, 1))
    found[..., :3, :3] = quaternion_to_matrix(turned)
    origin = rig.unit_m * worlds[:, :3, 3] @ BLENDER_TO_CORE.T
    scale = rig.unit_m * rig.object_scale
    away = (places - origin[:, None]) / scale
    found[..., :3, 3] = np.einsum("tij,tnj->tni", to_armature, away)
    return found


def turned_channels(
    armature: bpy.types.Object, turns: Turns, bones: Sequence[str]
) -> Iterator[Channel]:
    """Rotations of bones that follow their own keys.

    Args:
        armature: only looked at.
        turns: what shall move, and how.
        bones: that get keys.
    """
    for name in bones:
        bone = armature.pose.bones[name]
        now = _in_rest(bone, turns, rotations_of(turns.posed.pose(name)), moved=False)
        then = _in_rest(bone, turns, rotations_of(turns.of(name) @ turns.posed.pose(name)))
        yield from _rotated(bone, turns, quaternion_multiply(quaternion_conjugate(now), then))


def swung_channels(
    armature: bpy.types.Object, turns: Turns, name: str, goal: str, goal_motion: Array
) -> Iterator[Channel]:
    """Rotations of the first bone of an IK chain without a pole, from which the solver sets out.

    What it holds is not what is seen of it, which the solver has turned. Where its parent points to
    the goal, as in Rigify's rigs, that turns along.

    Args:
        armature: only looked at.
        turns: what shall move, and how; ``turns.of(name)`` is what shall be seen of the bone.
        name: of it.
        goal: the bone that the chain reaches for.
        goal_motion: (K, 4, 4) that this goes through, in armature space.
    """
    bone = armature.pose.bones[name]
    held = turns.basis(name)
    frame = quaternion_multiply(_above(bone, turns, moved=False), _offset(bone))
    pose = quaternion_multiply(frame, held)
    desired = quaternion_multiply(rotations_of(turns.of(name)), pose)
    above = _above(bone, turns, moved=True)
    if bone.parent is not None and any(c.type == "DAMPED_TRACK" for c in bone.parent.constraints):
        above = _swung(bone, turns, goal, goal_motion)
    frame = quaternion_multiply(above, _offset(bone))
    then = quaternion_multiply(quaternion_conjugate(frame), desired)
    yield from _rotated(bone, turns, quaternion_multiply(quaternion_conjugate(held), then))


def _swung(bone: bpy.types.PoseBone, turns: Turns, goal: str, goal_motion: Array) -> Array:
    """(K, 4) rotation of a bone's parent that points to the goal, once that has moved."""
    parent = bone.parent
    motion = turns.carried(bone)
    start = turns.posed.pose(parent.name)[:, :3, 3]
    aim = turns.posed.pose(goal)[:, :3, 3]
    now = aim - start
    moved = [_moved(m, p) for m, p in ((goal_motion, aim), (motion, start))]
    carried = rotations_of(motion @ turns.posed.pose(parent.name))
    along = np.einsum("tij,tj->ti", np.broadcast_to(motion, (len(now), 4, 4))[:, :3, :3], now)
    return quaternion_multiply(rotation_between(along, moved[0] - moved[1]), carried)


def _moved(motion: Array, places: Array) -> Array:
    return np.asarray((motion[..., :3, :3] @ places[..., None])[..., 0] + motion[..., :3, 3])


def _rotated(bone: bpy.types.PoseBone, turns: Turns, between: Array) -> Iterator[Channel]:
    if not turns.turns_by(between):
        return
    rotation = quaternion_multiply(turns.basis(bone.name), between)
    prefix = bone_path(bone.name)
    yield from rotation_channels(prefix, bone.rotation_mode, turns.frames, rotation, bone.name)


def _in_rest(bone: bpy.types.PoseBone, turns: Turns, pose: Array, *, moved: bool = True) -> Array:
    """(K, 4) a bone's pose in its rest frame, which its parent carries."""
    frame = quaternion_multiply(_above(bone, turns, moved=moved), _offset(bone))
    return quaternion_multiply(quaternion_conjugate(frame), pose)


def _above(bone: bpy.types.PoseBone, turns: Turns, *, moved: bool) -> Array:
    """(K, 4) or (4,): rotation of what turns a bone along."""
    if bone.parent is None or not bone.bone.use_inherit_rotation:
        return np.array([1.0, 0.0, 0.0, 0.0])
    pose = turns.posed.pose(bone.parent.name)
    return rotations_of(turns.carried(bone) @ pose if moved else pose)


def _offset(bone: bpy.types.PoseBone) -> Array:
    """(4,) rest of a bone against that of what turns it along."""
    rest = _rotation(np.array(bone.bone.matrix_local, np.float64))
    if bone.parent is None or not bone.bone.use_inherit_rotation:
        return rest
    above = _rotation(np.array(bone.parent.bone.matrix_local, np.float64))
    return quaternion_multiply(quaternion_conjugate(above), rest)


def _rotation(matrix: Array) -> Array:
    return matrix_to_quaternion(matrix[:3, :3])


def moved_channels(
    armature: bpy.types.Object,
    turns: Turns,
    name: str,
    motion: Array,
    *,
    turning: bool = True,
) -> Iterator[Channel]:
    """Location, and rotation, of a bone that something else follows, such as the goal of an IK.

    Args:
        armature: only looked at.
        turns: of what is there.
        name: of the bone; nothing but its keys moves it.
        motion: (K, 4, 4) that it shall go through, in armature space.
        turning: whether it is turned as well.
    """
    bone = armature.pose.bones[name]
    pose = turns.posed.pose(name)
    now = affine_inverse(_frame(bone, turns, moved=False)) @ pose
    then = affine_inverse(_frame(bone, turns, moved=True)) @ motion @ pose
    way = (then - now)[:, :3, 3]
    if np.abs(way).max() >= turns.least_shift:
        place = turns.posed.basis(name)[:, :3, 3] + way
        yield from vector_channels(bone_path(name, "location"), turns.frames, place, name)
    if turning:
        was = _in_rest(bone, turns, rotations_of(pose), moved=False)
        shall = _in_rest(bone, turns, rotations_of(motion @ pose))
        yield from _rotated(bone, turns, quaternion_multiply(quaternion_conjugate(was), shall))


def _frame(bone: bpy.types.PoseBone, turns: Turns, *, moved: bool) -> Array:
    """(K, 4, 4) in which a bone's location is meant: its rest, carried by its parent.

    Where that is not local, its axes are those of the parent as it is posed.
    """
    rest = np.array(bone.bone.matrix_local, np.float64)
    if bone.parent is None:
        frame = np.broadcast_to(rest, (len(turns.frames), 4, 4)).copy()
        above = np.eye(4)
    else:
        offset = np.linalg.inv(np.array(bone.parent.bone.matrix_local, np.float64)) @ rest
        motion = turns.carried(bone) if moved else np.eye(4)
        above = motion @ turns.posed.pose(bone.parent.name)
        frame = above @ offset
    if not bone.bone.use_local_location:
        frame[:, :3, :3] = above[..., :3, :3]
    return frame
