"""What acts on a datablock, and what a layer must hold so that the whole is as desired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Euler
from numpy.typing import NDArray

from ...core.maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from .. import compat
from ..rig.evaluation import evaluated_apart
from .keyframes import Channel

Array = NDArray[np.floating]

LAYER_MARK: Final = "neural_motion_layer"
"""Custom property of a layer's action: which capability wrote it."""
REST: Final = "rest"

_BLENDED_FROM: Final = {
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 0.0, 0.0),
}
"""What Combine starts from where that is not the property's default value."""


def capability_of(track: bpy.types.NlaTrack) -> str:
    actions = [strip.action for strip in track.strips if strip.action is not None]
    return str(actions[0].get(LAYER_MARK, "")) if actions else ""


def label_of(datablock: bpy.types.ID) -> str:
    """A name that the user knows: shape keys are known by their mesh's object."""
    known = owners(datablock)
    return known[0].name if known else datablock.name


def strip_curves(strip: bpy.types.NlaStrip) -> list[Any]:
    """F-curves that a strip plays; of a meta strip, those of all within."""
    return [
        curve
        for each in playing_strips([strip])
        for curve in compat.action_fcurves(each.action, compat.strip_slot_handle(each))
    ]


def playing_strips(strips: Iterable[bpy.types.NlaStrip]) -> Iterator[bpy.types.NlaStrip]:
    """Strips that play an action, those within meta strips too."""
    for strip in strips:
        if strip.mute:
            continue
        if strip.action is not None:
            yield strip
        yield from playing_strips(strip.strips)


def track_paths(track: bpy.types.NlaTrack) -> set[str]:
    return {curve.data_path for strip in track.strips for curve in strip_curves(strip)}


def lower_tracks(datablock: bpy.types.ID) -> list[bpy.types.NlaTrack]:
    """Tracks that act on the datablock: the user's own, and Rest. Other layers just add up."""
    data = datablock.animation_data
    tracks = data.nla_tracks if data is not None else ()
    return [t for t in tracks if not t.mute and capability_of(t) in ("", REST)]


def active_curves(datablock: bpy.types.ID) -> dict[str, dict[int, bpy.types.FCurve]]:
    """F-curves of the active action by data path and index."""
    found: dict[str, dict[int, bpy.types.FCurve]] = {}
    for curve in compat.fcurves_of(datablock):
        if not curve.mute and not (curve.group is not None and curve.group.mute):
            found.setdefault(curve.data_path, {})[curve.array_index] = curve
    return found


def blended_from(datablock: bpy.types.ID, path: str, count: int) -> Array:
    """(C,) values that Combine starts from; of a shape key that is 1 in Blender 5.0, else 0."""
    if path.endswith('"]'):  # a custom property
        return np.zeros(count)
    owner_path, _, name = path.rpartition(".")
    if name in _BLENDED_FROM:
        return np.array(_BLENDED_FROM[name])
    owner = datablock.path_resolve(owner_path) if owner_path else datablock
    known = owner.bl_rna.properties.get(name)
    if known is None:
        return np.zeros(count)
    return np.array(known.default_array if known.is_array else [known.default], np.float64)


def relative_channels(
    context: bpy.types.Context,
    datablock: bpy.types.ID,
    groups: Mapping[str, list[Channel]],
    partly: Sequence[bpy.types.NlaTrack] = (),
) -> list[Channel]:
    """Channels whose values, blended with what is there, give the values desired.

    Args:
        context: whose scene's time it is.
        datablock: what is animated.
        groups: channels with the values desired, by data path.
        partly: earlier layers that go on playing beneath.
    """
    active = active_curves(datablock)
    frames = {path: group[0].frames for path, group in groups.items()}
    before = values_before(context, datablock, frames, set(active), partly)
    relative = []
    for path, group in groups.items():
        frames = group[0].frames
        desired = np.stack([np.asarray(each.values, np.float64) for each in group], axis=-1)
        default = blended_from(datablock, path, len(group))[[each.index for each in group]]
        over = curve_values(active[path], group, default) if path in active else None
        under = before.get(path)
        if under is not None:
            under = under[:, [each.index for each in group]]
        values = _solve(datablock, path, desired, under, over, default)
        relative += [
            replace(each, frames=frames, values=column)
            for each, column in zip(group, values.T, strict=True)
        ]
    return relative


def values_before(
    context: bpy.types.Context,
    datablock: bpy.types.ID,
    frames_by_path: Mapping[str, Array],
    active_paths: set[str],
    partly: Sequence[bpy.types.NlaTrack] = (),
) -> dict[str, Array]:
    """(K, C) values without the layer, of channels that lower tracks move; Rest never changes."""
    tracks = [*lower_tracks(datablock), *partly]
    beneath = set().union(*map(track_paths, tracks)) & set(frames_by_path)
    moving = active_paths.union(*(track_paths(t) for t in tracks if capability_of(t) != REST))
    chosen = {path: frames_by_path[path] for path in beneath & moving}
    values = _evaluate(context, datablock, chosen, partly)
    held: dict[str, dict[int, float]] = {}
    for track in tracks:  # the upper one replaces what the lower one holds
        for each in rest_channels(track) if capability_of(track) == REST else ():
            held.setdefault(each.data_path, {})[each.index] = float(each.values[0])
    for path in beneath - moving:
        row = [value for _, value in sorted(held[path].items())]
        values[path] = np.tile(row, (len(frames_by_path[path]), 1))
    return values


