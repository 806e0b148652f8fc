"""An armature with its action, made of a motion clip."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...core.maths.rotations import (
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from ...core.motion.clip import MotionClip
from ...core.motion.skeleton import Skeleton
from ..axes import core_to_blender_points
from ..keys.keyframes import Channel, rotation_channels, vector_channels, write_action
from ..keys.undo import Undo
from ..paths import bone_path

Array = NDArray[np.floating]
_SHORTEST: Final = 0.02
"""Of the skeleton's size; a bone of no length would vanish."""


def add_armature_of(
    context: bpy.types.Context, name: str, clip: MotionClip, first_frame: int, undo: Undo
) -> bpy.types.Object:
    """Add an armature that moves as a clip does, selected and active.

    Args:
        context: in Object Mode; whose scene and collection.
        name: of the object and its action.
        clip: Y up, lengths in the scene's unit, at the scene's frame rate.
        first_frame: of the action.
        undo: where taking it back is registered.
    """
    data = bpy.data.armatures.new(name)
    undo.callback(lambda: bpy.data.armatures.remove(data))
    armature = bpy.data.objects.new(name, data)
    undo.callback(lambda: bpy.data.objects.remove(armature))
    _collection(context).objects.link(armature)
    for other in context.selected_objects:
        other.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        names = _add_bones(data, clip.skeleton)
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    action = write_action(armature, name, _channels(armature, names, clip, first_frame))
    undo.callback(lambda: bpy.data.actions.remove(action))
    return armature


def _collection(context: bpy.types.Context) -> bpy.types.Collection:
    active = context.collection
    kept = active.library is not None or active.override_library is not None
    return context.scene.collection if kept else active


def _add_bones(data: bpy.types.Armature, skeleton: Skeleton) -> list[str]:
    """Their names, which Blender shortens where they are long."""
    heads = core_to_blender_points(skeleton.rest_positions().astype(np.float64))
    tails = _tails(skeleton, heads)
    bones = [data.edit_bones.new(name) for name in skeleton.names]
    for joint, bone in enumerate(bones):
        bone.head, bone.tail = Vector(heads[joint]), Vector(tails[joint])
        parent = int(skeleton.parents[joint])
        if parent >= 0:
            bone.parent = bones[parent]
    return [bone.name for bone in bones]


def _tails(skeleton: Skeleton, heads: Array) -> Array:
    """(J, 3) where bones end: at their child, in the middle of their children, or at their end."""
    shortest = _SHORTEST * max(float(np.ptp(heads, axis=0).max()), 1e-3)
    tails = heads.copy()
    for joint, name in enumerate(skeleton.names):
        children = np.flatnonzero(skeleton.parents == joint)
        along = np.zeros(3)
        if len(children):
            along = heads[children].mean(axis=0) - heads[joint]
        elif name in skeleton.ends:
            along = core_to_blender_points(np.array(skeleton.ends[name]))
        if np.linalg.norm(along) < shortest:
            above = int(skeleton.parents[joint])
            on = heads[joint] - heads[above] if above >= 0 else np.zeros(3)
            length = np.linalg.norm(on)
            along = shortest * (on / length if length > 0 else np.array([0.0, 0.0, 1.0]))
        tails[joint] += along
    return tails


def _channels(
    armature: bpy.types.Object, names: list[str], clip: MotionClip, first_frame: int
) -> list[Channel]:
    """A bone turns in its own axes, a joint of a clip in those of the world at rest."""
    frames = first_frame + np.arange(clip.frame_count, dtype=np.float64)
    channels: list[Channel] = []
    for joint, name in enumerate(names):
        axes = np.array(armature.data.bones[name].matrix_local.to_3x3())
        rest = matrix_to_quaternion(axes.astype(np.float32))
        turned = clip.rotations_wxyz[:, joint]
        turns = np.concatenate((turned[:, :1], core_to_blender_points(turned[:, 1:])), axis=1)
        own = quaternion_multiply(
            quaternion_multiply(quaternion_conjugate(rest), turns.astype(np.float32)), rest
        )
        prefix = bone_path(name)
        if joint == 0:
            off = core_to_blender_points(clip.root_positions - clip.skeleton.offsets[0])
            moved = quaternion_rotate(quaternion_conjugate(rest), off.astype(np.float32))
            channels += vector_channels(prefix + "location", frames, moved, name)
        channels += rotation_channels(prefix, "QUATERNION", frames, own, name)
    return channels
