"""Turns a motion of an animal's body into the channels of an action of its rig."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ....blender.axes import BLENDER_TO_CORE
from ....blender.keys.keyframes import Channel, rotation_channels, vector_channels
from ....blender.paths import bone_path
from ....blender.rig.bone_channels import moving_bone_channels
from ....blender.rig.bones_above import BonesAbove
from ....blender.rig.carrier import Carrier
from ....blender.rig.pose import GroundTrack, RootMotion, object_channels
from ....core.conventions import Floats
from ....core.maths.affine import affine_inverse
from ....core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_to_matrix,
    rotations_of,
)
from ....core.motion.clip import MotionClip
from ....core.motion.kinematics import forward_kinematics
from ....core.quadruped.rig.posed import BodyMotion, RigPose, pose_rig
from ....core.quadruped.root import root_of
from .read import QuadrupedRig, world_to_rig
from .rigify import rigify_channels

Array = NDArray[np.float64]

_MOVES = 2e-4
"""Of the hip height; a bone that moves less from what it hangs on gets no location."""


def rig_channels(
    armature: bpy.types.Object,
    rig: QuadrupedRig,
    clip: MotionClip,
    track: GroundTrack,
    mode: RootMotion,
    frames: Array,
    carried: Carrier | None = None,
) -> tuple[Channel, ...]:
    """Every channel that a motion needs on this armature object.

    Args:
        armature: the object the rig was read from; only looked at.
        rig: what ``read_rig`` gave.
        clip: T frames of ``rig.body.skeleton``, in the world, core axes, at the scene's rate.
        track: the root on the ground at the same frames, see ``ground_track``.
        mode: what carries the travel.
        frames: (T,) frame numbers in the scene.
        carried: where something else carries the object on those frames; None for where it is.

    Returns:
        Channels of the object and its pose bones; what only has to rest gets a single key.
    """
    pose = rig_pose(rig, clip)
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
    motions = bone_motions(rig, pose, carrier)
    if rig.controls is not None:
        return (*channels, *rigify_channels(armature, rig, motions, root_pose, frames))
    return (*channels, *_plain_channels(armature, rig, motions, above, frames))


def rig_pose(rig: QuadrupedRig, clip: MotionClip) -> RigPose:
    """Where the rig's bones are during a motion of its body.

    Args:
        rig: the animal.
        clip: T frames of its body.
    """
    turns = clip.rotations_wxyz.astype(np.float64)
    places, rotations = forward_kinematics(
        clip.skeleton, clip.root_positions.astype(np.float64), turns
    )
    contacts = clip.contacts
    if contacts is None:
        contacts = np.zeros((clip.frame_count, 4), np.bool_)
    motion = BodyMotion(
        rig.body.rest_m.astype(np.float64),
        places.astype(np.float64),
        rotations.astype(np.float64),
        np.asarray(contacts, np.bool_),
        clip.frame_rate_hz,
    )
    return pose_rig(rig.map, rig.scale_m, motion, rig.fixed)


def ground_track(root_track: Floats, heights_m: Floats | float = 0.0) -> GroundTrack:
    """The root on the ground as the channels need it.

    Args:
        root_track: (T, 3) x, z and heading, as of ``QuadrupedResult``.
        heights_m: (T,) of the ground there.
    """
    x, z, heading = np.asarray(root_track, np.float64).T
    places = np.stack((x, np.broadcast_to(np.asarray(heights_m, np.float64), x.shape), z), axis=1)
    return GroundTrack(places, np.unwrap(heading))


def object_matrices(rig: QuadrupedRig, track: GroundTrack) -> Array:
    """(T, 4, 4) transforms that put the armature object, at rest, on the track."""
    turn = quaternion_to_matrix(heading_to_quaternion(track.headings_rad)).astype(np.float64)
    x, z, _ = root_of(rig.body.rest_m)
    axes, origin = rig.map.axes, rig.map.origin
    found = np.tile(np.eye(4), (len(turn), 1, 1))
    rotation = BLENDER_TO_CORE.T @ turn @ axes * rig.object_scale
    place = track.positions - turn @ np.array([x, 0.0, z])  # of the point between the paws
    found[:, :3, :3] = rotation
    found[:, :3, 3] = place @ BLENDER_TO_CORE / rig.unit_m - rotation @ origin
    return found


def bone_motions(rig: QuadrupedRig, pose: RigPose, carrier: Array) -> dict[str, Array]:
    """(T, 4, 4) transforms in rig space from rest to pose, by bone.

    Args:
        rig: the animal.
        pose: of its bones in the world.
        carrier: (T, 4, 4) the armature object's transforms.
    """
    rotation, place = world_to_rig(rig, carrier)
    unit = rotation * rig.scale_m  # without the scale
    rests = np.stack([rig.map.begins[name] for name in pose.names]) @ rig.map.axes + rig.map.origin
    motions = np.zeros((len(carrier), len(pose.names), 4, 4))
    linear = unit[:, None] @ quaternion_to_matrix(pose.turns_wxyz) @ rig.map.axes
    heads = (rotation[:, None] @ pose.heads[..., None])[..., 0] + place[:, None]
    motions[..., :3, :3] = linear
    motions[..., :3, 3] = heads - (linear @ rests[..., None])[..., 0]
    motions[..., 3, 3] = 1.0
    return {name: motions[:, number] for number, name in enumerate(pose.names)}


def _plain_channels(
    armature: bpy.types.Object,
    rig: QuadrupedRig,
    motions: Mapping[str, Array],
    above: BonesAbove,
    frames: Array,
) -> list[Channel]:
    steered = {
        control: motions[follows]
        for control, follows in rig.steering.items()
        if follows in motions and control not in rig.ancestors
    }
    bones = _parents_first(armature, {**motions, **steered})
    poses = _poses(rig, motions, steered, bones)
    channels: list[Channel] = []
    usual: list[tuple[bpy.types.PoseBone, Array, Array | None]] = []
    for bone in bones:
        channels += above.key_parents(bone)
        pose = poses[bone.name]
        if _follows_as_usual(bone.bone):
            parents = above.of(bone.parent.name) if bone.parent is not None else None
            usual.append((bone, pose, parents))
        else:
            channels += moving_bone_channels(bone, pose, above.of_parent(bone), frames)
        above.put(bone.name, pose)
    return [*channels, *_bone_channels(rig, usual, frames)]


def _poses(
    rig: QuadrupedRig,
    motions: Mapping[str, Array],
    steered: Mapping[str, Array],
    bones: Sequence[bpy.types.PoseBone],
) -> dict[str, Array]:
    """(T, 4, 4) where each bone is in rig space."""
    rests = [
        np.array(bone.bone.matrix_local, np.float64)
        if bone.name in steered
        else rig.sized_rests[bone.name]
        for bone in bones
    ]
    moved = [steered.get(bone.name, motions.get(bone.name)) for bone in bones]
    poses = np.stack(moved, axis=1) @ np.stack(rests)
    return {bone.name: poses[:, number] for number, bone in enumerate(bones)}


def _parents_first(
    armature: bpy.types.Object, names: Mapping[str, object]
) -> Sequence[bpy.types.PoseBone]:
    bones = [armature.pose.bones[name] for name in names]
    return sorted(bones, key=lambda bone: len(bone.bone.parent_recursive))


def _follows_as_usual(data: bpy.types.Bone) -> bool:
    return bool(
        data.use_inherit_rotation and data.inherit_scale == "FULL" and data.use_local_location
    )


def _bone_channels(
    rig: QuadrupedRig,
    posed: Sequence[tuple[bpy.types.PoseBone, Array, Array | None]],
    frames: Array,
) -> list[Channel]:
    """Rotation, and location where a bone moves from what it hangs on and can.

    All bones are worked out at once: steering shows a single frame at a time, for which going
    bone by bone is ten times as slow.
    """
    if not posed:
        return []
    basis = _bases(posed)
    turns, places = make_continuous(rotations_of(basis)), basis[..., :3, 3]
    far = np.abs(places).max(axis=(0, 2)) > _MOVES * rig.hip_height_m / rig.scale_m
    channels: list[Channel] = []
    for number, (bone, _, _) in enumerate(posed):
        prefix, group = bone_path(bone.name), bone.name
        channels += rotation_channels(prefix, bone.rotation_mode, frames, turns[:, number], group)
        moves = far[number] or max(abs(part) for part in bone.location) > 1e-6
        if moves and bone.name not in rig.fixed:
            channels += vector_channels(prefix + "location", frames, places[:, number], group)
    return channels


def _bases(posed: Sequence[tuple[bpy.types.PoseBone, Array, Array | None]]) -> Array:
    """(T, B, 4, 4) what each bone adds to its parent's pose."""
    none = np.eye(4)
    rests = np.array([bone.bone.matrix_local for bone, _, _ in posed], np.float64)
    over = [bone.bone.parent for bone, _, _ in posed]
    stood = np.array([none if up is None else up.matrix_local for up in over], np.float64)
    poses = np.stack([pose for _, pose, _ in posed], axis=1)
    above = np.empty_like(poses)
    for number, (_, _, parents) in enumerate(posed):
        above[:, number] = none if parents is None else parents
    return np.asarray(affine_inverse(above @ (affine_inverse(stood) @ rests)) @ poses)


