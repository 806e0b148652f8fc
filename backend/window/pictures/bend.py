"""A moving picture: a path is bent, and the walk follows."""

from __future__ import annotations

import math

import album
import bpy
from bpy_extras import view3d_utils
from mathutils import Euler, Vector

_OPEN = {"NEURALMOTION_PT_walk"}
_HEIGHT = 500  # pixels
_LENGTH_M = 7.0
_LOOKED_AT, _FROM_M = (0.0, -3.6, 0.7), 8.4
_VIEW = Euler((math.radians(62.0), 0.0, math.radians(-72.0)))
_EVERY = 5  # frames of animation between two pictures
_SHOWN_AT = 84  # the frame at which the path is bent: the person is on its way
_BENDS = (((1.2, -0.3), 14), ((-1.9, 0.5), 18))
"""How far the middle of the path is dragged, in metres, and over how many pictures."""


class _Film:
    """Keeps pictures of the 3D view, one after the other."""

    def __init__(self, desk: album.Album) -> None:
        self._desk, self._count = desk, 0

    def shot(self, times: int = 1) -> album.Waits:
        area = self._desk.ui.area()
        area.tag_redraw()
        yield 0.12
        for _ in range(times):
            self._desk.keep(f"bend.{self._count:03}", area, _HEIGHT)
            self._count += 1


def _pixel(desk: album.Album, place: Vector) -> tuple[float, float]:
    """Where a place of the scene lies in the window, from the left and from the top."""
    region = desk.ui.region(desk.ui.area(), "WINDOW")
    view = desk.ui.area().spaces.active.region_3d
    inside = view3d_utils.location_3d_to_region_2d(region, view, place)
    return region.x + inside.x, desk.ui.window.height - region.y - inside.y


def _middle(path: bpy.types.Object) -> Vector:
    path.update_from_editmode()
    points = path.data.splines[0].bezier_points
    return path.matrix_world @ points[len(points) // 2].co


def _bend(desk: album.Album, film: _Film, path: bpy.types.Object) -> album.Waits:
    for (east, north), pictures in _BENDS:
        start = _middle(path)
        desk.ui.move(*_pixel(desk, start))
        yield 0.3
        desk.ui.click(*_pixel(desk, start))
        yield 0.4
        desk.ui.key("g")
        yield 0.3
        desk.ui.key("shift+z")  # along the ground
        yield 0.3
        for number in range(1, pictures + 1):
            part = 0.5 - 0.5 * math.cos(math.pi * number / pictures)
            desk.ui.move(*_pixel(desk, start + part * Vector((east, north, 0.0))))
            yield from film.shot()
        desk.ui.click(*_pixel(desk, start + Vector((east, north, 0.0))))
        for _ in range(6):
            yield from film.shot()
        yield from film.shot(5)


def steps(desk: album.Album) -> album.Waits:
    """Bend it to one side, then to the other, then play the walk."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path", length=_LENGTH_M)
    walk = bpy.context.scene.neural_motion.character.neural_motion.walk
    yield from desk.run("neural_motion.generate_walk")
    walk.auto_update = True
    bpy.context.scene.frame_set(_SHOWN_AT)
    path = walk.path
    desk.look(_LOOKED_AT, _FROM_M, _VIEW, _HEIGHT)
    desk.ui.area().spaces.active.overlay.show_cursor = False
    bpy.context.view_layer.objects.active = path
    for each in bpy.context.selected_objects:
        each.select_set(each == path)
    path.select_set(True)
    desk.leave()
    yield 0.3
    desk.ui.key("Tab")
    yield 0.8
    film = _Film(desk)
    yield from film.shot(8)
    yield from _bend(desk, film, path)
    for frame in range(1, int(walk.id_data.animation_data.action.frame_range[1]), _EVERY):
        bpy.context.scene.frame_set(frame)
        yield from film.shot()


album.start(steps, "bend", _OPEN)
