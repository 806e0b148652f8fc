"""Adding objects to the scene: whether that can be done, and where there is room for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ..core.errors import SettingsError
from .units import metres_per_unit

_STEP_M: Final = 1.0
_FURTHEST_M: Final = 100.0
_FLAT_M: Final = 0.1
_HEAD_M: Final = 2.5
_FLAT_OR_NOT: Final = ("CURVE", "ARMATURE")
"""Kinds of objects that are in the way even where they rise from the ground by nothing."""
_NOWHERE: Final = ("CAMERA", "LIGHT", "LIGHT_PROBE", "SPEAKER", "EMPTY")
"""Kinds that take no room; what an empty shows of a collection is not looked for."""


def reason_not_to_add(context: bpy.types.Context) -> str | None:
    """Why nothing can be added to the scene now, in the user's words; None if it can."""
    if context.mode != "OBJECT":
        return "Switch to Object Mode first"
    return None if context.scene.is_editable else f"'{context.scene.name}' is linked"


def open_collection(context: bpy.types.Context) -> bpy.types.Collection:
    """Where things are added: the active collection; the scene's own where that one is linked."""
    active = context.collection
    kept = active.library is not None or active.override_library is not None
    return context.scene.collection if kept else active


def free_way(context: bpy.types.Context, half_width_m: float, ahead_m: float) -> Vector:
    """A place on level ground from which nothing is in the way along −Y.

    At the 3D cursor, or as many steps to its side as it takes. What lies flat on the ground, and
    what hangs above heads, is in nobody's way.

    Args:
        context: whose visible objects count.
        half_width_m: room to either side, and behind.
        ahead_m: how far the way goes.

    Raises:
        SettingsError: the cursor is nowhere.
    """
    context.view_layer.update()  # whatever was just added or moved
    unit_m = metres_per_unit(context.scene)
    cursor = np.array(context.scene.cursor.location, np.float64)
    if not np.isfinite(cursor).all():
        raise SettingsError(
            f"a way is looked for at the 3D cursor, which is at {tuple(cursor.tolist())}. "
            "Set its location"
        )
    half = half_width_m / unit_m
    low, high = cursor[1] - ahead_m / unit_m - half, cursor[1] + half
    boxes = [_box(each) for each in context.visible_objects if _is_in_way(each, unit_m)]
    boxes = [each for each in boxes if each[0, 1] < high and each[1, 1] > low]
    sides = cursor[0] + np.arange(0.0, _FURTHEST_M, _STEP_M) / unit_m
    free = [x for x in sides if all(b[1, 0] < x - half or b[0, 0] > x + half for b in boxes)]
    return Vector((free[0] if free else cursor[0], cursor[1], 0.0))


def _is_in_way(thing: bpy.types.Object, unit_m: float) -> bool:
    if thing.type in _NOWHERE or thing.type in _FLAT_OR_NOT:
        return thing.type in _FLAT_OR_NOT
    (*_, bottom), (*_, top) = _box(thing) * unit_m
    return bool(top > _FLAT_M and bottom < _HEAD_M)


def _box(thing: bpy.types.Object) -> NDArray[np.float64]:
    """(2, 3) lowest and highest corner of an object in the world."""
    corners = np.array([thing.matrix_world @ Vector(corner) for corner in thing.bound_box])
    return np.stack((corners.min(axis=0), corners.max(axis=0)))


def show_in_local_view(space: Any, things: Iterable[bpy.types.Object]) -> None:
    """Let what was added be seen in a 3D view that shows some objects alone."""
    if isinstance(space, bpy.types.SpaceView3D) and space.local_view is not None:
        for each in things:
            each.local_view_set(space, True)
