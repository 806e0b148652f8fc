"""Every field of the walk, filled in, over hilly ground."""

from __future__ import annotations

import math

import album
import bpy
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("character", "walk", "direction", "path_marks")}
_HEIGHT, _VIEW_HEIGHT = 560, 420  # pixels
_FROM_ABOVE = Euler((0.6, 0.0, 1.3))
_FROM_THE_SIDE = Euler((1.2, 0.0, 1.1))


def _add_ground() -> bpy.types.Object:
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=80, y_subdivisions=80, size=14.0)
    ground = bpy.context.object
    ground.name = "Hill"
    ground.location = (0.0, -4.0, 0.0)
    for vertex in ground.data.vertices:
        x, y = vertex.co.x, vertex.co.y
        vertex.co.z = 0.55 * math.exp(-0.12 * (x * x + y * y)) + 0.05 * math.sin(x + 0.5)
    return ground


def steps(desk: album.Album) -> album.Waits:
    """A walk with a jog and a stop."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    chosen = bpy.context.scene.neural_motion.character.neural_motion.walk
    for distance, kind, value in ((3.0, "SPEED", 2.4), (6.0, "STOP", 1.5)):
        mark = chosen.marks.add()
        mark.distance, mark.kind = distance, kind
        setattr(mark, "speed" if kind == "SPEED" else "seconds", value)
    desk.look((0.0, -4.0, 0.0), 11.0, _FROM_ABOVE)
    yield from desk.view("walk_path", _VIEW_HEIGHT)
    chosen.ground = _add_ground()
    bpy.context.view_layer.objects.active = chosen.path
    for each in bpy.context.selected_objects:
        each.select_set(False)
    yield from desk.run("neural_motion.generate_walk")
    bpy.context.scene.frame_set(90)
    desk.look((0.0, -4.2, 0.8), 8.5, _FROM_THE_SIDE, _HEIGHT)
    yield from desk.panel("walk_panel")
    chosen.show_on_path = False  # it tells of the next walk, which would begin at another frame
    yield from desk.area("walk_ground", _HEIGHT)


album.start(steps, "walk", _OPEN)
