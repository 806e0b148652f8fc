"""A film of the demo character that walks, made in the window, and places in its preview."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import album
import bpy
from mathutils import Euler

COUNT = 40
"""Pictures of the film."""
_FIRST = 20
_SIZE = (640, 360)
_FROM_THE_SIDE = Euler((1.45, 0.0, 1.3))


def video() -> Any:
    """The chosen character's settings."""
    return bpy.context.scene.neural_motion.character.neural_motion.video


def make_film(desk: album.Album) -> album.Waits:
    """Film a walk as numbered pictures, and leave who stands still in its place.

    Args:
        desk: with its tab open.
    """
    scene = bpy.context.scene
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    yield from desk.run("neural_motion.generate_walk")
    desk.look((0.0, -1.2, 0.9), 5.5, _FROM_THE_SIDE)
    _add_meadow()
    folder = Path(bpy.app.tempdir) / "film"
    _render(desk, folder)
    for each in (*bpy.data.objects, *bpy.data.actions):
        bpy.data.batch_remove([each])
    scene.frame_set(1)
    yield from desk.run("neural_motion.add_character")
    film = video().film
    film.source, film.sequence = "SEQUENCE", str(folder / "0001.png")
    yield 1.5


def _add_meadow() -> None:
    """So that the film looks like another place than the 3D view."""
    bpy.ops.mesh.primitive_plane_add(size=60.0)
    grass = bpy.data.materials.new("Grass")
    grass.diffuse_color = (0.22, 0.36, 0.16, 1.0)
    bpy.context.object.data.materials.append(grass)


def _render(desk: album.Album, folder: Path) -> None:
    """What the 3D view shows, without what helps one to work."""
    scene, area = bpy.context.scene, desk.ui.area()
    overlay, render = area.spaces.active.overlay, scene.render
    shading = area.spaces.active.shading
    overlay.show_overlays = False
    shading.background_type = "VIEWPORT"
    shading.background_color = (0.45, 0.62, 0.85)
    before = (scene.frame_start, scene.frame_end, render.filepath)
    render.resolution_x, render.resolution_y = _SIZE
    render.image_settings.file_format = "PNG"
    scene.frame_start, scene.frame_end = _FIRST, _FIRST + COUNT - 1
    window = next(each for each in area.regions if each.type == "WINDOW")
    for number in range(COUNT):
        scene.frame_set(_FIRST + number)
        render.filepath = str(folder / f"{number + 1:04}")
        with bpy.context.temp_override(window=desk.ui.window, area=area, region=window):
            bpy.ops.render.opengl(write_still=True, view_context=True)
    scene.frame_start, scene.frame_end, render.filepath = before
    overlay.show_overlays = True
    shading.background_type = "THEME"


def place(desk: album.Album, x: float, y: float) -> tuple[int, int]:
    """Where in the window a place of the film is, 0 … 1 from its left and upper edge."""
    module = _module("overlay")
    armature, area = bpy.context.scene.neural_motion.character, desk.ui.area()
    film = _module("film").shown_film(bpy.context.scene, armature)
    frame = module.frame_of(bpy.context, area, film)
    region = next(each for each in area.regions if each.type == "WINDOW")
    across, up = frame.left + x * frame.width, frame.bottom + (1.0 - y) * frame.height
    return round(region.x + across), round(desk.ui.window.height - region.y - up)


def joint_at(desk: album.Album, number: int, joint: str) -> tuple[int, int]:
    """Where in the window a joint was found in a picture of the film, counted from 0."""
    armature = bpy.context.scene.neural_motion.character
    joints = import_module(f"{album.ADDON}.core.video.points").JOINTS
    found = _module("watched").picture_of(armature, number)
    x, y = found.joints_px[joints.index(joint)]
    return place(desk, x / _SIZE[0], y / _SIZE[1])


def _module(name: str) -> Any:
    return import_module(f"{album.ADDON}.capabilities.video.preview.{name}")
