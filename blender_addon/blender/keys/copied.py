"""A copy of an action in which some channels go elsewhere for a while; all else is as it was.

Outside the frames that change every curve keeps its keys, handles and all. The keys next to them
keep where their curve comes from and goes to; between them and the changed frames every whole
frame has a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import compat
from .fingerprint import MARKS
from .keyframes import Channel, group_channels, write_channel
from .layer_values import active_curves
from .sampled import compatible_eulers
from .undo import Undo

Array = NDArray[np.float64]

_FIELDS: Final = (
    ("co", 2, np.float32), ("handle_left", 2, np.float32), ("handle_right", 2, np.float32),
    ("interpolation", 1, np.uint8), ("easing", 1, np.uint8), ("type", 1, np.uint8),
    ("handle_left_type", 1, np.uint8), ("handle_right_type", 1, np.uint8),
    ("back", 1, np.float32), ("amplitude", 1, np.float32), ("period", 1, np.float32),
)  # fmt: skip
_FAR_SIDE: Final = (
    "handle_right",
    "interpolation",
    "easing",
    "type",
    "back",
    "amplitude",
    "period",
)
_LINEAR: Final = 1
_FREE: Final = 0
_SAME: Final = 1e-3


def can_be_copied(datablock: bpy.types.ID, paths: Sequence[str]) -> bool:
    """Whether the active action alone says what is seen of these channels."""
    data = datablock.animation_data
    if data is None or data.action is None:
        return False
    tracks = data.nla_tracks if data.use_nla else ()
    if any(not track.mute and any(not strip.mute for strip in track.strips) for track in tracks):
        return False
    active = active_curves(datablock)
    curves = [curve for path in paths for curve in active.get(path, {}).values()]
    return not any(len(curve.modifiers) for curve in curves)


def copied_with(
    datablock: bpy.types.ID, name: str, channels: Sequence[Channel], undo: Undo
) -> bpy.types.Action:
    """A copy of the active action with other values on some frames; it is assigned.

    Args:
        datablock: whose active action is copied.
        name: of the copy.
        channels: on whole frames; beyond their ends the curves are as they were.
        undo: where taking it back is registered.
    """
    before = compat.remember_assignment(datablock)
    handles = _near_what_is_there(datablock, channels)
    action = before.action.copy()
    undo.callback(bpy.data.actions.remove, action)
    action.name = name
    action.use_fake_user = False
    for key in [key for key in action.keys() if key.startswith(MARKS)]:  # noqa: SIM118
        del action[key]
    if action.asset_data is not None:
        action.asset_clear()
    _drop_other_slots(action, before.slot_handle)
    undo.callback(compat.restore_assignment, datablock, before)
    compat.assign_action(datablock, action)
    curves = active_curves(datablock)
    for channel in handles:
        curve = curves.get(channel.data_path, {}).get(channel.index)
        if curve is None:
            write_channel(_owner(action, datablock), channel)
        else:
            _rewrite(curve, channel)
    return action


def _drop_other_slots(action: bpy.types.Action, handle: int | None) -> None:
    """A copy is of one rig's motion; the others keep theirs in the original."""
    if compat.HAS_SLOTS and handle is not None:
        for slot in [each for each in action.slots if each.handle != handle]:
            action.slots.remove(slot)


def _owner(action: bpy.types.Action, datablock: bpy.types.ID) -> Any:
    if not compat.HAS_SLOTS:
        return action
    handle = datablock.animation_data.action_slot_handle
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    found = next((bag for bag in bags if bag.slot_handle == handle), None)
    if found is not None:
        return found
    slot = next(slot for slot in action.slots if slot.handle == handle)
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def _near_what_is_there(datablock: bpy.types.ID, channels: Sequence[Channel]) -> list[Channel]:
    """Channels whose rotations are in the numbers nearest to those of the curves."""
    active = active_curves(datablock)
    found: list[Channel] = []
    for path, group in group_channels(channels).items():
        curves = active.get(path, {})
        values = np.stack([np.asarray(each.values, np.float64) for each in group], axis=1)
        if len(curves) == len(group):
            frames = group[0].frames.tolist()
            now = np.array([[curves[c.index].evaluate(f) for c in group] for f in frames])
            values = _nearest(datablock, path, values, now)
        found += [
            Channel(each.data_path, each.index, each.frames, column, each.group)
            for each, column in zip(group, values.T, strict=True)
        ]
    return found


