"""A stretch of a character's motion: as its rig shows it, and on the common skeleton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.conventions import Ints
from ...core.errors import ClipError
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.motion.kinematics import forward_kinematics
from ...core.retarget.clip import retarget_clip
from ...core.retarget.difference import leg_ratio
from ...core.retarget.ends import with_ends
from ..axes import BLENDER_TO_CORE
from ..keys.held import held_turns, held_values
from ..keys.keyframes import Channel, group_channels
from ..keys.layer_values import other_layers, track_paths
from ..keys.sampled import compatible_eulers, evaluated_values
from ..paths import bone_of_path
from ..timeline import animation_rate_of
from .posed import PosedBones, posed_clip, read_poses
from .skeleton import RigSkeleton
from .whole_body import WholeBody, bones_to_look_at, find_whole_body, whole_body_channels

Array = NDArray[np.float64]

LONG_FRAMES = 20_000
"""Of a longer take the rig's own motion is not kept, but looked at again in parts this long."""
_AROUND_S: Final = 1.0
_ON_THE_GROUND: Final = 0.05
"""Of the character's size: feet this near height 0 stand on it."""


@dataclass(frozen=True, eq=False)
class Take:
    """What a character does over K whole frames; holds no Blender data.

    Args:
        rig: whose it is.
        body: what of it gets keys.
        frames: (K,) frames of animation.
        posed: its bones, as they are seen; None of a long take, whose parts are looked at again.
        base: K frames of the rig's own skeleton, in the world; likewise.
        common: the same on the common skeleton, near the origin, at its size.
        origin: (3,) where in the world, core axes, metres, the common skeleton's origin lies.
        source: name of the action or strip that was read alone; empty for all that plays.
    """

    rig: RigSkeleton
    body: WholeBody
    frames: Array
    posed: PosedBones | None
    base: MotionClip | None
    common: MotionClip
    origin: Array
    source: str = ""

    @property
    def first(self) -> int:
        """First frame."""
        return int(self.frames[0])

    @property
    def last(self) -> int:
        """Last frame."""
        return int(self.frames[-1])

    @property
    def ratio(self) -> float:
        """Length of the rig's legs over the common skeleton's."""
        return ratio_of(self.rig)


def ratio_of(rig: RigSkeleton) -> float:
    """Length of a rig's legs over the common skeleton's."""
    return leg_ratio(COMMON_SKELETON, rig.skeleton, rig.joint_map)


def read_take(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    frames: Array,
    source: str = "",
    *,
    whole: bool = False,
) -> Take:
    """Look at what a character does on frames; nothing of it is changed.

    Args:
        context: whose scene.
        armature: the object.
        rig: what was read of it.
        frames: (K,) of animation.
        source: name of what is played alone just now.
        whole: the rig's own motion is kept however long it is.

    Raises:
        ClipError: a bone has a pose that is no number.
    """
    body = find_whole_body(context, armature, rig, frames)
    if len(frames) > LONG_FRAMES and not whole:
        return _read_long(context, armature, rig, body, frames, source)
    posed, base = look_at(context, armature, rig, body, frames)
    origin = origin_of(rig, base)
    return Take(rig, body, frames, posed, base, likeness(rig, base, origin), origin, source)


def look_at(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    body: WholeBody,
    frames: Array,
) -> tuple[PosedBones, MotionClip]:
    """A rig's bones on frames, and what it does as a clip of its own skeleton.

    Raises:
        ClipError: a bone has a pose that is no number.
    """
    posed = read_poses(context, armature, bones_to_look_at(armature, rig, body), frames)
    _check_finite(armature, posed, frames)
    base = posed_clip(rig, posed, animation_rate_of(context.scene), trunk_as_shown=True)
    return posed, with_ends(base, rig.joint_map, shown_ends(rig, posed))


def _read_long(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    body: WholeBody,
    frames: Array,
    source: str,
) -> Take:
    """A take of which only the common skeleton's motion is kept: hours of it fit in memory."""
    parts: list[MotionClip] = []
    origin: Array | None = None
    for start, stop, low, high in pieces(len(frames), animation_rate_of(context.scene)):
        _, base = look_at(context, armature, rig, body, frames[low:high])
        if origin is None:
            origin = origin_of(rig, base)
        parts.append(part_of(likeness(rig, base, origin), np.arange(start - low, stop - low)))
    common = MotionClip(
        COMMON_SKELETON,
        parts[0].frame_rate_hz,
        np.concatenate([each.root_positions for each in parts]),
        np.concatenate([each.rotations_wxyz for each in parts]),
    )
    return Take(rig, body, frames, None, None, common, np.asarray(origin), source)


def pieces(count: int, rate: float) -> Iterator[tuple[int, int, int, int]]:
    """First and last index of each part of a long take, and of what is looked at around it."""
    around = int(np.ceil(_AROUND_S * rate))
    for start in range(0, count, LONG_FRAMES):
        stop = min(start + LONG_FRAMES, count)
        yield start, stop, max(start - around, 0), min(stop + around, count)


