"""An empty for each joint that a film shows, in a collection of its own."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import core_to_blender_points
from ...blender.keys.keyframes import vector_channels, write_action
from ...blender.keys.undo import Undo
from ...blender.units import metres_per_unit
from ...core.video.points import JOINTS

Array = NDArray[np.float64]
_SIZE_M: Final = 0.04


def write_empties(
    context: bpy.types.Context, name: str, joints_m: Array, frames: Array, undo: Undo
) -> str:
    """Put an animated empty at each joint; taken back as a whole by ``undo``.

    Args:
        context: whose scene.
        name: of the character.
        joints_m: (K, 14, 3) in the world, core axes, metres.
        frames: (K,) of animation.
        undo: what takes them back is registered here.

    Returns:
        The name of their collection.
    """
    unit_m = metres_per_unit(context.scene)
    places = core_to_blender_points(joints_m) / unit_m
    collection = bpy.data.collections.new(f"{name} Joints")
    undo.callback(bpy.data.collections.remove, collection)
    context.scene.collection.children.link(collection)
    for number, joint in enumerate(JOINTS):
        empty = bpy.data.objects.new(f"{name} {joint}", None)
        undo.callback(bpy.data.objects.remove, empty)
        empty.empty_display_type = "SPHERE"
        empty.empty_display_size = _SIZE_M / unit_m
        collection.objects.link(empty)
        channels = vector_channels("location", frames, places[:, number])
        action = write_action(empty, empty.name, channels)
        undo.callback(bpy.data.actions.remove, action)
    return str(collection.name)