def chain_channels(
    armature: bpy.types.Object,
    rig: QuadrupedRig,
    chain: Sequence[str],
    turns_wxyz: Floats,
    anchors_wxyz: Floats,
    frames: Array,
) -> tuple[Channel, ...]:
    """Rotations of a chain that swings, a tail's or an ear's.

    Args:
        armature: the object.
        rig: the animal.
        chain: K bones, each hanging on the one before.
        turns_wxyz: (T, K, 4) from rest, in the world's axes.
        anchors_wxyz: (T, 4) the turn of what the chain hangs on, likewise.
        frames: (T,) frame numbers.
    """
    above = quaternion_to_matrix(np.asarray(anchors_wxyz, np.float64))
    channels: list[Channel] = []
    for number, name in enumerate(chain):
        bone = armature.pose.bones[name]
        turn = quaternion_to_matrix(np.asarray(turns_wxyz[:, number], np.float64))
        local = rig.map.axes.T @ np.swapaxes(above, 1, 2) @ turn @ rig.map.axes
        rest = rotations_matrix(bone.bone.matrix_local)
        basis = np.tile(np.eye(4), (len(frames), 1, 1))
        basis[:, :3, :3] = rest.T @ local @ rest
        found = make_continuous(rotations_of(basis))
        channels += rotation_channels(bone_path(name), bone.rotation_mode, frames, found, name)
        above = turn
    return tuple(channels)


def rotations_matrix(matrix: Matrix) -> Array:
    """(3, 3) of a rest matrix."""
    return np.array(matrix, np.float64)[:3, :3]