def _nearest(datablock: bpy.types.ID, path: str, values: Array, now: Array) -> Array:
    if path.endswith("rotation_quaternion"):
        size = np.linalg.norm(now, axis=1, keepdims=True)
        return np.where(np.sum(values * now, axis=1, keepdims=True) < 0, -values, values) * size
    if path.endswith("rotation_euler"):
        return compatible_eulers(datablock, path, values, now)
    return values


def _rewrite(curve: bpy.types.FCurve, channel: Channel) -> None:
    """Let a curve take other values on the channel's frames."""
    keys = _read(curve)
    at, first, last = keys["co"][:, 0], float(channel.frames[0]), float(channel.frames[-1])
    before = int(np.searchsorted(at, first + _SAME)) - 1  # the last key up to the first frame
    after = int(np.searchsorted(at, last - _SAME))  # the first key from the last frame on
    low = first if before < 0 else float(at[before])
    high = last if after >= len(at) else float(at[after])
    whole = np.arange(np.ceil(low), np.floor(high) + 1.0)
    whole = whole[(whole > low + _SAME) & (whole < high - _SAME)]
    frames = np.union1d(whole, channel.frames)
    values = np.interp(frames, channel.frames, channel.values)
    for n in np.flatnonzero((frames < first) | (frames > last)).tolist():
        values[n] = curve.evaluate(frames[n])
    _write(curve, _joined(keys, before, after, frames, values))


def _read(curve: bpy.types.FCurve) -> dict[str, Array]:
    found = {}
    for name, width, kind in _FIELDS:
        values = np.empty(width * len(curve.keyframe_points), kind)
        curve.keyframe_points.foreach_get(name, values)
        found[name] = values.reshape(-1, width)
    return found


def _joined(
    keys: Mapping[str, Array], before: int, after: int, frames: Array, values: Array
) -> dict[str, Array]:
    """All keys: those up to the one before, one on each frame between, and those after.

    A key on the first or last frame is replaced, and lends the new one its far side.
    """
    at = keys["co"][:, 0]
    begins = before >= 0 and abs(at[before] - frames[0]) < _SAME
    ends = after < len(at) and abs(at[after] - frames[-1]) < _SAME
    new = _linear_keys(keys, frames, values)
    if begins:
        for name in ("handle_left", "type"):
            new[name][0] = keys[name][before]
    if ends:
        for name in _FAR_SIDE:
            new[name][-1] = keys[name][after]
    low, high = before + (not begins), after + ends
    found = {name: np.vstack((each[:low], new[name], each[high:])) for name, each in keys.items()}
    if low > 0 and not begins:
        found["handle_left_type"][low - 1] = found["handle_right_type"][low - 1] = _FREE
        found["interpolation"][low - 1] = _LINEAR
    if high < len(at) and not ends:
        place = low + len(frames)
        found["handle_left_type"][place] = found["handle_right_type"][place] = _FREE
    return found


def _linear_keys(keys: Mapping[str, Array], frames: Array, values: Array) -> dict[str, Array]:
    """New keys, with handles along the curve, in every field."""
    count = len(frames)
    found = {name: np.zeros((count, each.shape[1]), each.dtype) for name, each in keys.items()}
    found["co"][:, 0], found["co"][:, 1] = frames, values
    slopes = np.gradient(values, frames) if count > 1 else np.zeros(count)
    for name, way in (("handle_left", -1.0 / 3.0), ("handle_right", 1.0 / 3.0)):
        found[name][:, 0], found[name][:, 1] = frames + way, values + way * slopes
    found["interpolation"][:] = _LINEAR
    found["handle_left_type"][:] = found["handle_right_type"][:] = _FREE
    return found


def _write(curve: bpy.types.FCurve, keys: Mapping[str, Array]) -> None:
    points = curve.keyframe_points
    points.clear()
    points.add(len(keys["co"]))
    for name, _, kind in _FIELDS:
        points.foreach_set(name, np.ascontiguousarray(keys[name], kind).ravel())
    curve.update()
