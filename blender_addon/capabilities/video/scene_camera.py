"""A camera of the scene as the one that took a film."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import BLENDER_TO_CORE
from ...blender.rig.evaluation import evaluated_apart, is_still
from ...blender.units import metres_per_unit
from ...core.errors import SettingsError
from ...core.video.camera import FilmCamera

Array = NDArray[np.float64]
_SHIFTED: Final = 1e-4
_DOWN_AHEAD: Final = np.diag([1.0, -1.0, -1.0])
"""Blender's cameras look along -Z, with Y up."""


def read_camera(
    context: bpy.types.Context,
    chosen: bpy.types.Object | None,
    frames: Array,
    size_px: tuple[int, int],
) -> tuple[FilmCamera, tuple[str, ...]]:
    """Where a camera stands and looks while a film runs, and what is good to know of it.

    Args:
        context: whose scene.
        chosen: the camera; None for the scene's own.
        frames: (T,) of animation, at which the pictures of the film are shown; may be fractions.
        size_px: width and height of these pictures.

    Raises:
        SettingsError: there is no camera, or it is no pinhole.
    """
    camera = chosen or context.scene.camera
    if camera is None or camera.type != "CAMERA":
        raise SettingsError(
            "the scene has no camera that could have taken the film. Add one and match it to the "
            "film, or let the camera be guessed"
        )
    if camera.data.type != "PERSP":
        raise SettingsError(
            f"the camera '{camera.name}' is {camera.data.type.lower()}; a film is taken in "
            "perspective. Choose another camera"
        )
    worlds, focal = _sampled(context, camera, frames, size_px)
    lengths = np.linalg.norm(worlds[:, :3, :3], axis=1, keepdims=True)
    if not (np.isfinite(worlds).all() and (lengths > 0.0).all()):
        raise SettingsError(
            f"the camera '{camera.name}' has a scale of 0 or no place at all. Clear its scale "
            "(Alt S), or choose another camera"
        )
    axes = worlds[:, :3, :3] / lengths
    turns = BLENDER_TO_CORE @ axes @ _DOWN_AHEAD
    places = (worlds[:, :3, 3] @ BLENDER_TO_CORE.T) * metres_per_unit(context.scene)
    return FilmCamera(size_px, focal, turns, places), _told(camera)


def _sampled(
    context: bpy.types.Context,
    camera: bpy.types.Object,
    frames: Array,
    size_px: tuple[int, int],
) -> tuple[Array, Array]:
    """(T, 4, 4) transforms and (T,) focal lengths in pixels."""
    count = len(frames)
    if is_still(camera) and camera.data.animation_data is None:
        frames = frames[:1]
    worlds, focal = np.empty((len(frames), 4, 4)), np.empty(len(frames))
    with evaluated_apart(context, [camera]) as set_frame:
        for row, frame in enumerate(frames.tolist()):
            seen = camera.evaluated_get(set_frame(frame))
            worlds[row] = np.array(seen.matrix_world, np.float64)
            focal[row] = _focal_px(seen.data, size_px)
    if len(frames) < count:
        return np.repeat(worlds, count, axis=0), np.repeat(focal, count)
    return worlds, focal


def _focal_px(data: Any, size_px: tuple[int, int]) -> float:
    width, height = size_px
    if data.sensor_fit == "VERTICAL":
        return float(data.lens / data.sensor_height * height)
    seen = width if data.sensor_fit == "HORIZONTAL" else max(size_px)
    return float(data.lens / data.sensor_width * seen)


def _told(camera: bpy.types.Object) -> tuple[str, ...]:
    if max(abs(camera.data.shift_x), abs(camera.data.shift_y)) > _SHIFTED:
        return (f"the shift of the camera '{camera.name}' is not regarded: set it to 0",)
    return ()
