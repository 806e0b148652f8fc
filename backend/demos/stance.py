"""The demo's standing characters: at ease, breathing, swaying a little; plain procedural motion."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.axes import blender_to_core_points
from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.pose import GroundTrack, RootMotion, clip_channels
from blender_addon.blender.rig.skeleton import RigSkeleton, read_skeleton, rest_frames_wxyz
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip

Array = NDArray[np.float64]

_AXES: Final = np.eye(3)
_SWAY_DEG: Final = {"Spine": 0.7, "Spine1": 0.6, "Neck": 0.9, "Head": 1.6}
_SWAY_S: Final = 1.1
_BREATH_HZ: Final = 0.23
_BREATH_DEG: Final = 0.7
_GESTURE_DEG: Final = 34.0


def write_stance(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    place: tuple[float, float],
    heading_rad: float,
    emphasis: Array,
    seed: int,
) -> bpy.types.Action:
    """Let a character stand as it is posed now, as a new action from frame 1 on.

    Args:
        context: whose scene gives the frame rate.
        armature: a person at the origin, standing at ease.
        place: x and y on the ground, Blender's axes, metres.
        heading_rad: where it looks, from −Y toward +X.
        emphasis: (T,) 0 … 1, how far the forearms rise with the voice, for each frame.
        seed: of the swaying.
    """
    render = context.scene.render
    context.view_layer.update()
    rig = read_skeleton(context, armature)
    count, rate = len(emphasis), render.fps / render.fps_base
    turns = np.tile(_present_turns(armature, rig), (count, 1, 1))
    _raise_forearms(turns, rig, gaussian_smooth(emphasis, 0.35 * rate))
    _sway(turns, rig, rate, seed)
    ground = blender_to_core_points(np.array([*place, 0.0]))
    track = GroundTrack(np.tile(ground, (count, 1)), np.full(count, heading_rad))
    heading = axis_angle_to_quaternion(_AXES[1], heading_rad)
    turns[:, 0] = quaternion_multiply(np.tile(heading, (count, 1)), turns[:, 0])
    hips = ground + np.array([0.0, _hips_height(armature, rig), 0.0])
    clip = MotionClip(rig.skeleton, rate, np.tile(hips, (count, 1)), turns)
    frames = 1.0 + np.arange(count)
    channels = clip_channels(armature, rig, clip, track, RootMotion.BONE, frames)
    return write_action(armature, f"{armature.name} Stance", channels)


def _present_turns(armature: bpy.types.Object, rig: RigSkeleton) -> Array:
    """(J, 4) local rotations of the pose that the character is in."""
    basis = np.array(
        [armature.pose.bones[name].matrix_basis.to_quaternion() for name in rig.skeleton.names]
    )
    frames = rest_frames_wxyz(rig)
    return np.asarray(
        quaternion_multiply(frames, quaternion_multiply(basis, quaternion_conjugate(frames)))
    )


def _hips_height(armature: bpy.types.Object, rig: RigSkeleton) -> float:
    head = np.array(armature.pose.bones[rig.skeleton.names[0]].head)
    size = rig.unit_m * rig.object_scale
    return float((rig.armature_to_character @ head)[1] * size - rig.floor_m)


def _raise_forearms(turns: Array, rig: RigSkeleton, emphasis: Array) -> None:
    """Bend the elbows forward, about axes that stay across the upper arms."""
    for side in ("Left", "Right"):
        joint = _joint(rig, f"{side}ForeArm")
        axis = np.cross(rig.skeleton.offsets[joint], _AXES[2])  # offset: along the upper arm
        turn = _about(axis / np.linalg.norm(axis), _GESTURE_DEG * emphasis)
        turns[:, joint] = quaternion_multiply(turn, turns[:, joint])


def _sway(turns: Array, rig: RigSkeleton, rate: float, seed: int) -> None:
    count, random = len(turns), np.random.default_rng(seed)
    for name, degrees in _SWAY_DEG.items():
        for axis in _AXES:
            _turn(turns, _joint(rig, name), axis, degrees * _drift(random, count, rate))
    breath = np.sin(2 * np.pi * (_BREATH_HZ * np.arange(count) / rate + random.random()))
    _turn(turns, _joint(rig, "Spine2"), _AXES[0], -_BREATH_DEG * breath)
    _turn(turns, _joint(rig, "Neck"), _AXES[0], _BREATH_DEG * breath)


def _joint(rig: RigSkeleton, common: str) -> int:
    """Where a joint of the common skeleton is in the rig's."""
    return rig.skeleton.index(next(b for b, name in rig.joint_map.items() if name == common))


def _turn(turns: Array, joint: int, axis: Array, degrees: Array) -> None:
    turns[:, joint] = quaternion_multiply(turns[:, joint], _about(axis, degrees))


def _about(axis: Array, degrees: Array) -> Array:
    return np.asarray(axis_angle_to_quaternion(axis, np.radians(degrees)))


def _drift(random: np.random.Generator, count: int, rate: float) -> Array:
    """Slow noise (T,) of unit deviation."""
    noise = gaussian_smooth(random.standard_normal(count + 1), _SWAY_S * rate)[:count]
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-9))
