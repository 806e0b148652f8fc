"""The short film's shots: which camera sees what, from where, and how it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.keys.keyframes import rotation_channels, vector_channels, write_action

from ..scene import look_rotation

Array = NDArray[np.float64]
Place = tuple[float, float, float]


@dataclass(frozen=True)
class Shot:
    """From one cut to the next.

    Args:
        name: of its camera.
        first: frame.
        places, targets: of the camera and of what it is turned to, at the shot's start and end.
        lens_mm: focal length on 36 mm.
        f_stop: how much of the depth is sharp; 0 for all.
        last: frame.
    """

    name: str
    first: int
    last: int
    places: tuple[Place, Place]
    targets: tuple[Place, Place]
    lens_mm: float
    f_stop: float = 0.0


SHOTS: Final = (
    Shot("Door", 1, 66, ((0.02, -1.35, 1.20), (-0.14, -2.10, 1.22)),
         ((-0.88, 2.2, 1.20), (-0.84, 1.6, 0.94)), 35.0, 5.6),
    Shot("Walk Up", 67, 134, ((-0.05, -3.55, 1.36), (0.44, -3.35, 1.38)),
         ((-0.02, 0.6, 0.95), (0.44, 0.1, 0.92)), 35.0, 5.6),
    Shot("On Her", 135, 207, ((1.47, -0.74, 1.62), (1.42, -0.72, 1.62)),
         ((0.02, 0.17, 1.51), (0.02, 0.17, 1.51)), 70.0, 7.0),
    Shot("On Him", 208, 288, ((-0.82, -0.22, 1.55), (-0.77, -0.215, 1.555)),
         ((0.95, 0.00, 1.63), (0.95, 0.00, 1.63)), 70.0, 7.0),
)  # fmt: skip


def add_cameras(scene: bpy.types.Scene, shots: Sequence[Shot] = SHOTS) -> list[bpy.types.Object]:
    """One camera a shot, and markers that switch between them."""
    cameras = []
    for shot in shots:
        camera = _add_camera(scene, shot)
        marker = scene.timeline_markers.new(shot.name, frame=shot.first)
        marker.camera = camera
        cameras.append(camera)
    scene.camera = cameras[0]
    return cameras


def _add_camera(scene: bpy.types.Scene, shot: Shot) -> bpy.types.Object:
    data = bpy.data.cameras.new(shot.name)
    data.lens, data.clip_start = shot.lens_mm, 0.05
    camera = bpy.data.objects.new(shot.name, data)
    scene.collection.objects.link(camera)
    camera.rotation_mode = "QUATERNION"
    frames = np.arange(shot.first, shot.last + 1, dtype=np.float64)
    share = np.linspace(0.0, 1.0, len(frames))[:, None]
    share = 0.6 * share + 0.4 * share * share * (3 - 2 * share)  # gently in and out
    places = (1 - share) * np.array(shot.places[0]) + share * np.array(shot.places[1])
    targets = (1 - share) * np.array(shot.targets[0]) + share * np.array(shot.targets[1])
    turns = np.array([look_rotation(t - p) for t, p in zip(targets, places, strict=True)])
    channels = [
        *vector_channels("location", frames, places, "Object Transforms"),
        *rotation_channels("", "QUATERNION", frames, turns, "Object Transforms"),
    ]
    write_action(camera, f"{shot.name} Camera", channels)
    if shot.f_stop:
        data.dof.use_dof, data.dof.aperture_fstop = True, shot.f_stop
        data.dof.focus_distance = float(np.linalg.norm(targets[-1] - places[-1]))
    return camera


def camera_at(frame: int) -> Shot:
    """The shot that a frame belongs to."""
    return next(shot for shot in reversed(SHOTS) if shot.first <= frame)
