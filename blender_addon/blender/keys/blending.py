"""Lets keys grow out of the pose that is there, and end in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ..paths import bone_path
from ..timeline import playhead_kept, scene_frame, show_frame
from ..unkeyed import playhead_of
from .keyframes import Channel, frame_span, group_channels

Array = NDArray[np.float64]


def blend_into_pose(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    channels: Sequence[Channel],
    blend_in_frames: float,
    blend_out_frames: float,
    *,
    except_bones: Iterable[str] = (),
) -> list[Channel]:
    """Blend the ends of a new action with what the armature shows there now.

    Args:
        context: whose scene's time it is.
        armature: that the action is for; its object's own properties are not blended.
        channels: on every frame; those with a single key stay as they are.
        blend_in_frames, blend_out_frames: how long; 0 for not at all. There is a pose to end in
            only where an action animates the armature.
        except_bones: names of bones that keep their own motion, such as what carries a character
            from place to place.
    """
    if max(blend_in_frames, blend_out_frames) <= 0:
        return list(channels)
    left_out = tuple(bone_path(name) for name in except_bones)
    paths = {c.data_path for c in channels if len(c.frames) > 1 and c.data_path.startswith("pose.")}
    paths = {path for path in paths if not path.startswith(left_out)}
    first, last = frame_span(channels)
    before = values_at(context, armature, paths, first)
    animated = armature.animation_data is not None and armature.animation_data.action is not None
    after = values_at(context, armature, paths, last) if animated else {}
    return blend_ends(channels, before, after, blend_in_frames, blend_out_frames)


def values_at(
    context: bpy.types.Context, datablock: bpy.types.ID, paths: Iterable[str], frame: float
) -> dict[str, Array]:
    """Values of properties as they are animated now on a frame; the playhead stays."""
    scene = context.scene
    with playhead_kept(scene):
        if scene_frame(scene, frame) != playhead_of(scene):
            show_frame(scene, frame)
        return {path: np.array(datablock.path_resolve(path), np.float64) for path in paths}


def blend_ends(
    channels: Sequence[Channel],
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    blend_in_frames: float,
    blend_out_frames: float,
) -> list[Channel]:
    """Let keys grow out of one pose and end in another.

    Args:
        channels: on every frame; those with a single key stay as they are.
        before, after: values of properties by data path, at the first and the last frame; what is
            not in them is not blended.
        blend_in_frames, blend_out_frames: how long; 0 for not at all.
    """
    blended: list[Channel] = []
    for path, group in group_channels(channels).items():
        frames = group[0].frames
        values = np.stack([channel.values for channel in group], axis=1).astype(np.float64)
        for pose, length, distance in (
            (before.get(path), blend_in_frames, frames - frames[0]),
            (after.get(path), blend_out_frames, frames[-1] - frames),
        ):
            if pose is not None and length > 0 and len(frames) > 1:
                values = _mixed(path, values, pose, _ease(distance / length))
        blended += [replace(c, values=values[:, n]) for n, c in enumerate(group)]
    return blended


def _ease(share: Array) -> Array:
    """0 at the end, 1 from ``share`` 1 on, without a jolt at either."""
    t = np.clip(share, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def _mixed(path: str, values: Array, pose: Array, weight: Array) -> Array:
    w = weight[:, None]
    if path.endswith("rotation_quaternion"):
        near = np.where((values @ pose)[:, None] < 0, -pose, pose)
        mixed = w * values + (1.0 - w) * near
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))
    if path.endswith("rotation_euler"):
        pose = values - (values - pose + np.pi) % (2.0 * np.pi) + np.pi
    return np.asarray(w * values + (1.0 - w) * pose)
