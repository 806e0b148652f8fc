"""The demo's camera: beside the two animals, from before them to behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.keys.keyframes import rotation_channels, vector_channels, write_action
from blender_addon.core.maths.smoothing import gaussian_smooth

from ..scene import look_rotation

Array = NDArray[np.float64]

_LENS_MM: Final = 42.0
_NEAREST_M: Final = 6.0
_FURTHER: Final = 0.8
"""Metres farther away for each metre between the animals."""
_HEIGHT_M: Final = 2.3
_AIM_M: Final = 0.75
_TURN_DEG: Final = (40.0, -22.0, 24.0)
"""From ahead of them to behind them and back, about the vertical; 0 is square to the way."""
_LATE_S: Final = 0.5


def follow(
    scene: bpy.types.Scene, tracks: Sequence[Array], first_frame: int, frame_rate_hz: float
) -> bpy.types.Object:
    """Add a camera that keeps all animals in its picture.

    Args:
        scene: receives it.
        tracks: (T, 3) where each goes, Blender's axes; who has arrived stays there.
        first_frame: of the tracks.
        frame_rate_hz: of the scene.
    """
    count = max(len(track) for track in tracks)
    places = np.stack([np.pad(t, ((0, count - len(t)), (0, 0)), mode="edge") for t in tracks])
    middle = 0.5 * (places.min(axis=0) + places.max(axis=0))
    between = np.ptp(places, axis=0)[:, 0]
    aim = gaussian_smooth(middle, 0.4 * frame_rate_hz) + np.array([0.0, 0.0, _AIM_M])
    anchor = gaussian_smooth(middle, _LATE_S * frame_rate_hz)
    away = _NEAREST_M + _FURTHER * gaussian_smooth(between[:, None], frame_rate_hz)[:, 0]
    frames = first_frame + np.arange(count, dtype=np.float64)
    turn = np.radians(_turns(count))
    place = anchor.copy()
    place[:, 0] += away * np.sin(turn)
    place[:, 1] -= away * np.cos(turn)
    place[:, 2] = gaussian_smooth(middle[:, 2:], 2.0 * frame_rate_hz)[:, 0] + _HEIGHT_M
    return _add_camera(scene, frames, place, aim)


def _turns(count: int) -> Array:
    """(T,) degrees, gently from one of the turns to the next."""
    at = np.linspace(0.0, len(_TURN_DEG) - 1.0, count)
    part = np.minimum(at.astype(int), len(_TURN_DEG) - 2)
    share = at - part
    turns = np.array(_TURN_DEG)
    return np.asarray(turns[part] + (turns[part + 1] - turns[part]) * share**2 * (3 - 2 * share))


def _add_camera(
    scene: bpy.types.Scene, frames: Array, places: Array, aims: Array
) -> bpy.types.Object:
    data = bpy.data.cameras.new("Camera")
    data.lens, data.clip_end = _LENS_MM, 400.0
    camera = bpy.data.objects.new("Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.rotation_mode = "QUATERNION"
    turns = np.array([look_rotation(a - p) for a, p in zip(aims, places, strict=True)])
    channels = [
        *vector_channels("location", frames, places, "Object Transforms"),
        *rotation_channels("", "QUATERNION", frames, turns, "Object Transforms"),
    ]
    write_action(camera, "Camera Follow", channels)
    return camera
