"""What shows what happens in the physics demo: arrows that push, a camera that goes along."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.keys.keyframes import rotation_channels, vector_channels, write_action
from blender_addon.capabilities.physics.job import PhysicsJob, PhysicsMotion
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.demo_character.surface import Surface, merge_surfaces, tube

from ..cast import NAMING
from ..scene import look_rotation
from .stage import material
from .story import FRAME_RATE, DemoPush

Array = NDArray[np.float64]

_LENS_MM: Final = 36.0
_AWAY_M, _HEIGHT_M, _AIM_M = 4.3, 1.6, 0.84
_TURN_DEG: Final = (52.0, -30.0)
"""From ahead of the character to behind it, about the vertical; 0 is square to the way."""
_LATE_S: Final = 0.45
_FLIES_IN: Final = 8
"""Frames that an arrow comes flying."""
_STAYS: Final = 8
_FROM_M: Final = 0.9
_M_A_N_S: Final = 0.007
"""Length of an arrow for each N s."""
_BODY_M: Final = 0.14
"""From a bone to the skin."""
_LETTERS_M: Final = 0.15


def hips_track(job: PhysicsJob, motion: PhysicsMotion) -> Array:
    """(K, 3) where the hips are on each frame, Blender's axes."""
    places = job.take.origin + job.take.ratio * motion.clip.root_positions
    return np.asarray(core_to_blender_points(places), np.float64)


def follow_with_camera(scene: bpy.types.Scene, track: Array, first_frame: int) -> None:
    """Add a camera beside the character, a little late."""
    track = track.copy()
    track[:, 2] = 0.0
    aim = gaussian_smooth(track, 0.35 * FRAME_RATE) + np.array([0.0, 0.0, _AIM_M])
    anchor = gaussian_smooth(track, _LATE_S * FRAME_RATE)
    frames = first_frame + np.arange(len(track), dtype=np.float64)
    turn = np.radians(np.interp(frames, frames[[0, -1]], _TURN_DEG))
    place = anchor + np.array([0.0, 0.0, _HEIGHT_M])
    place[:, 0] += _AWAY_M * np.sin(turn)
    place[:, 1] -= _AWAY_M * np.cos(turn)
    data = bpy.data.cameras.new("Camera")
    data.lens = _LENS_MM
    camera = bpy.data.objects.new("Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.rotation_mode = "QUATERNION"
    turns = np.array([look_rotation(a - p) for a, p in zip(aim, place, strict=True)])
    channels = [
        *vector_channels("location", frames, place, "Object Transforms"),
        *rotation_channels("", "QUATERNION", frames, turns, "Object Transforms"),
    ]
    write_action(camera, "Camera Follow", channels)


def show_push(
    context: bpy.types.Context, rig: bpy.types.Object, push: DemoPush, frame: int
) -> None:
    """An arrow that comes flying, touches on the frame of the push, and goes; its size beside it.

    Args:
        context: whose scene.
        rig: who is pushed; its motion is there already.
        push: as which.
        frame: on which it begins.
    """
    scene = context.scene
    way = np.array(push.impulse_n_s) / push.strength
    frames = np.arange(frame - _FLIES_IN, frame + _STAYS + 1, dtype=np.float64)
    tips = []
    for each in frames:
        scene.frame_set(int(each))
        bone = rig.pose.bones[NAMING.names[push.bone]]
        middle = np.array(rig.matrix_world @ (0.5 * (bone.head + bone.tail)))
        ahead = max(frame - each, 0.0) / _FLIES_IN * _FROM_M
        tips.append(middle - way * (_BODY_M + ahead))
    arrow = _arrow(f"Push {push.strength:.0f} N s", 0.4 + _M_A_N_S * push.strength)
    scene.collection.objects.link(arrow)
    arrow.rotation_mode = "QUATERNION"
    arrow.rotation_quaternion = Vector((1.0, 0.0, 0.0)).rotation_difference(Vector(way.tolist()))
    seen = np.ones((len(frames), 3))
    seen[[0, -1]] = 0.0
    channels = [
        *vector_channels("location", frames, np.array(tips), "Object Transforms"),
        *vector_channels("scale", frames, seen, "Object Transforms"),
    ]
    write_action(arrow, arrow.name, channels)
    _add_letters(scene, arrow, f"{push.strength:.0f} N s")


def _arrow(name: str, length: float) -> bpy.types.Object:
    """An arrow along +X whose tip is its origin."""
    up = (0.0, 0.0, 1.0)
    head, wide = 0.2, 0.1
    shaft = np.array([[-length, 0.0, 0.0], [-head, 0.0, 0.0]])
    point = np.array([[-head, 0.0, 0.0], [0.0, 0.0, 0.0]])
    thick = np.full(2, 0.4 * wide)
    parts: list[Surface] = [
        tube(shaft, up, thick, thick, 12),
        tube(point, up, np.array([wide, 0.003]), np.array([wide, 0.003]), 12),
    ]
    solid = merge_surfaces(parts)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(solid.vertices.tolist(), [], solid.quads.tolist())
    mesh.materials.append(material("Push"))
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    thing.display.show_shadows = False
    return thing


def _add_letters(scene: bpy.types.Scene, arrow: bpy.types.Object, text: str) -> None:
    """Letters over the arrow's end that face the camera."""
    data: Any = bpy.data.curves.new(arrow.name, "FONT")
    data.body, data.size, data.align_x = text, _LETTERS_M, "CENTER"
    data.materials.append(material("Letters"))
    letters = bpy.data.objects.new(f"{arrow.name} Letters", data)
    scene.collection.objects.link(letters)
    letters.parent = arrow
    tail = min(vertex.co.x for vertex in arrow.data.vertices)
    letters.location = (0.6 * tail, 0.0, 0.1)
    facing: Any = letters.constraints.new("COPY_ROTATION")
    facing.target = scene.camera
    letters.display.show_shadows = False
