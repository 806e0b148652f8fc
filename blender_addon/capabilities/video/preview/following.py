"""The preview's picture and camera follow the playhead."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from bpy.app.handlers import persistent
from mathutils import Matrix

from ....blender.axes import core_to_blender_points
from ....blender.units import metres_per_unit
from ....core.video.camera import FilmCamera
from ..solved import forget_all, solved_of
from .camera import look_as_before, preview_camera, view_is_changed, whose_preview
from .film import number_shown, shown_film
from .image import FIRST
from .watched import stop_watching


def follow(scene: bpy.types.Scene, number: int | None = None) -> None:
    """Let the preview show the picture at the playhead.

    Args:
        scene: with the preview.
        number: another picture instead, counted from 0.
    """
    camera = preview_camera(scene)
    armature = None if camera is None else whose_preview(camera)
    film = None if armature is None else shown_film(scene, armature)
    if film is None:
        return
    shown = number_shown(scene, armature, film) if number is None else number
    for behind in camera.data.background_images:
        if behind.image is not None:
            offset = behind.image.get(FIRST, 1) - 1 + shown
            if behind.image_user.frame_offset != offset:
                behind.image_user.frame_offset = offset
    kept = solved_of(armature)
    if kept is not None and kept.camera is not None:
        for behind in camera.data.background_images:
            behind.display_depth = "BACK"
        at = shown - kept.result.tracked.first_frame
        stand(scene, camera, kept.camera, min(max(at, 0), kept.camera.frame_count - 1))


def stand(
    scene: bpy.types.Scene, camera: bpy.types.Object, seen_by: FilmCamera, index: int
) -> None:
    """Let the preview's camera see the scene as a film's camera saw it.

    Args:
        scene: whose render size gives the view its shape.
        camera: the preview's.
        seen_by: the film's, in the scene.
        index: which of its frames.
    """
    right, down, ahead = core_to_blender_points(seen_by.rotations[index].T)
    place = core_to_blender_points(seen_by.positions_m[index]) / metres_per_unit(scene)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack((right, -down, -ahead), axis=-1)
    matrix[:3, 3] = place
    camera.matrix_world = Matrix(matrix.tolist())
    render, data = scene.render, camera.data
    shape = (render.resolution_x * render.pixel_aspect_x) / (
        render.resolution_y * render.pixel_aspect_y
    )
    width, height = seen_by.size_px
    focal = float(seen_by.focal_px[index])
    if width / height >= shape:
        data.sensor_fit, data.lens = "HORIZONTAL", focal / width * data.sensor_width
    else:
        data.sensor_fit, data.lens = "VERTICAL", focal / height * data.sensor_height


@persistent
def _on_frame(scene: bpy.types.Scene, *_more: Any) -> None:
    if not bpy.app.is_job_running("RENDER"):
        follow(scene)


@persistent
def _on_undo(scene: bpy.types.Scene, *_more: Any) -> None:
    """A preview that was taken back leaves no view behind that looks through nothing."""
    if view_is_changed() and preview_camera(scene) is None:
        look_as_before()


@persistent
def _on_load(*_more: Any) -> None:
    forget_all()
    stop_watching()


_HANDLERS = (
    ("frame_change_pre", _on_frame),
    ("undo_post", _on_undo),
    ("redo_post", _on_undo),
    ("load_pre", _on_load),
)


def register() -> None:
    """Follow the playhead from now on."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Follow it no more."""
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
    forget_all()
    stop_watching()
