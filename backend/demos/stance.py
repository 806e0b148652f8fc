"""The demo's standing characters: arms down, breathing, swaying a little; plain procedural
motion.
"""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.axes import blender_to_core_points
from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.pose import GroundTrack, RootMotion, clip_channels
from blender_addon.blender.rig.skeleton import RigSkeleton, read_skeleton
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip

Array = NDArray[np.float64]

_AXES: Final = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
# Degrees about the character's axes; the right side mirrors turns about Y and Z.
_RELAXED: Final = {
    "Shoulder": (("z", -4.0),),
    "Arm": (("z", -73.0), ("y", -6.0)),
    "ForeArm": (("y", -24.0),),
    "Hand": (("z", -4.0),),
}
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
    """Let a character stand, as a new action from frame 1 on.

    Args:
        context: whose scene gives the frame rate.
        armature: a demo character.
        place: x and y on the ground, Blender's axes, metres.
        heading_rad: where it looks, from −Y toward +X.
        emphasis: (T,) 0 … 1, how far the forearms rise with the voice, for each frame.
        seed: of the swaying.
    """
    render = context.scene.render
    rig = read_skeleton(context, armature)
    count, rate = len(emphasis), render.fps / render.fps_base
    turns = _turns(rig, gaussian_smooth(emphasis, 0.35 * rate), rate, seed)
    ground = blender_to_core_points(np.array([*place, 0.0]))
    track = GroundTrack(np.tile(ground, (count, 1)), np.full(count, heading_rad))
    heading = axis_angle_to_quaternion(np.array(_AXES["y"]), heading_rad)
    turns[:, 0] = quaternion_multiply(np.tile(heading, (count, 1)), turns[:, 0])
    hips = ground + np.array([0.0, float(rig.rest_hips[1]) - rig.floor_m, 0.0])
    clip = MotionClip(rig.skeleton, rate, np.tile(hips, (count, 1)), turns)
    frames = 1.0 + np.arange(count)
    channels = clip_channels(armature, rig, clip, track, RootMotion.BONE, frames)
    return write_action(armature, f"{armature.name} Stance", channels)


def _turns(rig: RigSkeleton, emphasis: Array, rate: float, seed: int) -> Array:
    """(T, J, 4) local rotations."""
    count = len(emphasis)
    turns = np.zeros((count, rig.skeleton.joint_count, 4))
    turns[..., 0] = 1.0
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        for part, steps in _RELAXED.items():
            joint = rig.skeleton.index(side + part)
            for axis, degrees in steps:
                angle = np.full(count, degrees * (sign if axis != "x" else 1.0))
                if part == "ForeArm":
                    angle -= sign * _GESTURE_DEG * emphasis
                _turn(turns, joint, axis, angle)
    random = np.random.default_rng(seed)
    for name, degrees in _SWAY_DEG.items():
        for axis in "xyz":
            _turn(turns, rig.skeleton.index(name), axis, degrees * _drift(random, count, rate))
    breath = np.sin(2 * np.pi * (_BREATH_HZ * np.arange(count) / rate + random.random()))
    _turn(turns, rig.skeleton.index("Spine2"), "x", -_BREATH_DEG * breath)
    _turn(turns, rig.skeleton.index("Neck"), "x", _BREATH_DEG * breath)
    return turns


def _turn(turns: Array, joint: int, axis: str, degrees: Array) -> None:
    more = axis_angle_to_quaternion(np.array(_AXES[axis]), np.radians(degrees))
    turns[:, joint] = quaternion_multiply(turns[:, joint], more)


def _drift(random: np.random.Generator, count: int, rate: float) -> Array:
    """Slow noise (T,) of unit deviation."""
    noise = gaussian_smooth(random.standard_normal(count + 1), _SWAY_S * rate)[:count]
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-9))
