"""A camera on the demo character's face."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from mathutils import Matrix, Vector

_HEAD_HEIGHT_M: Final = 0.28
_MIDDLE: Final = Vector((0.0, -0.035, 0.088))  # of the face, from the head joint, Blender's axes


def face_camera(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    *,
    turn_deg: float = 15.0,
    rise_deg: float = 2.0,
    fill: float = 0.72,
    lens_mm: float = 85.0,
    follow: bool = False,
) -> bpy.types.Object:
    """Add a camera that looks at the character's face as it is posed now, and make it the scene's.

    Args:
        context: whose scene receives it; the render size is read from it, so set that before.
        armature: a demo character, moved and scaled as may be.
        turn_deg: around the head, 0 straight ahead, positive to the character's left.
        rise_deg: above the height of the face.
        fill: share of the picture's height that the head takes.
        lens_mm: focal length.
        follow: whether the camera goes along with the head bone, so that the face stays in frame.

    Returns:
        The camera object.
    """
    scene = context.scene
    data = bpy.data.cameras.new("Face Camera")
    data.lens, data.clip_start = lens_mm, 0.02
    camera = bpy.data.objects.new("Face Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    context.view_layer.update()
    camera.matrix_world = _place(scene, armature, data, (turn_deg, rise_deg), fill)
    if follow:
        _go_along(context, camera, armature)
    return camera


def _place(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    data: bpy.types.Camera,
    angles_deg: tuple[float, float],
    fill: float,
) -> Matrix:
    """Where the camera stands: its Z away from the face, upright for the head as it is posed."""
    bone = armature.pose.bones["Head"]
    moved = armature.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
    middle = moved @ (bone.bone.head_local + _MIDDLE)
    turn, rise = np.radians(angles_deg)
    away = Vector((np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)))
    away = (moved.to_3x3() @ away).normalized()
    wide, tall = scene.render.resolution_x, scene.render.resolution_y
    sensor_m = data.sensor_width * min(tall / wide, 1.0)
    distance = _HEAD_HEIGHT_M * moved.median_scale / fill * data.lens / sensor_m
    turned = away.to_track_quat("Z", "Y")
    return Matrix.Translation(middle + distance * away) @ turned.to_matrix().to_4x4()


def _go_along(
    context: bpy.types.Context, camera: bpy.types.Object, armature: bpy.types.Object
) -> None:
    place = camera.matrix_world.copy()
    camera.parent, camera.parent_type, camera.parent_bone = armature, "BONE", "Head"
    context.view_layer.update()
    camera.matrix_world = place