def curve_values(
    curves: Mapping[int, bpy.types.FCurve], group: Sequence[Channel], default: Array
) -> Array:
    """(K, C) values of the active action."""
    frames = group[0].frames.tolist()
    columns = []
    for each, rest in zip(group, default, strict=True):
        curve = curves.get(each.index)
        columns.append([curve.evaluate(f) if curve is not None else rest for f in frames])
    return np.array(columns, np.float64).T


def _evaluate(
    context: bpy.types.Context,
    datablock: bpy.types.ID,
    frames_by_path: Mapping[str, Array],
    partly: Sequence[bpy.types.NlaTrack],
) -> dict[str, Array]:
    """(K, C) values of channels as everything beneath the layer and above it leaves them."""
    if not frames_by_path:
        return {}
    frames = np.unique(np.concatenate([*frames_by_path.values()]))
    rows: dict[str, list[Any]] = {path: [] for path in frames_by_path}
    muted = other_layers_muted(datablock, partly)
    with muted, evaluated_apart(context, owners(datablock)) as set_frame:
        for frame in frames.tolist():
            evaluated = datablock.evaluated_get(set_frame(frame))
            for path, values in rows.items():
                values.append(np.array(evaluated.path_resolve(path), np.float64))
    return {
        path: np.array(rows[path]).reshape(len(frames), -1)[np.searchsorted(frames, desired)]
        for path, desired in frames_by_path.items()
    }


def rest_channels(track: bpy.types.NlaTrack) -> list[Channel]:
    """What a Rest track holds."""
    curves = [curve for strip in track.strips for curve in strip_curves(strip)]
    keys = [(curve, curve.keyframe_points[0].co) for curve in curves]
    return [
        Channel(curve.data_path, curve.array_index, np.array([key[0]]), np.array([key[1]]))
        for curve, key in keys
    ]


def other_layers(datablock: bpy.types.ID) -> list[bpy.types.NlaTrack]:
    """Layers of ours that act on the datablock, of whichever capability."""
    data = datablock.animation_data
    tracks = data.nla_tracks if data is not None else ()
    return [t for t in tracks if not t.mute and capability_of(t) not in ("", REST)]


@contextmanager
def other_layers_muted(
    datablock: bpy.types.ID, but: Sequence[bpy.types.NlaTrack] = ()
) -> Iterator[None]:
    """Layers of several capabilities add up, so that each can be muted whatever the others do."""
    others = [track for track in other_layers(datablock) if track not in but]
    try:
        for track in others:
            track.mute = True
        yield
    finally:
        for track in others:
            track.mute = False


def owners(datablock: bpy.types.ID) -> list[bpy.types.Object]:
    """Objects whose evaluation evaluates the datablock."""
    if isinstance(datablock, bpy.types.Object):
        return [datablock]
    return [o for o in bpy.data.objects if getattr(o.data, "shape_keys", None) == datablock][:1]


def _solve(
    datablock: bpy.types.ID,
    path: str,
    desired: Array,
    before: Array | None,
    over: Array | None,
    default: Array,
) -> Array:
    """What the layer must hold (K, C).

    Args:
        desired: (K, C) the result.
        before: (K, C) what lower tracks and active action give together; None without lower ones.
        over: (K, C) the active action alone; None where it keys nothing of this.
        default: (C,) value at rest.
    """
    if path.endswith("rotation_quaternion"):
        return _solve_rotation(desired, before, over)
    if path.endswith("rotation_euler"):
        near = before if before is not None else over
        desired = desired if near is None else _compatible(datablock, path, desired, near)
    if before is not None:
        return default + desired - before
    return desired if over is None else default + desired - over


def _solve_rotation(desired: Array, before: Array | None, over: Array | None) -> Array:
    """evaluated = lower · layer · active, so layer = lower⁻¹ · desired · active⁻¹."""
    values = normalise(desired)
    above = None if over is None else quaternion_conjugate(normalise(over))
    if before is not None:
        lower = normalise(before)
        if above is not None:
            lower = quaternion_multiply(lower, above)
        values = quaternion_multiply(quaternion_conjugate(lower), values)
    if above is not None:
        values = quaternion_multiply(values, above)
    # Blending takes the angle from the real part: beyond a half turn it would go the long way.
    values = make_continuous(values)
    return values if values[0, 0] >= 0 else -values


def _compatible(datablock: bpy.types.ID, path: str, desired: Array, near: Array) -> Array:
    """The same rotations by angles close to those that are there, so that differences are small."""
    owner = datablock.path_resolve(path.rpartition(".")[0]) if "." in path else datablock
    if desired.shape[1] != 3:
        return desired
    angles = np.empty_like(desired)
    for n, (row, close) in enumerate(zip(desired.tolist(), near.tolist(), strict=True)):
        euler = Euler(row, owner.rotation_mode)
        euler.make_compatible(Euler(close, owner.rotation_mode))
        angles[n] = euler
    return angles
