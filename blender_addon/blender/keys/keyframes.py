"""Writes keys in bulk into a new action.

A key set through ``keyframe_insert`` costs some 20 µs; through ``foreach_set`` well under one.
Key types and handles must be given as uint8: other types are refused or crawl.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from mathutils import Quaternion
from numpy.typing import NDArray

from ...core.errors import InputError
from ...core.maths.rotations import make_continuous
from ...core.wording import linked
from .. import compat

Array = NDArray[np.floating]

MAX_FRAME: Final = 1_048_574
"""Blender's last possible frame."""

_INTERPOLATION: Final = {"CONSTANT": 0, "LINEAR": 1, "BEZIER": 2}


@dataclass(frozen=True, eq=False)
class Channel:
    """The keys of one F-curve.

    Args:
        data_path: RNA path from the datablock, such as ``location``.
        index: which element of an array property.
        frames: (K,) frame numbers, rising.
        values: (K,) in the property's own unit.
        group: name of the channel group, empty for none.
        interpolation: CONSTANT, LINEAR or BEZIER.
        slopes: (K,) of the curve at the keys, per frame, for BEZIER; None leaves the handles to
            Blender.
    """

    data_path: str
    index: int
    frames: Array
    values: Array
    group: str = ""
    interpolation: str = "LINEAR"
    slopes: Array | None = None


def write_action(
    datablock: bpy.types.ID, name: str, channels: Sequence[Channel]
) -> bpy.types.Action:
    """Write channels into a new action and let it animate the datablock.

    The action assigned before keeps its keys; so that saving does not drop it, it is given a fake
    user. On any error the new action is gone and the old assignment is back.

    Args:
        datablock: an object (or any other datablock that can be animated).
        name: of the action; Blender appends a number when it is taken.
        channels: each data path and index once.

    Returns:
        The new action.

    Raises:
        InputError: the datablock cannot be animated now, or a channel's arrays do not fit.
    """
    check_can_be_animated(datablock)
    before = compat.remember_assignment(datablock)
    with _removed_on_error(bpy.data.actions.new(name), datablock, before) as action:
        owner = compat.new_fcurves(action, datablock)
        for channel in channels:
            write_channel(owner, channel)
        compat.assign_action(datablock, action)
    if before.action is not None and before.action.is_editable:
        before.action.use_fake_user = True
    return action


@contextmanager
def _removed_on_error(
    action: bpy.types.Action, datablock: bpy.types.ID, before: compat.Assignment
) -> Iterator[bpy.types.Action]:
    try:
        yield action
    except BaseException:
        compat.restore_assignment(datablock, before)
        bpy.data.actions.remove(action)
        raise


def check_can_be_animated(datablock: bpy.types.ID, name: str = "") -> None:
    """Refuse what is linked, and what is in tweak mode.

    Args:
        datablock: to be animated.
        name: by which the user knows it, if that is another than its own.

    Raises:
        InputError: says what to do.
    """
    data = datablock.animation_data
    if not datablock.is_editable:
        raise InputError(linked(name or datablock.name))
    if data is not None and data.use_tweak_mode:
        raise InputError(
            f"'{name or datablock.name}' is in tweak mode of the NLA editor. "
            "Leave tweak mode (Tab in the NLA editor) first"
        )


def set_pose_markers(action: bpy.types.Action, moments: Iterable[tuple[int, str]]) -> None:
    """Mark moments in an action: frame and name of each."""
    for frame, name in moments:
        action.pose_markers.new(name).frame = frame


def write_channel(owner: object, channel: Channel) -> None:
    """Write one channel's keys into what ``compat.new_fcurves`` gave."""
    coordinates = _interleave(channel)
    curve = compat.new_fcurve(owner, channel.data_path, channel.index, channel.group)
    points, count = curve.keyframe_points, len(channel.frames)
    points.add(count)
    points.foreach_set("co", coordinates)
    kind = _INTERPOLATION[channel.interpolation]
    points.foreach_set("interpolation", np.full(count, kind, np.uint8))
    if channel.slopes is not None:
        _set_handles(points, channel)
    curve.update()  # places the handles, which are auto-clamped from the start


def _set_handles(points: bpy.types.FCurveKeyframePoints, channel: Channel) -> None:
    """Free handles a third of the interval away: the Bézier piece is then a cubic in time."""
    frames, values = channel.frames, channel.values
    gaps = np.diff(frames) if len(frames) > 1 else np.ones(1)
    before, after = np.append(gaps[:1], gaps) / 3.0, np.append(gaps, gaps[-1:]) / 3.0
    count = len(frames)
    for side, step in (("left", -before[:count]), ("right", after[:count])):
        handles = np.empty((count, 2), np.float32)
        handles[:, 0], handles[:, 1] = frames + step, values + step * channel.slopes
        points.foreach_set(f"handle_{side}_type", np.zeros(count, np.uint8))
        points.foreach_set(f"handle_{side}", handles.ravel())


