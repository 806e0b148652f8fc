"""What the tests of gaze share: somebody looks, and how far the eyes miss what they should meet."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import rotation_channels, write_action
from blender_addon.blender.keys.options import DEFAULT_LAYER
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from tests.gaze.stand_in import Starer
from tests.shared.blender.builders import bone_matrices
from tests.shared.blender.face_rigs import point, pupil

FPS = 24
LAST = 5 * FPS
SETTLED = (7, 19, 31, 43, 55, 67, 79, 91, 103, 115)
"""Frames well within a look; every second one is amid a blink."""
WITHIN_DEG = 0.3
BODY = np.arange(1.0, LAST + 1)


def targets_around(rig, near=0.9):
    """Left, right, up, down and close, as seen from between the eyes at rest."""
    world = np.array(bpy.data.objects[rig.owner].matrix_world)
    places = [(0.4, 0, 1), (-0.3, 0.1, 1), (0, 0.35, 1), (0.05, -0.35, 1), (0, 0, 0.4)]
    rows = [rig.middle + near * np.array(place) @ rig.axes / rig.scale for place in places]
    return [point(f"T{n}", (world @ [*row, 1])[:3]) for n, row in enumerate(rows)]


def gaze(
    character, targets, *, share=0.25, last=LAST, pipeline=None, result=DEFAULT_LAYER, **options
):
    bpy.context.scene.render.fps = FPS
    choices = tuple(t if isinstance(t, TargetChoice) else TargetChoice(t) for t in targets)
    choice = GazeChoice(character, choices, **options)
    job = gaze_scene.read(bpy.context, [choice], 1, last)
    finished = job.run(pipeline=pipeline or Starer(share)).result
    return job, finished, gaze_scene.write(bpy.context, job, finished, [result])


def bone_looks(armature, names, rig):
    """Places and directions (2, 3) of eye bones in the world, as evaluated."""
    rests = [np.array(armature.data.bones[name].matrix_local) for name in names]
    poses = bone_matrices(armature, names)
    turns = [pose @ np.linalg.inv(rest) for pose, rest in zip(poses, rests, strict=True)]
    ways = np.array([turn[:3, :3] @ rig.axes[2] for turn in turns])
    return poses[:, :3, 3], ways


def object_looks(names):
    """Eye objects look along their −Y."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    worlds = [np.array(bpy.data.objects[n].evaluated_get(depsgraph).matrix_world) for n in names]
    return np.array([w[:3, 3] for w in worlds]), np.array([-w[:3, 1] for w in worlds])


def mesh_looks(face):
    """From each eyeball's middle to its pupil."""
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    world = np.array(evaluated.matrix_world)
    mesh = evaluated.to_mesh()
    places = np.array([v.co for v in mesh.vertices]) @ world[:3, :3].T + world[:3, 3]
    evaluated.to_mesh_clear()
    balls = np.split(places, 2)
    pupils = np.array([ball[pupil(face)] for ball in balls])
    middles = np.array([ball.mean(axis=0) for ball in balls])
    return middles, pupils - middles


def misses(looks, targets, frames=SETTLED):
    """(frames, 2) degrees between where each eye looks and its target."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        target = targets[((frame - 1) // FPS) % len(targets)]
        places, ways = looks()
        desired = np.array(target.matrix_world.translation) - places
        cosines = np.sum(desired * ways, axis=1)
        cosines /= np.linalg.norm(desired, axis=1) * np.linalg.norm(ways, axis=1)
        found.append(np.degrees(np.arccos(np.clip(cosines, -1, 1))))
    return np.array(found)


def nod(armature, bones=("Spine2", "Neck", "Head"), mode="QUATERNION", frames=BODY):
    """Some body motion, head included."""
    channels = []
    for n, name in enumerate(bones):
        turns = axis_angle_to_quaternion(np.eye(3)[n % 3], 0.15 * np.sin(frames * 0.1 + n))
        channels += rotation_channels(f'pose.bones["{name}"].', mode, frames, turns, name)
    return write_action(armature, "Body", channels)


def keys_of(action):
    return {
        (curve.data_path, curve.array_index): [
            (tuple(p.co), p.interpolation, tuple(p.handle_left), tuple(p.handle_right))
            for p in curve.keyframe_points
        ]
        for curve in compat.action_fcurves(action)
    }
