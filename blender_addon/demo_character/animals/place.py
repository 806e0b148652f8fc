"""Where new animals stand: beside the animals and people who are there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import bpy
import numpy as np
from mathutils import Vector

from ...blender.adding import show_in_local_view
from ...blender.units import metres_per_unit
from ...core.errors import SettingsError
from ..place import people
from .builder import KIND

_ROOM_M: Final = 1.4
_STEP_M: Final = 1.5


def animals(scene: bpy.types.Scene) -> Iterator[bpy.types.Object]:
    """Armatures of a scene that are animals of ours."""
    for thing in scene.objects:
        if thing.type == "ARMATURE" and isinstance(thing.data.get(KIND), str):
            yield thing


def free_place(context: bpy.types.Context) -> Vector:
    """At the 3D cursor, or as many steps to its side as it takes to stand in nobody's way.

    Raises:
        SettingsError: the cursor is nowhere.
    """
    scene = context.scene
    context.view_layer.update()  # whoever was just added or moved
    unit_m = metres_per_unit(scene)
    place = np.array(scene.cursor.location, np.float64)
    if not np.isfinite(place).all():
        raise SettingsError(
            f"animals are added at the 3D cursor, which is at {tuple(place.tolist())}. "
            "Set its location"
        )
    there = (*animals(scene), *people(scene))
    others = np.array([each.matrix_world.translation for each in there]).reshape(-1, 3)
    # Each of them is in the way of two steps at the most.
    for _ in range(2 * len(others)):
        if np.linalg.norm(others - place, axis=-1).min() >= _ROOM_M / unit_m:
            break
        place[0] += _STEP_M / unit_m
    return Vector(place.tolist())


def put(context: bpy.types.Context, armature: bpy.types.Object, place: Vector) -> None:
    """Stand an animal somewhere, as large as it is in the scene's unit."""
    armature.location = place
    armature.scale = (1.0 / metres_per_unit(context.scene),) * 3
    show_in_local_view(context.space_data, (armature, *armature.children))
