"""A horse and a dog, each along a path of its own, over a hill."""

from __future__ import annotations

import math

import album
import bpy
from mathutils import Euler, Vector

_HEIGHT = 330  # pixels
_BESIDE_M, _LONG_M, _SPEED = 1.9, 24.0, 6.5  # metres, metres a second
_HALF_WAY_M = 9.0
_FROM_THE_SIDE = Euler((1.33, 0.0, 1.0))


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
    yield from desk.run("neural_motion.add_quadruped_path", shape="STRAIGHT", length=_LONG_M)
    animal = chosen.character
    path = animal.neural_motion.quadruped.path
    animal.location.x = path.location.x = beside_m


def _hips(animal: bpy.types.Object) -> Vector:
    return animal.matrix_world @ animal.pose.bones["hips"].head


def _go_half_way(animal: bpy.types.Object) -> None:
    scene = bpy.context.scene
    while scene.frame_current < scene.frame_end and _hips(animal).y > -_HALF_WAY_M:
        scene.frame_set(scene.frame_current + 1)


def steps(desk: album.Album) -> album.Waits:
    """Added, generated, looked at half way."""
    yield from desk.open_wide_tab()
    chosen = bpy.context.scene.neural_motion
    yield from _add(desk, "dog", _BESIDE_M)
    dog = chosen.character
    yield from _add(desk, "horse", 0.0)
    horse, ground = chosen.character, _add_ground()
    for each in (dog, horse):
        each.neural_motion.quadruped.ground = ground
        each.neural_motion.quadruped.speed = _SPEED
        chosen.character = each
        yield from desk.run("neural_motion.generate_quadruped")
    _go_half_way(horse)
    desk.note(results=[each.neural_motion.quadruped.last_result for each in (dog, horse)])
    desk.note(hips=[tuple(_hips(each)) for each in (dog, horse)])
    middle = 0.5 * (_hips(dog) + _hips(horse))
    desk.look((middle.x, middle.y - 0.3, middle.z - 0.27), 7.2, _FROM_THE_SIDE)
    yield from desk.view("quadruped_view", _HEIGHT)


album.start(steps, "quadruped")
