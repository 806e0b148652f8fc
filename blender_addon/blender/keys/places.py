"""Where something is and what moves it, in values that are quick to compare.

Where something is animated, its keys count and not the place that the playhead shows it in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from typing import Any, Final

import bpy
import numpy as np

from .. import compat

_SIMPLE: Final = ("FLOAT", "INT", "BOOLEAN", "ENUM", "STRING")
_NOT_SET_BY_HAND: Final = frozenset(
    {"is_active", "show_expanded", "error_location", "error_rotation", "execution_time"}
)
_LOOKS: Final = ("open_", "show_group_", "show_manage_", "show_open_")
"""How names begin of what only says which panels of a modifier are open."""

Stands = Callable[[bpy.types.Action], str]
"""A short text that stands for an action instead of its keys; empty for none."""


def place_key(
    obj: bpy.types.Object | None, stands: Stands = lambda _: "", depth: int = 0
) -> Hashable:
    """Changes with where an object is, and with what moves it.

    Args:
        obj: with its parents and what it is constrained to.
        stands: for an action.
        depth: how many constraints lead here.
    """
    if obj is None:
        return None
    if keys := animation_key(obj.animation_data, stands):
        return keys, place_key(obj.parent, stands, depth)
    own = flat(obj.matrix_basis), flat(obj.matrix_parent_inverse) if obj.parent else None
    held = [settings_key(each, stands, depth) for each in obj.constraints] if depth < 1 else []
    return own, tuple(held), place_key(obj.parent, stands, depth)


def animation_key(
    data: bpy.types.AnimData | None, stands: Stands = lambda _: "", *, with_bones: bool = False
) -> tuple[Hashable, ...]:
    """Changes with the keys of a datablock; empty if nothing animates it.

    Args:
        data: of the datablock.
        stands: for an action.
        with_bones: the keys of bones count, too.
    """
    if data is None:
        return ()
    actions = [data.action, *(s.action for track in data.nla_tracks for s in track.strips)]
    found: list[Hashable] = [len(data.drivers)] if len(data.drivers) else []
    for action in filter(None, actions):
        curves = compat.action_fcurves(action)
        if not with_bones:
            curves = [each for each in curves if not each.data_path.startswith("pose.")]
        if curves:
            found.append(stands(action) or tuple(map(_keys_of, curves)))
    return tuple(found)


def settings_key(item: Any, stands: Stands = lambda _: "", depth: int = 0) -> Hashable:
    """Changes with what is set on a modifier or a constraint, and with where its targets are."""
    found: list[Hashable] = [item.type]
    for prop in item.bl_rna.properties:
        name = prop.identifier
        if prop.type in _SIMPLE and not (name in _NOT_SET_BY_HAND or name.startswith(_LOOKS)):
            value = getattr(item, name)
            found.append(value if isinstance(value, (int, float, str)) else repr(value))
        elif prop.type == "POINTER" and isinstance(value := getattr(item, name), bpy.types.Object):
            found.append(place_key(value, stands, depth + 1))
    if item.type == "NODES":
        inputs = compat.node_inputs(item).items()
        found += [(name, _input_key(value, stands, depth + 1)) for name, value in inputs]
    return tuple(found)


def _input_key(value: Any, stands: Stands, depth: int) -> Hashable:
    if isinstance(value, bpy.types.Object):
        return place_key(value, stands, depth)
    if isinstance(value, bpy.types.ID):
        return value.name_full
    return tuple(value) if hasattr(value, "__len__") else value


def flat(matrix: Any) -> tuple[float, ...]:
    """Its numbers, row by row."""
    return tuple(value for row in matrix for value in row)


def digest(value: Hashable) -> str:
    """A short text that changes with a value."""
    return hashlib.blake2b(repr(value).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _keys_of(curve: bpy.types.FCurve) -> bytes:
    values = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", values)
    return hashlib.blake2b(values.tobytes(), digest_size=8).digest()
