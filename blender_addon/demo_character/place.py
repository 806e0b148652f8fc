"""Where a new person stands: beside those who are there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import bpy
from mathutils import Vector

from ..blender.units import metres_per_unit
from .builder import SEED

_ROOM_M: Final = 0.6
_STEP_M: Final = 1.0


def people(scene: bpy.types.Scene) -> Iterator[bpy.types.Object]:
    """Armatures of a scene that are people of ours."""
    for thing in scene.objects:
        if thing.type == "ARMATURE" and SEED in thing.data:
            yield thing


def free_seed(scene: bpy.types.Scene) -> int:
    """The first seed that nobody in the scene has."""
    taken = {int(each.data[SEED]) for each in people(scene)}
    return next(seed for seed in range(len(taken) + 1) if seed not in taken)


def free_place(scene: bpy.types.Scene) -> Vector:
    """At the 3D cursor, or as many steps to its side as it takes to stand in nobody's way."""
    unit_m = metres_per_unit(scene)
    others = [each.matrix_world.translation for each in people(scene)]
    place = scene.cursor.location.copy()
    while any((place - other).length < _ROOM_M / unit_m for other in others):
        place.x += _STEP_M / unit_m
    return place


def put(context: bpy.types.Context, armature: bpy.types.Object, place: Vector) -> None:
    """Stand somebody somewhere, as large as a person is in the scene's unit."""
    armature.location = place
    armature.scale = (1.0 / metres_per_unit(context.scene),) * 3
