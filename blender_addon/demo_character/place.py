"""Where new people stand: beside those who are there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import bpy
import numpy as np
from mathutils import Vector

from ..blender.adding import show_in_local_view
from ..blender.units import metres_per_unit
from ..core.conventions import Floats
from ..core.errors import SettingsError
from .builder import SEED

_ROOM_M: Final = 0.6
_STEP_M: Final = 1.0


def people(scene: bpy.types.Scene) -> Iterator[bpy.types.Object]:
    """Armatures of a scene that are people of ours."""
    for thing in scene.objects:
        if thing.type == "ARMATURE" and isinstance(thing.data.get(SEED), int):
            yield thing


def free_seed(scene: bpy.types.Scene, count: int = 1) -> int:
    """The first seed from which on nobody in the scene has any of so many."""
    taken = {each.data[SEED] for each in people(scene)}
    starts = sorted({0, *(seed + 1 for seed in taken)})
    return next(start for start in starts if taken.isdisjoint(range(start, start + count)))


def free_place(context: bpy.types.Context) -> Vector:
    """At the 3D cursor, or as many steps to its side as it takes to stand in nobody's way."""
    return free_places(context, np.zeros((1, 2), np.float32))[0]


def free_places(context: bpy.types.Context, offsets_m: Floats) -> list[Vector]:
    """Places around the 3D cursor, all moved to its side until nobody stands in the way.

    Args:
        offsets_m: (N, 2) of each place from the cursor, on the ground.

    Raises:
        SettingsError: the cursor is nowhere.
    """
    scene = context.scene
    context.view_layer.update()  # whoever was just added or moved
    unit_m = metres_per_unit(scene)
    cursor = np.array(scene.cursor.location, np.float64)
    if not np.isfinite(cursor).all():
        raise SettingsError(
            f"people are added at the 3D cursor, which is at {tuple(cursor.tolist())}. "
            "Set its location"
        )
    offsets = np.column_stack((offsets_m, np.zeros(len(offsets_m)))).astype(np.float64)
    places = cursor + offsets / unit_m
    others = np.array([each.matrix_world.translation for each in people(scene)]).reshape(-1, 3)
    # Each of them is in the way of each place at two steps at the most.
    for _ in range(2 * len(others) * len(places)):
        away = np.linalg.norm(places[:, None] - others, axis=-1)
        if away.min() >= _ROOM_M / unit_m:
            break
        places[:, 0] += _STEP_M / unit_m
    return [Vector(place) for place in places.tolist()]


def put(context: bpy.types.Context, armature: bpy.types.Object, place: Vector) -> None:
    """Stand somebody somewhere, as large as a person is in the scene's unit."""
    armature.location = place
    armature.scale = (1.0 / metres_per_unit(context.scene),) * 3
    show_in_local_view(context.space_data, (armature, *armature.children))