def _interleave(channel: Channel) -> NDArray[np.float32]:
    if channel.frames.shape != channel.values.shape or channel.frames.ndim != 1:
        raise InputError(
            f"{channel.data_path}[{channel.index}]: expected as many values as frames; "
            f"found {channel.values.shape} and {channel.frames.shape}"
        )
    pairs = np.empty((len(channel.frames), 2), np.float32)
    pairs[:, 0], pairs[:, 1] = channel.frames, channel.values
    if not np.isfinite(pairs).all():
        raise InputError(f"{channel.data_path}[{channel.index}]: a key is not a finite number")
    return pairs.ravel()


def group_channels(channels: Sequence[Channel]) -> dict[str, list[Channel]]:
    """Channels by data path, in the order of their index.

    Raises:
        InputError: there are none.
    """
    if not channels:
        raise InputError("there is nothing to write")
    groups: dict[str, list[Channel]] = {}
    for channel in channels:
        groups.setdefault(channel.data_path, []).append(channel)
    return {path: sorted(group, key=lambda each: each.index) for path, group in groups.items()}


def frame_span(channels: Sequence[Channel]) -> tuple[float, float]:
    """First and last frame of all keys."""
    return (
        min(float(channel.frames[0]) for channel in channels),
        max(float(channel.frames[-1]) for channel in channels),
    )


def vector_channels(data_path: str, frames: Array, values: Array, group: str = "") -> list[Channel]:
    """One channel for each column of ``values`` (K, C)."""
    return [Channel(data_path, n, frames, column, group) for n, column in enumerate(values.T)]


def rotation_channels(
    prefix: str, rotation_mode: str, frames: Array, rotations_wxyz: Array, group: str = ""
) -> list[Channel]:
    """Channels for rotations in whichever form the bone or object is animated.

    Args:
        prefix: RNA path of the bone with a dot behind it, or empty for the object itself.
        rotation_mode: Blender's: QUATERNION, AXIS_ANGLE, or an Euler order such as XYZ.
        frames: (K,) frame numbers.
        rotations_wxyz: (K, 4).
        group: name of the channel group.

    Returns:
        Four or three channels, without jumps along time.
    """
    continuous = make_continuous(rotations_wxyz)
    if rotation_mode == "QUATERNION":
        return vector_channels(prefix + "rotation_quaternion", frames, continuous, group)
    if rotation_mode == "AXIS_ANGLE":
        values = quaternions_to_axis_angles(continuous)
        return vector_channels(prefix + "rotation_axis_angle", frames, values, group)
    values = quaternions_to_eulers(continuous, rotation_mode)
    return vector_channels(prefix + "rotation_euler", frames, values, group)


def quaternions_to_eulers(rotations_wxyz: Array, order: str) -> NDArray[np.float32]:
    """Rotations (K, 4) to Euler angles (K, 3) as x, y, z, each close to the one before."""
    angles = np.empty((len(rotations_wxyz), 3), np.float32)
    previous = None
    for n, row in enumerate(rotations_wxyz.tolist()):
        turn = Quaternion(row)
        previous = turn.to_euler(order, previous) if previous else turn.to_euler(order)
        angles[n] = previous
    return angles


def quaternions_to_axis_angles(rotations_wxyz: Array) -> NDArray[np.float32]:
    """Continuous rotations (K, 4) to (K, 4) angle and axis, continuous as well.

    Where nothing turns the axis is undefined; it is then taken from the nearest frame before.
    """
    real, imaginary = rotations_wxyz[:, 0], rotations_wxyz[:, 1:].astype(np.float64)
    size = np.linalg.norm(imaginary, axis=1)
    turning = size > 1e-6
    # A running index of the last frame with an axis; frames before the first borrow that one.
    last = np.maximum.accumulate(np.where(turning, np.arange(len(size)), -1))
    last[last < 0] = np.argmax(turning) if turning.any() else 0
    axes = imaginary / np.maximum(size, 1e-12)[:, None]
    axes = axes[last] if turning.any() else np.tile([0.0, 1.0, 0.0], (len(size), 1))
    # An axis may come out opposite from frame to frame: count the angle the other way round then.
    steps = np.where(np.sum(axes[1:] * axes[:-1], axis=1) < 0, -1.0, 1.0)
    signs = np.concatenate(([1.0], np.cumprod(steps)))
    angles = np.unwrap(2.0 * np.arctan2(signs * size, real))
    return np.column_stack((angles, axes * signs[:, None])).astype(np.float32)
