"""What an animator holds: the values of channels without any layer of ours, keyed or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import bpy
import numpy as np
from mathutils import Euler, Quaternion
from numpy.typing import NDArray

from ...core.maths.rotations import normalise
from ..paths import bone_path, rotation_property
from .giving_way import Span, at_rest, resolve
from .keyframes import Channel, group_channels
from .layer_values import (
    active_curves,
    blended_from,
    curve_values,
    other_layers,
    strip_curves,
    track_paths,
    values_before,
)

Array = NDArray[np.floating]


def held_values(
    context: bpy.types.Context,
    datablock: bpy.types.ID,
    frames_by_path: Mapping[str, Array],
    partly: Sequence[bpy.types.NlaTrack] = (),
) -> dict[str, Array]:
    """Values (K, C) on frames (K,), by data path, of channels as they are without our layers.

    Args:
        context: whose scene's time it is.
        datablock: an object, or the shape keys of a mesh.
        frames_by_path: what is asked for; paths that lead nowhere are left out of the answer.
        partly: layers of ours that play on all the same.
    """
    active = active_curves(datablock)
    found = values_before(context, datablock, frames_by_path, set(active), partly)
    layered = set().union(*map(track_paths, other_layers(datablock)))
    for path, frames in frames_by_path.items():
        now = resolve(datablock, path)
        if path in found or now is None:
            continue
        row = np.atleast_1d(np.array(now, np.float64))
        if path in active:
            default = blended_from(datablock, path, len(row))
            one = [Channel(path, n, frames, frames) for n in range(len(row))]
            found[path] = curve_values(active[path], one, default)
        else:  # what a layer alone moves was at rest before
            row = at_rest(path, len(row)) if path in layered else row
            found[path] = np.tile(row, (len(frames), 1))
    return found


def held_turns(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    bones: Iterable[str],
    frames: Array,
    partly: Sequence[bpy.types.NlaTrack] = (),
) -> dict[str, Array]:
    """Rotations (K, 4) of bones in their own space as they are without our layers, by name."""
    paths = {name: _turn_path(armature.pose.bones[name]) for name in bones}
    held = held_values(context, armature, dict.fromkeys(paths.values(), frames), partly)
    return {
        name: _as_turns(held[path], armature.pose.bones[name].rotation_mode)
        for name, path in paths.items()
    }


def _turn_path(bone: bpy.types.PoseBone) -> str:
    return bone_path(bone.name, rotation_property(bone))


def _as_turns(values: Array, mode: str) -> Array:
    """(K, 4) from values of a rotation mode; a row that repeats is worked out once."""
    rows, which = np.unique(values, axis=0, return_inverse=True)
    if mode == "QUATERNION":
        turns = [Quaternion(row) for row in rows.tolist()]
    elif mode == "AXIS_ANGLE":
        turns = [Quaternion(row[1:], row[0]) for row in rows.tolist()]
    else:
        turns = [Euler(row, mode).to_quaternion() for row in rows.tolist()]
    return normalise(np.array(turns, np.float64))[which.reshape(-1)]


def undone_by(
    context: bpy.types.Context,
    datablock: bpy.types.ID,
    partly: Sequence[bpy.types.NlaTrack],
    groups: Mapping[str, list[Channel]],
    span: Span,
) -> dict[str, list[Channel]]:
    """Channels of earlier layers that a new one lacks: there all is as held while it lasts."""
    frames = np.arange(span[0], span[1] + 1.0)
    curves = [c for track in partly for strip in track.strips for c in strip_curves(strip)]
    lacking = {c.data_path: c for c in curves if c.data_path not in groups}
    if not lacking:
        return {}
    held = held_values(context, datablock, dict.fromkeys(lacking, frames))
    channels = [
        Channel(path, n, frames, column, _group_of(lacking[path]))
        for path, values in held.items()
        for n, column in enumerate(values.T)
    ]
    return group_channels(channels)


def _group_of(curve: bpy.types.FCurve) -> str:
    return curve.group.name if curve.group is not None else ""
