"""Turns a clip of a rig's skeleton into the channels of an action, for every root motion mode.

Notation: a bone's pose matrix in armature space is ``pose``; what Blender keeps and animates is
its ``basis``, relative to the parent's pose and the rest pose. For a bone that turns with its
parent, basis = K⁻¹ · L · K, where L is the joint's local rotation in character space and K the
bone's rest frame there; only the hips, and bones that do not inherit rotation, need the object's
transform as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import SkeletonError
from ...core.maths.affine import affine_inverse
from ...core.maths.rotations import (
    heading_to_quaternion,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_matrix,
)
from ...core.motion.clip import MotionClip
from ...core.motion.kinematics import forward_kinematics
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ..axes import BLENDER_TO_CORE
from ..keys.keyframes import Channel, rotation_channels, vector_channels
from .bone_channels import moving_bone_channels, rest_channels, turning_bone_channels
from .bones_above import BonesAbove
from .carrier import Carrier
from .controls import control_channels
from .skeleton import RigSkeleton, rest_frames_wxyz

Array = NDArray[np.float64]


class RootMotion(Enum):
    """What carries the character through the scene."""

    BONE = "BONE"
    OBJECT = "OBJECT"
    IN_PLACE = "IN_PLACE"


@dataclass(frozen=True, eq=False)
class GroundTrack:
    """The root on the ground, frame by frame.

    Args:
        positions: (T, 3) in the world, core axes, metres.
        headings_rad: (T,).
    """

    positions: Array
    headings_rad: Array


def clip_channels(
    armature: bpy.types.Object,
    rig: RigSkeleton,
    clip: MotionClip,
    track: GroundTrack,
    mode: RootMotion,
    frames: Array,
    limbs: LimbModes = DEFAULT_LIMB_MODES,
    carried: Carrier | None = None,
) -> list[Channel]:
    """Every channel the clip needs on this armature object.

    Args:
        armature: the object the rig was read from; only looked at.
        rig: what ``read_skeleton`` gave.
        clip: T frames of the rig's skeleton, in the world, core axes.
        track: the root on the ground at the same frames.
        mode: what carries the travel.
        frames: (T,) frame numbers in the scene.
        limbs: how the limbs of a control rig get their keys.
        carried: where something else carries the object on those frames; None for where it is.

    Returns:
        Channels of the object and its pose bones, all on those frames; bones that only have to
        stand at rest get a single key.
    """
    objects = object_matrices(rig, track)
    carrier = np.broadcast_to(rig.armature_to_world, objects.shape)
    if carried is not None:
        carrier = carried.worlds
    if mode is not RootMotion.BONE:
        carrier = objects
    channels: list[Channel] = []
    if mode is RootMotion.OBJECT:
        channels += object_channels(armature, objects, carried, frames)
    root_pose = affine_inverse(carrier) @ objects if mode is RootMotion.BONE else None
    above = BonesAbove(armature, frames, rig.bone_scales)
    channels += above.key_ancestors(rig.ancestors, root_pose)
    if rig.controls is None:
        return channels + _chain_channels(armature, rig, clip, carrier, above, frames)
    motions = joint_motions(rig, clip, carrier)
    bones = {common: bone for bone, common in rig.joint_map.items()}
    root = np.tile(np.eye(4), (len(frames), 1, 1)) if root_pose is None else root_pose
    root = root @ rig.root_size
    return channels + control_channels(armature, rig.controls, motions, bones, root, limbs, frames)


def _chain_channels(
    armature: bpy.types.Object,
    rig: RigSkeleton,
    clip: MotionClip,
    carrier: Array,
    above: BonesAbove,
    frames: Array,
) -> list[Channel]:
    """Channels of the skeleton's first bone and of those that hang on it, or apart."""
    basis = basis_rotations(rig, clip, carrier)
    pose_bones, names = armature.pose.bones, rig.skeleton.names
    for joint in _carrying_joints(armature, rig):
        pose = joint_pose(rig, clip, carrier, joint)
        pose[:, :3, :3] *= _size_of(armature, rig, names[joint])
        above.put(names[joint], pose)
    channels = []
    for joint, name in enumerate(names):
        bone = pose_bones[name]
        if joint == 0 or name in rig.apart:
            channels += above.key_parents(bone)
            pose = joint_pose(rig, clip, carrier, joint)
            channels += moving_bone_channels(bone, pose, above.of_parent(bone), frames)
        else:
            channels += _joint_channels(bone, basis[:, joint], rig, frames)
    return channels


