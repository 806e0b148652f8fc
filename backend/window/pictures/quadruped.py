"""A horse and a dog, each along a path of its own, over a hill."""

from __future__ import annotations

import math

import album
import bpy
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("quadruped", "quadruped_marks")}
_HEIGHT = 420  # pixels
_BESIDE_M, _LONG_M = 2.4, 20.0
_FROM_THE_SIDE = Euler((1.32, 0.0, 1.15))


def _add_ground() -> bpy.types.Object:
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=100, y_subdivisions=100, size=60.0)
    ground = bpy.context.object
    ground.name = "Hill"
    ground.select_set(False)
    for vertex in ground.data.vertices:
        x, y = vertex.co.x, vertex.co.y + 12.0
        vertex.co.z = 0.9 * math.exp(-0.015 * (x * x + y * y)) + 0.05 * math.sin(x + 0.5 * y)
    return ground


def _add(desk: album.Album, kind: str, beside_m: float) -> album.Waits:
    """An animal with a path, both moved to the side."""
    chosen = bpy.context.scene.neural_motion
    chosen.character = None
    yield from desk.run("neural_motion.add_animal", kind=kind)
    yield from desk.run("neural_motion.add_quadruped_path", length=_LONG_M)
    animal = chosen.character
    path = animal.neural_motion.quadruped.path
    animal.location.x = path.location.x = beside_m


def steps(desk: album.Album) -> album.Waits:
    """Added, generated together."""
    yield from desk.open_wide_tab()
    chosen = bpy.context.scene.neural_motion
    yield from _add(desk, "dog", _BESIDE_M)
    dog = chosen.character
    yield from _add(desk, "horse", 0.0)
    horse, ground = chosen.character, _add_ground()
    for each, speed in ((dog, 5.0), (horse, 7.0)):
        each.neural_motion.quadruped.ground = ground
        each.neural_motion.quadruped.speed = speed
        chosen.character = each
        yield from desk.run("neural_motion.generate_quadruped")
    desk.note(results=[each.neural_motion.quadruped.last_result for each in (dog, horse)])
    bpy.context.scene.frame_set(54)
    yield from desk.panel("quadruped_panel")
    desk.look((1.2, -12.0, 1.5), 9.0, _FROM_THE_SIDE)
    yield from desk.view("quadruped_view", _HEIGHT)


album.start(steps, "quadruped", _OPEN)
