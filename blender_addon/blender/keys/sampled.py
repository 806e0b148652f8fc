"""All that animates an object, as it is seen, sampled at other times than those it was made for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Euler
from numpy.typing import NDArray

from ...core.maths.rotations import make_continuous, normalise
from .. import compat
from ..paths import bone_of_path
from ..rig.evaluation import evaluated_apart
from .keyframes import Channel
from .layer_values import active_curves, owners, strip_curves

Array = NDArray[np.float64]
Curves = Mapping[str, Sequence[bpy.types.FCurve]]

_OBJECT_GROUP: Final = "Object Transforms"


def seen_curves(datablock: bpy.types.ID) -> dict[str, list[bpy.types.FCurve]]:
    """F-curves of all that plays on a datablock, layers of ours too, by data path."""
    found: dict[str, list[bpy.types.FCurve]] = {}
    data = datablock.animation_data
    for path, curves in active_curves(datablock).items():
        found.setdefault(path, []).extend(curves.values())
    for track in data.nla_tracks if data is not None and data.use_nla else ():
        for strip in track.strips if not track.mute else ():
            for curve in strip_curves(strip):
                if not curve.mute:
                    found.setdefault(curve.data_path, []).append(curve)
    return {path: curves for path, curves in found.items() if _number(datablock, path) is not None}


def evaluated_values(
    context: bpy.types.Context, datablock: bpy.types.ID, paths: Iterable[str], at: Array
) -> dict[str, Array]:
    """(K, C) evaluated values by data path.

    Args:
        context: whose scene's time it is.
        datablock: an object, or the shape keys of a mesh.
        paths: of properties that exist.
        at: (K,) frames of animation, fractions allowed, in any order.
    """
    moments, which = np.unique(at, return_inverse=True)
    rows: dict[str, list[Any]] = {path: [] for path in paths}
    with evaluated_apart(context, owners(datablock)) as set_frame:
        for frame in moments.tolist():
            evaluated = datablock.evaluated_get(set_frame(frame))
            for path, values in rows.items():
                values.append(_number(evaluated, path))
    return {path: np.array(values, np.float64)[which] for path, values in rows.items()}


def _number(datablock: bpy.types.ID, path: str) -> Array | None:
    """What a property is, as a row of numbers; None where the path leads nowhere."""
    try:
        value = datablock.path_resolve(path)
        if isinstance(value, str):  # an enumeration, such as a rotation mode: keyed by its number
            owner_path, _, name = path.rpartition(".")
            owner = datablock.path_resolve(owner_path) if owner_path else datablock
            value = owner.bl_rna.properties[name].enum_items[value].value
        return np.atleast_1d(np.array(value, np.float64))
    except (ValueError, KeyError, TypeError):
        return None


def blended(datablock: bpy.types.ID, path: str, first: Array, second: Array, share: Array) -> Array:
    """(K, C) values of a property between two, as far as a share (K,) of the second says."""
    if path.endswith("rotation_quaternion"):
        first, second = normalise(first), normalise(second)
        second = np.where(np.sum(first * second, axis=1, keepdims=True) < 0, -second, second)
        return normalise((1.0 - share[:, None]) * first + share[:, None] * second)
    if path.endswith("rotation_euler"):
        second = compatible_eulers(datablock, path, second, first)
    mixed = (1.0 - share[:, None]) * first + share[:, None] * second
    if _is_whole(datablock, path):
        return np.where(share[:, None] < 0.5, first, second)
    return np.asarray(mixed)


def _is_whole(datablock: bpy.types.ID, path: str) -> bool:
    """Whether a property has no values between two, such as a switch."""
    value = datablock.path_resolve(path)
    many = list(value) if hasattr(value, "__len__") and not isinstance(value, str) else [value]
    return any(isinstance(each, bool | int | str) for each in many)


def compatible_eulers(datablock: bpy.types.ID, path: str, angles: Array, near: Array) -> Array:
    """(K, 3) the same rotations by angles close to others (K, 3), so that differences are small."""
    owner_path = path.rpartition(".")[0]
    order = (datablock.path_resolve(owner_path) if owner_path else datablock).rotation_mode
    order = order if len(order) == 3 else "XYZ"
    found = np.empty_like(angles)
    for n, (row, close) in enumerate(zip(angles.tolist(), near.tolist(), strict=True)):
        euler = Euler(row, order)
        euler.make_compatible(Euler(close, order))
        found[n] = euler
    return found


def channels_of(
    datablock: bpy.types.ID, curves: Curves, values: Mapping[str, Array], frames: Array
) -> list[Channel]:
    """Channels that hold values, with the elements and groups that the F-curves have.

    Args:
        datablock: whose properties they are.
        curves: by data path.
        values: (K, C) by data path.
        frames: (K,) frame numbers.
    """
    found: list[Channel] = []
    for path, rows in values.items():
        theirs, name = curves[path], path.rpartition(".")[2]
        rows = _continuous(datablock, path, rows)
        indices = sorted({curve.array_index for curve in theirs})
        if name in ("rotation_quaternion", "rotation_axis_angle"):
            indices = list(range(4))
        stepped = all(map(_is_stepped, theirs)) or _is_whole(datablock, path)
        group = next((curve.group.name for curve in theirs if curve.group is not None), "")
        group = group or bone_of_path(path) or _OBJECT_GROUP
        kind = "CONSTANT" if stepped else "LINEAR"
        found += [Channel(path, n, frames, rows[:, n], group, kind) for n in indices]
    return found


def _is_stepped(curve: bpy.types.FCurve) -> bool:
    return all(key.interpolation == "CONSTANT" for key in curve.keyframe_points)


def _continuous(datablock: bpy.types.ID, path: str, rows: Array) -> Array:
    """Rotations without a jump from one frame to the next."""
    if path.endswith("rotation_quaternion"):
        return np.asarray(make_continuous(normalise(rows)))
    if path.endswith("rotation_euler") and np.abs(np.diff(rows, axis=0)).max(initial=0.0) > np.pi:
        rows = rows.copy()
        for n in range(1, len(rows)):
            rows[n] = compatible_eulers(datablock, path, rows[n : n + 1], rows[n - 1 : n])[0]
    return rows


def action_slot_of(datablock: bpy.types.ID, action: bpy.types.Action) -> tuple[int | None, float]:
    """The slot of an action that moves most of what a datablock has, and how much of it does.

    Returns:
        Its handle (None where actions have none), and the share of its F-curves, 0 … 1, that lead
        to something of the datablock.
    """
    handles = [slot.handle for slot in action.slots] if compat.HAS_SLOTS else [None]
    best: tuple[int | None, float] = (None, 0.0)
    for handle in handles:
        paths = {curve.data_path for curve in compat.action_fcurves(action, handle)}
        known = sum(_number(datablock, path) is not None for path in paths)
        share = known / len(paths) if paths else 0.0
        own = compat.HAS_SLOTS and _is_named_for(action, handle, datablock)
        if share + 0.01 * own > best[1]:
            best = (handle, share + 0.01 * own)
    return best[0], min(best[1], 1.0)


def _is_named_for(action: bpy.types.Action, handle: int | None, datablock: bpy.types.ID) -> bool:
    slot = next(slot for slot in action.slots if slot.handle == handle)
    return bool(slot.name_display == datablock.name)