def _carrying_joints(armature: bpy.types.Object, rig: RigSkeleton) -> list[int]:
    """Joints of the skeleton on which bones apart hang, directly or not."""
    names = set(rig.skeleton.names)
    found = set()
    for name in rig.apart:
        over = armature.data.bones[name].parent_recursive
        found |= {next((bone.name for bone in over if bone.name in names), "")}
    return [joint for joint, name in enumerate(rig.skeleton.names) if name in found]


def _size_of(armature: bpy.types.Object, rig: RigSkeleton, name: str) -> float:
    """How large a bone of the skeleton is in pose, against its rest."""
    over = [name, *(bone.name for bone in armature.data.bones[name].parent_recursive)]
    scales = [rig.bone_scales[bone] for bone in over if bone in rig.bone_scales]
    return float(np.prod([np.mean(np.abs(scale)) for scale in scales]))


def joint_motions(rig: RigSkeleton, clip: MotionClip, carrier: Array) -> dict[str, Array]:
    """(T, 4, 4) transforms in armature space from rest to pose, by common joint name.

    The scale of the rig's root, which is the character's size, is part of them.

    Args:
        rig: what ``read_skeleton`` gave.
        clip: T frames of its skeleton, in the world, core axes.
        carrier: (T, 4, 4) the armature object's transforms.
    """
    places, turns = forward_kinematics(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz.astype(np.float64)
    )
    to_armature = _world_to_armature(rig, carrier)
    axes = matrix_to_quaternion(rig.armature_to_character)
    turned = quaternion_multiply(quaternion_multiply(to_armature[:, None], turns), axes)
    origin = carrier[:, :3, 3] * rig.unit_m @ BLENDER_TO_CORE.T
    scale = rig.unit_m * rig.object_scale
    moved = quaternion_rotate(to_armature[:, None], places - origin[:, None]) / scale
    rest = rig.skeleton.rest_positions() @ rig.armature_to_character / scale
    motions = {}
    for joint, name in enumerate(rig.skeleton.names):
        motion = np.tile(np.eye(4), (len(turned), 1, 1))
        motion[:, :3, :3] = quaternion_to_matrix(turned[:, joint])
        motion[:, :3, 3] = moved[:, joint] - motion[:, :3, :3] @ rest[joint]
        motions[rig.joint_map[name]] = motion @ rig.root_size
    return motions


def object_matrices(rig: RigSkeleton, track: GroundTrack) -> Array:
    """(T, 4, 4) transforms that put the armature object, at rest, on the track."""
    turn = quaternion_to_matrix(heading_to_quaternion(track.headings_rad)).astype(np.float64)
    feet = np.array([rig.rest_hips[0], rig.floor_m, rig.rest_hips[2]])
    place = track.positions - turn @ feet
    matrices = np.tile(np.eye(4), (len(turn), 1, 1))
    to_blender = BLENDER_TO_CORE.T
    rotation = to_blender @ turn @ rig.armature_to_character
    matrices[:, :3, :3] = rotation * rig.object_scale
    matrices[:, :3, 3] = place @ to_blender.T / rig.unit_m
    return matrices


def basis_rotations(rig: RigSkeleton, clip: MotionClip, carrier: Array) -> Array:
    """(T, J, 4) rotation each pose bone gets, relative to its rest; the hips' is not used."""
    frames = rest_frames_wxyz(rig)
    local = quaternion_multiply(
        quaternion_conjugate(frames),
        quaternion_multiply(clip.rotations_wxyz.astype(np.float64), frames),
    )
    loose = np.flatnonzero(~rig.inherits_rotation)
    if len(loose):
        pose = _pose_rotations(rig, clip, carrier)[:, loose]
        rest = matrix_to_quaternion(rig.rest_axes[loose])
        local[:, loose] = quaternion_multiply(quaternion_conjugate(rest), pose)
    return local


