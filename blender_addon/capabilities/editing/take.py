"""A stretch of a character's motion: as its rig shows it, and on the common skeleton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import BLENDER_TO_CORE
from ...blender.rig.posed import PosedBones, posed_clip, read_poses
from ...blender.rig.skeleton import RigSkeleton
from ...blender.rig.whole_body import WholeBody, bones_to_look_at, find_whole_body
from ...blender.timeline import animation_rate_of
from ...core.errors import ClipError
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.motion.kinematics import forward_kinematics
from ...core.retarget.clip import retarget_clip
from ...core.retarget.difference import leg_ratio
from ...core.retarget.ends import with_ends

Array = NDArray[np.float64]

_ON_THE_GROUND: Final = 0.05
"""Of the character's size: feet this near height 0 stand on it."""


@dataclass(frozen=True, eq=False)
class Take:
    """What a character does over K whole frames; holds no Blender data.

    Args:
        rig: whose it is.
        body: what of it gets keys.
        frames: (K,) frames of animation.
        posed: its bones, as they are seen.
        base: K frames of the rig's own skeleton, in the world.
        common: the same on the common skeleton, near the origin, at its size.
        origin: (3,) where in the world, core axes, metres, the common skeleton's origin lies.
        source: name of the action or strip that was read alone; empty for all that plays.
    """

    rig: RigSkeleton
    body: WholeBody
    frames: Array
    posed: PosedBones
    base: MotionClip
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
) -> Take:
    """Look at what a character does on frames; nothing of it is changed.

    Args:
        context: whose scene.
        armature: the object.
        rig: what was read of it.
        frames: (K,) of animation.
        source: name of what is played alone just now.

    Raises:
        ClipError: a bone has a pose that is no number.
    """
    body = find_whole_body(context, armature, rig, frames)
    posed = read_poses(context, armature, bones_to_look_at(armature, rig, body), frames)
    _check_finite(armature, posed, frames)
    base = posed_clip(rig, posed, animation_rate_of(context.scene), trunk_as_shown=True)
    base = with_ends(base, rig.joint_map, shown_ends(rig, posed))
    origin = origin_of(rig, base)
    return Take(rig, body, frames, posed, base, likeness(rig, base, origin), origin, source)


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
