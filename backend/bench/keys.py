"""Times of writing keyframes: in bulk, as the extension does, and key by key."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np
from numpy.typing import NDArray

from .timing import Timing, time_calls

BONES, FRAMES = 60, 600

Rotations = NDArray[np.float32]
WriteKeys = Callable[[bpy.types.Object, Rotations], object]


def time_keys(write: WriteKeys, seconds: float) -> dict[str, Timing]:
    """Write 600 frames of rotation on 60 bones.

    Args:
        write: gives the armature object the rotations (T, J, 4), as the extension does.
        seconds: about how long for the bulk writing; key by key takes some seconds on top.

    Returns:
        Timings ``ours`` and ``keyframe_insert``.
    """
    armature = make_armature(BONES)
    rotations = make_rotations(FRAMES, BONES)

    def ours() -> None:
        drop_actions(armature)
        write(armature, rotations)

    def one_by_one() -> None:
        drop_actions(armature)
        insert_keys(armature, rotations)

    bulk = time_calls({"ours": ours}, seconds=seconds)
    # Takes seconds: once is enough.
    slow = time_calls({"keyframe_insert": one_by_one}, seconds=0.0, warm_up=0, least=1)
    drop_actions(armature)
    return bulk | slow


def make_armature(bones: int) -> bpy.types.Object:
    """An armature of chains of ten bones in an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = bpy.data.objects.new("Bench", bpy.data.armatures.new("Bench"))
    bpy.context.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for number in range(bones):
        bone = armature.data.edit_bones.new(f"bone_{number:02d}")
        chain, place = divmod(number, 10)
        bone.head, bone.tail = (chain, 0.0, 0.1 * place), (chain, 0.0, 0.1 * place + 0.1)
        if place:
            bone.parent = armature.data.edit_bones[f"bone_{number - 1:02d}"]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def make_rotations(frames: int, bones: int) -> Rotations:
    """Smooth rotations (T, J, 4), another one for each bone."""
    angle = np.linspace(0.0, 4.0, frames)[:, None] + np.arange(bones)
    half = 0.2 * np.sin(angle)
    zero = np.zeros_like(half)
    return np.stack((np.cos(half), np.sin(half), zero, zero), axis=-1).astype(np.float32)


def insert_keys(armature: bpy.types.Object, rotations: Rotations) -> None:
    """Key by key, as a script would."""
    for number, bone in enumerate(armature.pose.bones):
        for frame, rotation in enumerate(rotations[:, number].tolist()):
            bone.rotation_quaternion = rotation
            bone.keyframe_insert("rotation_quaternion", frame=frame)


def drop_actions(armature: bpy.types.Object) -> None:
    """Back to an armature that nothing animates."""
    armature.animation_data_clear()
    for action in list(bpy.data.actions):
        bpy.data.actions.remove(action)
