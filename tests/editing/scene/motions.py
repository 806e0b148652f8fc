"""A person who walks with feet that stay where they are put down, and rigs that do as it does."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import Channel, write_action, write_channel
from blender_addon.blender.paths import bone_of_path
from blender_addon.blender.rig.pose import GroundTrack, RootMotion, clip_channels
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.blender.rig.take import likeness, read_take
from blender_addon.capabilities.editing import scene as editing_scene
from blender_addon.capabilities.editing.choice import EditChoice
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HEEL_HEIGHT_M
from blender_addon.core.motion.kinematics import (
    forward_kinematics,
    global_to_local,
    solve_two_bone,
)
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.control_map import DEFAULT_LIMB_MODES
from blender_addon.core.retarget.difference import carry_difference

FPS = 30
STEP_S = 0.6
SPEED_M_S = 1.1
UP = (0.0, 1.0, 0.0)


def walking(frames: int = 60, rate: float = FPS) -> MotionClip:
    """A walk along +Z: each foot stands while the other one swings."""
    times = np.arange(frames) / rate
    roots = np.zeros((frames, 3))
    roots[:, 1] = 0.9 + 0.015 * np.cos(2 * np.pi * times / STEP_S)
    roots[:, 2] = SPEED_M_S * times
    turns = np.zeros((frames, 22, 4), np.float32)
    turns[..., 0] = 1.0
    phase = np.pi * times / STEP_S
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        swing = sign * 0.4 * np.sin(phase)
        hang = axis_angle_to_quaternion(np.array((0.0, 0.0, 1.0)), np.full(frames, -sign * 1.25))
        to_front = axis_angle_to_quaternion(np.array([1.0, 0.0, 0.0]), swing)
        turns[:, _joint(f"{side}Arm")] = quaternion_multiply(to_front, hang)
    turns[:, _joint("Spine")] = axis_angle_to_quaternion(np.array(UP), 0.12 * np.sin(phase))
    clip = MotionClip(COMMON_SKELETON, rate, roots, turns)
    for side, offset in (("Left", 0.0), ("Right", 1.0)):
        clip = _with_foot(clip, side, times / STEP_S + offset)
    return clip


def _joint(name):
    return COMMON_SKELETON.index(name)


def _with_foot(clip, side, steps):
    """One leg that stands during every second step, and swings to the next place in between."""
    places, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    hip, knee, ankle = (places[:, _joint(side + p)] for p in ("UpLeg", "Leg", "Foot"))
    number, share = np.floor(steps / 2), np.clip(steps % 2 - 1.0, 0.0, 1.0)
    eased = share * share * (3 - 2 * share)
    stride = 2 * STEP_S * SPEED_M_S
    offset = 0.0 if side == "Left" else -0.5 * stride
    target = ankle.copy()
    target[:, 1] = HEEL_HEIGHT_M + 0.12 * np.sin(np.pi * share)
    target[:, 2] = (number + eased) * stride + 0.25 * stride + offset
    pole = np.tile(np.array([0.0, 0.0, 1.0]), (len(hip), 1))
    first, second = solve_two_bone(hip, knee, ankle, target, pole)
    out = turns.copy()
    for joint, turn in ((side + "UpLeg", first), (side + "Leg", second)):
        out[:, _joint(joint)] = quaternion_multiply(turn, turns[:, _joint(joint)])
    local = global_to_local(clip.skeleton, out)
    return MotionClip(clip.skeleton, clip.frame_rate_hz, clip.root_positions, local)


def animate(rig, clip, first=1, name="Own", limbs=DEFAULT_LIMB_MODES):
    """Let a rig do as a clip of the common skeleton does, with a key on every frame."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = round(clip.frame_rate_hz), 1.0
    read = read_skeleton(bpy.context, rig)
    own = retarget_clip(clip, read.skeleton, dict(read.joint_map))
    frames = first + np.arange(clip.frame_count, dtype=float)
    count = len(frames)
    track = GroundTrack(own.root_positions * [1.0, 0.0, 1.0], np.zeros(count))
    channels = clip_channels(rig, read, own, track, RootMotion.BONE, frames, limbs)
    return write_action(rig, name, channels)


def key_extra(action, channels: dict[tuple[str, int], float], frames=(1, 20, 41, 60)):
    """Give an action further curves, eased between keys that swing about a value."""
    bag = action if not compat.HAS_SLOTS else action.layers[0].strips[0].channelbags[0]
    for (path, index), middle in channels.items():
        values = middle + 0.1 * np.sin(np.arange(len(frames)) + index)
        write_channel(bag, Channel(path, index, np.array(frames, float), values, "", "BEZIER"))


def curve_values(action, frames) -> dict[tuple[str, int], np.ndarray]:
    """Values of every curve of an action."""
    return {
        (curve.data_path, curve.array_index): np.array([curve.evaluate(f) for f in frames])
        for curve in compat.action_fcurves(action)
    }


def bones_of(action) -> set[str]:
    """Bones that an action moves."""
    return {bone_of_path(curve.data_path) for curve in compat.action_fcurves(action)}


def edit_motion(rig, edit, editor, options=None, **chosen):
    """Read, edit and write as the panel does; job, edits and what was written."""
    choice = EditChoice(armature=rig, edit=edit, settings=None, result=options, **chosen)
    job = editing_scene.read(bpy.context, choice)
    edited = job.run(editor=editor).result
    return job, edited, editing_scene.write(bpy.context, job, edited)


def places_of(clip) -> np.ndarray:
    """(T, J, 3) of a clip's joints."""
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def seen(rig, frames):
    """What a character does on frames, as it is seen."""
    read = read_skeleton(bpy.context, rig)
    return read_take(bpy.context, rig, read, np.asarray(frames, float))


def misses_cm(rig, job, edited) -> np.ndarray:
    """(T, J) by how much the rig's joints are off where the edit's difference brings them."""
    take = job.take
    desired = carry_difference(take.common, edited.clip, take.base, take.rig.joint_map, take.origin)
    return 100.0 * np.linalg.norm(
        places_of(seen(rig, take.frames).base) - places_of(desired), axis=2
    )


def common_misses_cm(rig, job, edited) -> np.ndarray:
    """(T, 22) by how much what is seen is off what the edit says, on the common skeleton."""
    frames = job.take.first + np.arange(edited.clip.frame_count)
    take = seen(rig, frames)
    now = likeness(take.rig, take.base, job.take.origin)
    return 100.0 * np.linalg.norm(places_of(now) - places_of(edited.clip), axis=2)
