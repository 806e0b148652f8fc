"""Which way a face looks, from the rest pose."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.rig.joint_map import named_joints
from ...blender.rig.skeleton import character_axes
from ...core.errors import GazeError

Matrix = NDArray[np.float64]

_LEG_JOINTS = ("Hips", "LeftUpLeg", "RightUpLeg", "LeftFoot", "RightFoot")
_AGREEMENT = np.cos(np.radians(30.0))
_SNAP = np.cos(np.radians(10.0))


def legs_axes(armature: bpy.types.Object) -> Matrix | None:
    """Rows: left, up and forward in armature space, as the legs tell; None without legs."""
    bones = armature.data.bones
    found = named_joints(armature)
    if any(name not in found for name in _LEG_JOINTS):
        return None
    return character_axes(found, bones)


def face_axes(owner: bpy.types.Object, centres: Matrix) -> Matrix:
    """Rows: left, up and forward of a face in its owner's space.

    Legs tell best. Without them the eyes give left, and up is the axis of the owner's space that
    points up in the world as the object stands now.

    Args:
        owner: an armature, or the object that is the head.
        centres: (2, 3) left and right eye at rest in the owner's space.

    Raises:
        GazeError: the eyes lie in one place, or one above the other.
    """
    apart = centres[0] - centres[1]
    if owner.type == "ARMATURE":
        axes = legs_axes(owner)
        length = np.linalg.norm(apart)
        if axes is not None and (length < 1e-9 or apart @ axes[0] > _AGREEMENT * length):
            return axes
    up = _up_axis(owner)
    left = apart - (apart @ up) * up
    length = np.linalg.norm(left)
    if length < 1e-6:
        raise GazeError(
            f"the eyes of '{owner.name}' lie in one place, or one above the other, so it cannot be "
            "seen where the face looks. Choose two eyes that lie side by side"
        )
    left = left / length
    nearest = _nearest_axis(left)
    left = nearest if nearest @ left > _SNAP else left
    return np.array([left, up, np.cross(left, up)])


def _up_axis(owner: bpy.types.Object) -> Matrix:
    to_world = np.array(owner.matrix_world, np.float64)[:3, :3]
    return _nearest_axis(to_world.T @ np.array([0.0, 0.0, 1.0]))


def _nearest_axis(direction: Matrix) -> Matrix:
    axis = np.zeros(3)
    largest = int(np.argmax(np.abs(direction)))
    axis[largest] = np.sign(direction[largest]) or 1.0
    return axis
