"""Lets somebody do what a clip shows, wherever the clip was recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.pose import GroundTrack, RootMotion, clip_channels
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.feet import leg_length

from .people import Cast

Array = NDArray[np.float64]
FIRST_FRAME: Final = 1


def act(cast: Cast, clip: MotionClip, place_m: tuple[float, float] = (0.0, 0.0)) -> int:
    """Write keys from frame 1 on that let somebody do what a clip shows.

    Args:
        cast: who.
        clip: on the common skeleton, in the world, feet on the ground, at the scene's rate.
        place_m: where the first frame's hips are to be over the ground, Blender's x and y.

    Returns:
        How many frames there are.
    """
    rig = cast.rig
    names = {name: n for n, name in enumerate(COMMON_SKELETON.names)}
    joints = {joint: rig.skeleton.index(bone) for bone, joint in rig.joint_map.items()}
    scale = leg_length(rig.skeleton, joints) / leg_length(COMMON_SKELETON, names)
    fitted = retarget_clip(
        clip, rig.skeleton.scaled(1.0 / scale), rig.joint_map, terrain=FlatTerrain(0.0)
    )
    roots = np.float32(scale) * fitted.root_positions
    there = np.array([place_m[0], 0.0, -place_m[1]], np.float32)
    roots = roots - roots[0] * np.array([1, 0, 1], np.float32) + there
    fitted = MotionClip(
        rig.skeleton, fitted.frame_rate_hz, roots, make_continuous(fitted.rotations_wxyz)
    )
    frames = FIRST_FRAME + np.arange(fitted.frame_count, dtype=np.float64)
    still = GroundTrack(np.zeros((fitted.frame_count, 3)), np.zeros(fitted.frame_count))
    channels = clip_channels(cast.armature, rig, fitted, still, RootMotion.BONE, frames)
    write_action(cast.armature, f"{cast.armature.name} Filmed", channels)
    return fitted.frame_count


def stretch(clip: MotionClip, start_s: float, count: int, rate_hz: float) -> MotionClip:
    """So many frames of a clip from some time on, at a rate; fewer where it ends before.

    Args:
        clip: any.
        start_s: from its beginning.
        count: of frames desired.
        rate_hz: desired.
    """
    whole = resample_clip(clip, rate_hz)
    first = min(round(start_s * rate_hz), whole.frame_count - 1)
    part = slice(first, first + count)
    contacts = None if whole.contacts is None else whole.contacts[part]
    return replace(
        whole,
        root_positions=whole.root_positions[part],
        rotations_wxyz=whole.rotations_wxyz[part],
        contacts=contacts,
    )


def turned(clip: MotionClip, heading_rad: float) -> MotionClip:
    """A clip turned about the vertical."""
    turn = heading_to_quaternion(heading_rad).astype(np.float32)
    turns = clip.rotations_wxyz.copy()
    turns[:, 0] = quaternion_multiply(turn, turns[:, 0])
    return replace(
        clip, root_positions=quaternion_rotate(turn, clip.root_positions), rotations_wxyz=turns
    )


def show(context: bpy.types.Context, frame: int) -> bpy.types.Depsgraph:
    """Go to a frame; what is evaluated there."""
    context.scene.frame_set(frame)
    return context.evaluated_depsgraph_get()
