"""Characters that walk, to be given weight."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.pose import GroundTrack, RootMotion, clip_channels
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.control_map import DEFAULT_LIMB_MODES
from tests.shared.blender.builders import make_rig

X, Z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


def swaying(frames: int = 30, rate: float = 30.0) -> MotionClip:
    """Somebody who stands with slightly bent knees, and swings the arms."""
    times = np.arange(frames) / rate
    roots = np.tile([0.0, HIPS_REST_HEIGHT_M - 0.01, 0.0], (frames, 1))
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    bend = np.arccos(1.0 - 0.01 / 0.82)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        for joint, angle in (("UpLeg", -bend), ("Leg", 2.0 * bend), ("Foot", -bend)):
            turns[:, _joint(side + joint)] = axis_angle_to_quaternion(X, np.full(frames, angle))
        swing = -sign * 1.25 + 0.1 * np.sin(2.0 * np.pi * times)
        turns[:, _joint(side + "Arm")] = axis_angle_to_quaternion(Z, swing)
    return MotionClip(COMMON_SKELETON, rate, roots, turns)


def _joint(name: str) -> int:
    return COMMON_SKELETON.index(name)


def animated(rig=None, clip=None, first=1, limbs=DEFAULT_LIMB_MODES):
    """A rig that does as a clip of the common skeleton does, with a key on every frame."""
    rig, clip = make_rig() if rig is None else rig, swaying() if clip is None else clip
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = round(clip.frame_rate_hz), 1.0
    read = read_skeleton(bpy.context, rig)
    own = retarget_clip(clip, read.skeleton, dict(read.joint_map))
    frames = first + np.arange(clip.frame_count, dtype=float)
    track = GroundTrack(own.root_positions * [1.0, 0.0, 1.0], np.zeros(len(frames)))
    channels = clip_channels(rig, read, own, track, RootMotion.BONE, frames, limbs)
    write_action(rig, "Own", channels)
    return rig
