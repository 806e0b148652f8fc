"""Bones that speak: a jaw that turns, a tongue that slides, a head that nods.

A bone of the face turns about the face's own left-right axis, whatever way it looks and whatever
axes the bone has: a positive angle lowers what lies in front, so it opens a jaw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Final

import bpy
import numpy as np
from mathutils import Quaternion, Vector
from numpy.typing import NDArray

from ...blender.face.shape_keys import animated_paths
from ...blender.keys.keyframes import Channel, rotation_channels, vector_channels
from ...blender.keys.layers import layers_muted
from ...blender.rig.evaluation import evaluated_apart
from ...blender.rig.face_axes import armature_face_axes
from ...blender.rig.joint_map import named_joints
from ...core.errors import FaceError
from ...core.face.clip import FaceClip
from ...core.face.table import TableRow, TargetKind
from ...core.maths.rotations import axis_angle_to_quaternion, normalise, quaternion_multiply

Array = NDArray[np.floating]

_GROUP = "Speech"
_USUAL_AXES: Final = np.array([(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)])
"""Left, up and forward where nothing in a rig tells them: as Blender's own models look."""
_ROTATIONS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


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
    armature: bpy.types.Object, rows: Sequence[TableRow], clip: FaceClip, frames: Array
) -> list[Channel]:
    """Keys for the bones of the table's rows, from the rest pose on.

    Args:
        armature: with the bones.
        rows: those for shapes are left out.
        clip: K frames of ARKit channels.
        frames: (K,) frame numbers.
    """
    channels = []
    turns = _summed(rows, clip, TargetKind.ROTATION)
    left, _, _ = axes_of_face(armature, turns)
    for name, degrees in turns.items():
        bone = armature.pose.bones[name]
        axis = _local_axis(bone, left)
        rotations = axis_angle_to_quaternion(axis, np.deg2rad(degrees))
        prefix = _prefix(name)
        channels += rotation_channels(prefix, bone.rotation_mode, frames, rotations, _GROUP)
    for name, lengths in _summed(rows, clip, TargetKind.SLIDE).items():
        along = np.zeros((len(frames), 3))
        along[:, 1] = lengths * armature.data.bones[name].length
        channels += vector_channels(_prefix(name) + "location", frames, along, _GROUP)
    return channels


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
    before = _rotations_before(context, armature, bone, frames)
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


def _rotations_before(
    context: bpy.types.Context, armature: bpy.types.Object, bone: bpy.types.PoseBone, frames: Array
) -> Array:
    """(K, 4) the bone's rotation without any layer."""
    path = _prefix(bone.name) + _ROTATIONS.get(bone.rotation_mode, "rotation_euler")
    with ExitStack() as muted:
        for capability in ("gaze", "speech"):
            muted.enter_context(layers_muted([armature], capability))
        moves = path in animated_paths(armature)
        rows = []
        with evaluated_apart(context, [armature]) as set_frame:
            for frame in frames.tolist() if moves else [float(frames[0])]:
                evaluated = armature.evaluated_get(set_frame(frame))
                rows.append(_quaternion(evaluated, bone, path))
    return normalise(np.array(rows if moves else rows * len(frames)))


def _quaternion(armature: bpy.types.Object, bone: bpy.types.PoseBone, path: str) -> list[float]:
    value = armature.path_resolve(path)
    if bone.rotation_mode == "QUATERNION":
        return list(value.normalized())
    if bone.rotation_mode == "AXIS_ANGLE":
        return list(Quaternion(value[1:], value[0]))
    return list(value.to_quaternion())