def part_of(clip: MotionClip, where: Ints) -> MotionClip:
    """Some frames of a clip."""
    return MotionClip(
        clip.skeleton, clip.frame_rate_hz, clip.root_positions[where], clip.rotations_wxyz[where]
    )


def shown_ends(rig: RigSkeleton, posed: PosedBones) -> dict[str, Array]:
    """(K, 3) where hands and feet are seen, in the world, core axes, metres, by their bones."""
    found = {}
    for bone, common in rig.joint_map.items():
        if common.endswith(("Hand", "Foot")):
            heads = np.einsum("tij,tj->ti", posed.worlds, posed.pose(bone)[:, :, 3])
            found[bone] = rig.unit_m * heads[:, :3] @ BLENDER_TO_CORE.T
    return found


def _check_finite(armature: bpy.types.Object, posed: PosedBones, frames: Array) -> None:
    bad = ~np.isfinite(posed.poses).all(axis=(2, 3))
    if not bad.any():
        return
    when, which = (int(each[0]) for each in np.nonzero(bad))
    raise ClipError(
        f"the pose of the bone '{posed.names[which]}' of '{armature.name}' is no number on frame "
        f"{frames[when]:g}. Look for a key, driver or constraint there that divides by zero, and "
        "correct it"
    )


def likeness(rig: RigSkeleton, base: MotionClip, origin: Array) -> MotionClip:
    """A rig's motion on the common skeleton.

    Args:
        rig: whose it is.
        base: T frames of the rig's own skeleton, in the world.
        origin: (3,) what becomes the origin.
    """
    roots = (base.root_positions - origin).astype(np.float32)
    near = MotionClip(base.skeleton, base.frame_rate_hz, roots, base.rotations_wxyz)
    bones = {common: bone for bone, common in rig.joint_map.items()}
    return retarget_clip(near, COMMON_SKELETON, bones)


def origin_of(rig: RigSkeleton, base: MotionClip) -> Array:
    """(3,) the ground below where a character begins."""
    places, _ = forward_kinematics(base.skeleton, base.root_positions, base.rotations_wxyz)
    rest = rig.skeleton.rest_positions()
    size = float(np.ptp(rest[:, 1]))
    feet = [rig.skeleton.index(bone) for bone, common in rig.joint_map.items()
            if common in ("LeftFoot", "RightFoot")]  # fmt: skip
    heights = np.min(places[:, feet, 1] - (rest[feet, 1] - rig.floor_m), axis=1)
    floor = float(np.percentile(heights, 5))
    first = base.root_positions[0]
    level = 0.0 if abs(floor) < _ON_THE_GROUND * size else floor
    return np.array([first[0], level, first[2]], np.float64)


def channels_to(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    take: Take,
    desired: MotionClip,
    where: Ints,
    partly: Sequence[bpy.types.NlaTrack] | None = None,
    *,
    every: bool = False,
) -> list[Channel]:
    """Channels that take a rig from what it does to something else.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        take: what it does.
        desired: T frames of the rig's skeleton.
        where: indices of the frames that get keys.
        partly: layers that the keys will lie over; None where no layer shall lie beneath.
        every: bones that do not change as well.
    """
    frames = take.frames[where]
    layered = [] if partly is None else _layered(armature, take.body.keyed, partly)
    bones = armature.pose.bones
    held = [name for name in layered if bones[name].rotation_mode == "QUATERNION"]
    turns = held_turns(context, armature, held, frames, partly or ()) if held else {}
    base, then = (part_of(clip, where) for clip in (take.base, desired))
    channels = whole_body_channels(
        armature, take.rig, take.body, take.posed.at(where), base, then, frames, turns,
        every=every,
    )  # fmt: skip
    return (
        _beneath_others(context, armature, channels, layered, partly or ()) if layered else channels
    )


def _beneath_others(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    channels: Sequence[Channel],
    layered: Sequence[str],
    partly: Sequence[bpy.types.NlaTrack],
) -> list[Channel]:
    """Channels whose numbers other layers add to, less what those add.

    Quaternions are multiplied instead, and go by what their bones hold already.
    """
    found: list[Channel] = []
    for path, group in group_channels(channels).items():
        if bone_of_path(path) not in layered or path.endswith("rotation_quaternion"):
            found += group
            continue
        frames = group[0].frames
        seen = evaluated_values(context, armature, [path], frames)[path]
        own = held_values(context, armature, {path: frames}, partly)[path]
        values = np.stack([each.values for each in group], axis=1).astype(np.float64)
        if path.endswith("rotation_euler"):
            values = compatible_eulers(armature, path, values, seen)
        values += own - seen
        found += [replace(each, values=values[:, n]) for n, each in enumerate(group)]
    return found


def _layered(
    armature: bpy.types.Object, names: Sequence[str], partly: Sequence[bpy.types.NlaTrack]
) -> list[str]:
    """Bones that layers move to which the new one is merely added."""
    others = [track for track in other_layers(armature) if track not in partly]
    moved = {bone_of_path(path) for track in others for path in track_paths(track)}
    return [name for name in names if name in moved]