def _world_to_armature(rig: RigSkeleton, carrier: Array) -> Array:
    """(T, 4) rotations from the core's world to armature space."""
    rotation = np.swapaxes(carrier[:, :3, :3], 1, 2) / rig.object_scale @ BLENDER_TO_CORE.T
    return matrix_to_quaternion(rotation)


def _pose_rotations(rig: RigSkeleton, clip: MotionClip, carrier: Array) -> Array:
    """(T, J, 4) rotation of every bone in armature space."""
    turns = clip.rotations_wxyz.astype(np.float64)
    _, rotations = forward_kinematics(clip.skeleton, clip.root_positions, turns)
    world = quaternion_multiply(rotations, rest_frames_wxyz(rig))
    return quaternion_multiply(_world_to_armature(rig, carrier)[:, None], world)


def joint_pose(rig: RigSkeleton, clip: MotionClip, carrier: Array, joint: int) -> Array:
    """(T, 4, 4) pose matrix of one joint's bone in armature space.

    Args:
        rig: what ``read_skeleton`` gave.
        clip: T frames of its skeleton, in the world, core axes.
        carrier: (T, 4, 4) the armature object's transforms.
        joint: index into the skeleton.
    """
    turns = clip.rotations_wxyz.astype(np.float64)
    places, rotations = forward_kinematics(clip.skeleton, clip.root_positions, turns)
    to_armature = _world_to_armature(rig, carrier)
    turn = quaternion_multiply(rotations[:, joint], rest_frames_wxyz(rig)[joint])
    turn = quaternion_multiply(to_armature, turn)
    origin = carrier[:, :3, 3] * rig.unit_m @ BLENDER_TO_CORE.T
    place = quaternion_rotate(to_armature, places[:, joint] - origin)
    pose = np.tile(np.eye(4), (len(turn), 1, 1))
    pose[:, :3, :3] = quaternion_to_matrix(turn)
    pose[:, :3, 3] = place / (rig.unit_m * rig.object_scale)
    return pose


def _joint_channels(
    bone: bpy.types.PoseBone, turns: Array, rig: RigSkeleton, frames: Array
) -> list[Channel]:
    if bone.name not in rig.joint_map and np.abs(turns[:, 1:]).max() < 1e-6:
        # Between two joints, and the retargeted clip leaves it alone: one key says "at rest".
        return rest_channels(bone, frames)
    return turning_bone_channels(bone, turns, frames)


def object_channels(
    armature: bpy.types.Object, matrices: Array, carried: Carrier | None, frames: Array
) -> list[Channel]:
    """Location and rotation of the object; parents and their inverse stay as they are."""
    _check_no_deltas(armature)
    if carried is not None:
        above = carried.spaces
    else:
        above = np.array(armature.matrix_world @ armature.matrix_basis.inverted_safe(), np.float64)
    basis = affine_inverse(above) @ matrices
    scale = np.linalg.norm(basis[:, :3, :3], axis=1, keepdims=True)
    if np.abs(scale / np.abs(np.array(armature.scale)) - 1).max() > 1e-3:
        raise SkeletonError(
            f"the parent of '{armature.name}' is scaled unevenly, so the object cannot carry the "
            "walk. Set Root Motion to Root Bone, or apply the parent's scale"
        )
    turns = matrix_to_quaternion(basis[:, :3, :3] / scale)
    return [
        *vector_channels("location", frames, basis[:, :3, 3], "Object Transforms"),
        *rotation_channels("", armature.rotation_mode, frames, turns, "Object Transforms"),
    ]


def _check_no_deltas(armature: bpy.types.Object) -> None:
    moved = any(armature.delta_location) or any(v != 1 for v in armature.delta_scale)
    turned = any(armature.delta_rotation_euler) or armature.delta_rotation_quaternion[0] != 1
    if moved or turned:
        raise SkeletonError(
            f"'{armature.name}' has delta transforms, so the object cannot carry the walk. Clear "
            "them in the Object properties, or set Root Motion to Root Bone"
        )
