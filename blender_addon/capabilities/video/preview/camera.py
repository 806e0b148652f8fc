"""The preview's own camera with the film behind it, and the 3D views that look through it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import bpy
from mathutils import Matrix

from ....core.errors import FilmError

MARK: Final = "neural_motion_film_of"
"""Custom property of the preview's camera: whose film it shows."""
NAME: Final = "Film Preview"
_BACK_M: Final = 5.0
_UP_M: Final = 1.2
_LENS_MM: Final = 50.0
_FILLED: Final = 0.96
_ZOOMS: Final = (-30.0, 600.0)
"""Blender's own limits."""


@dataclass(frozen=True)
class _ViewBefore:
    perspective: str
    uses_own: bool
    camera: str


_views: Final[dict[int, _ViewBefore]] = {}


def preview_camera(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The preview's camera in a scene; None if there is no preview."""
    return next((each for each in scene.objects if MARK in each and each.type == "CAMERA"), None)


def whose_preview(camera: bpy.types.Object) -> bpy.types.Object | None:
    """Whose film a preview's camera shows; None if the character is gone."""
    return camera.get(MARK)


def add_camera(
    context: bpy.types.Context, armature: bpy.types.Object, image: bpy.types.Image
) -> bpy.types.Object:
    """Add the preview's camera with a film behind it, before the character until it is solved."""
    data = bpy.data.cameras.new(NAME)
    camera = bpy.data.objects.new(NAME, data)
    camera[MARK] = armature
    camera.hide_select = True
    data.lens, data.show_background_images = _LENS_MM, True
    render, (width, height) = context.scene.render, image.size
    frame = (
        render.resolution_x * render.pixel_aspect_x,
        render.resolution_y * render.pixel_aspect_y,
    )
    is_wide = width * frame[1] >= height * frame[0]
    data.sensor_fit = "HORIZONTAL" if is_wide else "VERTICAL"  # as it stays once it is solved
    data.passepartout_alpha = 0.0
    data.display_size = 0.2
    behind = data.background_images.new()
    behind.source, behind.image = "IMAGE", image
    # In front until it is known where the camera stood: the character would hide the person.
    behind.alpha, behind.frame_method, behind.display_depth = 1.0, "FIT", "FRONT"
    user = behind.image_user
    # One picture over and over, which only the offset changes: pictures of a sequence are shown
    # within their range alone, and none of them is one picture a frame at another rate.
    user.frame_start, user.frame_duration, user.use_cyclic = 1, 1, True
    user.use_auto_refresh = True
    context.scene.collection.objects.link(camera)
    place = armature.matrix_world.translation
    facing = Matrix.Rotation(1.5708, 4, "X")
    camera.matrix_world = (
        Matrix.Translation(place) @ Matrix.Translation((0, -_BACK_M, _UP_M)) @ facing
    )
    return camera


def remove_camera(scene: bpy.types.Scene) -> None:
    """Take the preview's camera and film out again."""
    while (camera := preview_camera(scene)) is not None:
        data = camera.data
        images = [each.image for each in data.background_images if each.image is not None]
        bpy.data.objects.remove(camera)
        if not data.users:
            bpy.data.cameras.remove(data)
        for image in images:
            if not image.users:
                bpy.data.images.remove(image)


def look_through(area: bpy.types.Area, camera: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Let a 3D view look through the preview's camera, which is the view's own."""
    space: Any = area.spaces.active
    if looks_through(space, camera):
        return
    view = space.region_3d
    if space.as_pointer() not in _views:
        own = space.camera.name if space.use_local_camera and space.camera else ""
        _views[space.as_pointer()] = _ViewBefore(view.view_perspective, space.use_local_camera, own)
    space.use_local_camera, space.camera = True, camera
    view.view_perspective = "CAMERA"
    view.view_camera_zoom, view.view_camera_offset = _zoom(area, scene, camera), (0.0, 0.0)


def _zoom(area: bpy.types.Area, scene: bpy.types.Scene, camera: bpy.types.Object) -> float:
    """With which the camera's frame fills what is free of a 3D view: toolbar and sidebar lie on it.

    Blender gives the frame's width (height, where the sensor fits vertically; else the longer side)
    half of the region's at a zoom of 0, and (√2 + zoom / 50)² / 4 of it at others.
    """
    region = next(each for each in area.regions if each.type == "WINDOW")
    overlap = bpy.context.preferences.system.use_region_overlap
    beside = [each.width for each in area.regions if each.type in ("UI", "TOOLS")]
    free = region.width - (2.0 * max(beside, default=0) if overlap else 0.0)
    render = scene.render
    width = render.resolution_x * render.pixel_aspect_x
    height = render.resolution_y * render.pixel_aspect_y
    whole = {
        "HORIZONTAL": region.width / width,
        "VERTICAL": region.height / height,
    }.get(camera.data.sensor_fit, max(region.width, region.height) / max(width, height))
    part = _FILLED * min(free / (width * whole), region.height / (height * whole))
    zoom = 50.0 * (2.0 * math.sqrt(max(part, 0.1)) - math.sqrt(2.0))
    return min(max(zoom, _ZOOMS[0]), _ZOOMS[1])


def looks_through(space: Any, camera: bpy.types.Object) -> bool:
    """Whether a 3D view shows what a camera sees."""
    return (
        space.type == "VIEW_3D"
        and space.region_3d is not None
        and space.region_3d.view_perspective == "CAMERA"
        and space.camera == camera
    )


def look_as_before() -> None:
    """Let every 3D view that looked through the preview's camera look as it did before."""
    for space in _spaces():
        before = _views.pop(space.as_pointer(), None)
        if before is None:
            continue
        space.camera = bpy.data.objects.get(before.camera) or bpy.context.scene.camera
        space.use_local_camera = before.uses_own
        if space.region_3d.view_perspective == "CAMERA":
            space.region_3d.view_perspective = before.perspective
    _views.clear()


def view_is_changed() -> bool:
    """Whether any 3D view was let look through a preview's camera."""
    return bool(_views)


def _spaces() -> list[Any]:
    return [
        area.spaces.active
        for screen in bpy.data.screens
        for area in screen.areas
        if area.type == "VIEW_3D"
    ]


def area_to_look(context: bpy.types.Context) -> bpy.types.Area:
    """The 3D view in which a button was pressed, else the largest of the window.

    Raises:
        FilmError: the window has none.
    """
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area
    areas = [] if context.window is None else context.window.screen.areas
    views = [area for area in areas if area.type == "VIEW_3D"]
    if not views:
        raise FilmError("the preview is shown in a 3D Viewport, and this window has none. Open one")
    return max(views, key=lambda area: area.width * area.height)
