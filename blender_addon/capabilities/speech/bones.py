"""Bones that speak: a jaw that turns, a tongue that slides, a head that nods.

A bone of the face turns about the face's own left-right axis, whatever way it looks and whatever
axes the bone has: a positive angle lowers what lies in front, so it opens a jaw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...blender.keys.held import held_turns, held_values
from ...blender.keys.keyframes import Channel, rotation_channels, vector_channels
from ...blender.rig.face_axes import armature_face_axes
from ...blender.rig.joint_map import named_joints
from ...blender.timeline import frame_rate_of
from ...core.errors import FaceError
from ...core.face.clip import FaceClip
from ...core.face.held import Meeting, laid_over, meeting_of
from ...core.face.table import TableRow, TargetKind
from ...core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply, twist_about

Array = NDArray[np.floating]

_GROUP = "Speech"
_USUAL_AXES: Final = np.array([(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)])
"""Left, up and forward where nothing in a rig tells them: as Blender's own models look."""


def check_bones(armature: bpy.types.Object | None, rows: Sequence[TableRow]) -> None:
    """Refuse a table whose rows name bones that are not there.

    Raises:
        FaceError: says which, and what there is.
    """
    desired = {row.target for row in rows if row.moves and row.kind is not TargetKind.SHAPE}
    if not desired:
        return
    if armature is None:
        raise FaceError(
            f"the channel table moves the bone '{min(desired)}', but this character has no "
            "armature. Take the row out, or choose the armature as the character"
        )
    missing = sorted(desired - set(armature.pose.bones.keys()))
    if missing:
        raise FaceError(
            f"'{armature.name}' has no bone '{missing[0]}', which the channel table moves. "
            "Choose another bone, or take the row out"
        )


def face_bone_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rows: Sequence[TableRow],
    clip: FaceClip,
    frames: Array,
) -> list[Channel]:
    """Keys for the bones of the table's rows, over what is held there.

    Args:
        context: whose scene's time it is.
        armature: with the bones.
        rows: those for shapes are left out.
        clip: K frames of ARKit channels.
        frames: (K,) frame numbers.
    """
    channels = []
    rate = frame_rate_of(context.scene)
    turns = _summed(rows, clip, TargetKind.ROTATION)
    left, _, _ = axes_of_face(armature, turns)
    held = held_turns(context, armature, turns, frames)
    for name, degrees in turns.items():
        bone = armature.pose.bones[name]
        axis = _local_axis(bone, left)
        meeting = _meeting(rows, name, TargetKind.ROTATION)
        before = twist_about(axis, held[name])
        after = laid_over(meeting, np.rad2deg(before), degrees, rate)
        turn = axis_angle_to_quaternion(axis, np.deg2rad(after) - before)
        rotations = quaternion_multiply(held[name], turn)
        prefix = _prefix(name)
        channels += rotation_channels(prefix, bone.rotation_mode, frames, rotations, _GROUP)
    slides = _summed(rows, clip, TargetKind.SLIDE)
    places = {name: _prefix(name) + "location" for name in slides}
    there = held_values(context, armature, dict.fromkeys(places.values(), frames))
    for name, lengths in slides.items():
        along = there[places[name]].copy()
        length = armature.data.bones[name].length
        meeting = _meeting(rows, name, TargetKind.SLIDE)
        along[:, 1] = length * laid_over(meeting, along[:, 1] / length, lengths, rate)
        channels += vector_channels(places[name], frames, along, _GROUP)
    return channels


def _meeting(rows: Sequence[TableRow], bone: str, kind: TargetKind) -> Meeting:
    used = [row for row in rows if row.moves and row.kind is kind and row.target == bone]
    gains: dict[str, float] = {}
    for row in used:
        gains[row.channel] = gains.get(row.channel, 0.0) + row.gain
    return meeting_of(gains)


def find_head_bone(armature: bpy.types.Object | None) -> str | None:
    """The bone that carries the head: set by hand, or by the names that other programs use."""
    if armature is None:
        return None
    return named_joints(armature).get("Head")


def head_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    name: str,
    head_offset_rad: Array,
    frames: Array,
) -> list[Channel]:
    """Keys for the head bone: its own motion with nods added.

    Args:
        context: whose scene's time it is.
        armature: whose head.
        name: of the bone.
        head_offset_rad: (K, 2) yaw to the left and pitch up, in the head's own frame.
        frames: (K,) frame numbers.
    """
    bone = armature.pose.bones[name]
    left, up, _ = axes_of_face(armature)
    yaw = axis_angle_to_quaternion(_local_axis(bone, up), head_offset_rad[:, 0])
    pitch = axis_angle_to_quaternion(_local_axis(bone, left), -head_offset_rad[:, 1])
    before = held_turns(context, armature, [name], frames)[name]
    desired = quaternion_multiply(before, quaternion_multiply(yaw, pitch))
    return rotation_channels(_prefix(name), bone.rotation_mode, frames, desired, _GROUP)


def _summed(rows: Sequence[TableRow], clip: FaceClip, kind: TargetKind) -> dict[str, Array]:
    """Gain times weight, added up over the rows of each bone."""
    sums: dict[str, Array] = {}
    for row in rows:
        if row.moves and row.kind is kind and row.channel in clip.channels:
            part = row.gain * clip.channel(row.channel).astype(np.float64)
            sums[row.target] = sums[row.target] + part if row.target in sums else part
    return sums


def axes_of_face(armature: bpy.types.Object, in_front: Iterable[str] = ()) -> Array:
    """(3, 3) left, up and forward of the face in armature space.

    Args:
        armature: with the face's bones.
        in_front: names of bones that point out of the face, if nothing else tells.
    """
    axes = armature_face_axes(armature, in_front)
    return _USUAL_AXES if axes is None else axes


def _local_axis(bone: bpy.types.PoseBone, axis: Array) -> Array:
    """(3,) an axis of the armature in the bone's own space at rest."""
    rest = bone.bone.matrix_local.to_3x3()
    return np.array((rest.inverted() @ Vector(axis.tolist())).normalized())


def _prefix(name: str) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(name)}"].'
