"""Characters, sounds and gestures for the tests of the scene."""

from __future__ import annotations

import wave

import bpy
import numpy as np

from blender_addon.blender import compat
from blender_addon.blender.keys.fingerprint import fingerprint
from blender_addon.blender.keys.layers import layers_of
from blender_addon.blender.paths import bone_of_path
from blender_addon.blender.rig.posed import posed_clip, read_poses
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.choice import GestureChoice
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.gesture.stand_in import Waver, quiet

SECONDS = 6.0
FPS = 30


def silence(tmp_path, seconds=SECONDS):
    """A file without a sound."""
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(2 * round(16000 * seconds)))
    return SoundChoice("FILE", str(path))


def talk(rig, sound, *, waver=None, options=None, **changes):
    """Let a character talk with its hands as the stand-in says; what was read and written."""
    bpy.context.scene.render.fps = FPS
    choice = GestureChoice(rig, sound=sound, start_frame=1, **changes)
    job = gesture_scene.read(bpy.context, choice)
    gesture = job.run(pipeline=waver or Waver(), heard=quiet(job.duration_s)).result
    written = gesture_scene.write(bpy.context, job, gesture, options)
    return job, gesture, written


def poses(job, frames=None):
    """(K, J, 3) places and (K, J, 4) turns of a character's joints as they are seen."""
    armature = bpy.data.objects[job.rig.object_name]
    frames = job.frames if frames is None else np.asarray(frames, float)
    posed = read_poses(bpy.context, armature, job.rig.skeleton.names, frames)
    clip = posed_clip(job.rig, posed, FPS)
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)


def joint(job, common):
    """Index of a joint by its common name."""
    names = {common: bone for bone, common in job.rig.joint_map.items()}
    return job.rig.skeleton.index(names[common])


def layered_bones(rig):
    """Bones that the newest layer of gestures moves."""
    action = layers_of(rig, "gesture")[-1].strips[0].action
    return {bone_of_path(curve.data_path) for curve in compat.action_fcurves(action)}


def key_bones(rig, turns, frames=(1, 180), name="Own"):
    """Key rotations of bones: quaternion by name, the same on all frames; the action."""
    for bone, turn in turns.items():
        rig.pose.bones[bone].rotation_mode = "QUATERNION"
        rig.pose.bones[bone].rotation_quaternion = turn
        for frame in frames:
            rig.pose.bones[bone].keyframe_insert("rotation_quaternion", frame=frame)
    action = rig.animation_data.action
    action.name = name
    return action


def print_of(action):
    """All keys of an action, to the bit."""
    kept = action.use_fake_user
    action.use_fake_user = False  # whether it is kept in the file is not about its keys
    told = fingerprint(action)
    action.use_fake_user = kept
    return told
