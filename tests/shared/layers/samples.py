"""A character with a walk, a look that moves bones and a face, and a line of speech."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.blender.keys.keyframes import Channel, rotation_channels, vector_channels
from blender_addon.blender.keys.layers import add_layer
from blender_addon.blender.keys.options import EASED_LAYER, ResultKind, ResultOptions
from blender_addon.blender.keys.result import write_result
from blender_addon.blender.keys.together import remember_together
from blender_addon.blender.layers.found import LayerResult, datablocks_of, objects_of, results_on
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from tests.shared.blender.builders import make_rig

SHAPES = ("jawOpen", "blink")
HEAD = 'pose.bones["Head"].'


def turns(frames: np.ndarray, seed: int, size: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    swings = [
        axis_angle_to_quaternion(axis, size * np.sin(frames * rng.uniform(0.05, 0.3) + seed))
        for axis in np.eye(3)
    ]
    return quaternion_multiply(quaternion_multiply(swings[0], swings[1]), swings[2])


def make_face(rig: bpy.types.Object, name: str = "Face") -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    face = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(face)
    face.parent = rig
    for shape in ("Basis", *SHAPES):
        face.shape_key_add(name=shape).value = 0.0
    return face


def make_character(mode: str = "QUATERNION") -> bpy.types.Object:
    rig = make_rig(rotation_mode=mode, root_bone=True)
    make_face(rig)
    return rig


def walk(
    rig: bpy.types.Object, mode: str = "QUATERNION", first: int = 1, strip: bool = False
) -> bpy.types.Action:
    """As the walk writes it: every bone that gaze turns, too, and a bone that travels."""
    frames = np.arange(first, first + 60.0)
    channels: list[Channel] = []
    for n, bone in enumerate(("Hips", "Spine", "Head")):
        prefix = f'pose.bones["{bone}"].'
        channels += rotation_channels(prefix, mode, frames, turns(frames, n), bone)
    path = 'pose.bones["Root"].location'
    travel = np.stack([0.0 * frames, 0.02 * frames, 0.0 * frames], axis=1)
    channels += vector_channels(path, frames, travel, "Root")
    kind = ResultKind.STRIP if strip else ResultKind.ACTION
    name = f"{rig.name} Walk"
    return write_result(
        bpy.context, rig, "walk", name, channels, ResultOptions(kind, replace_last=False)
    )


def gaze(
    rig: bpy.types.Object, mode: str = "QUATERNION", first: int = 10, count: int = 40, seed: int = 7
) -> None:
    """A layer on the head and one on the face, written at once."""
    frames = np.arange(first, first + float(count))
    head = rotation_channels(HEAD, mode, frames, turns(frames, seed), "Head")
    shape = [Channel('key_blocks["blink"].value', 0, frames, 0.5 + 0.5 * np.sin(frames))]
    keys = bpy.data.objects["Face"].data.shape_keys
    written = [
        add_layer(bpy.context, block, "gaze", f"{rig.name} Gaze", channels, options=EASED_LAYER)
        for block, channels in ((rig, head), (keys, shape))
    ]
    remember_together(layer.action_name for layer in written)


def speech(first: int = 5, count: int = 30, opened: float = 0.6) -> None:
    frames = np.arange(first, first + float(count))
    shape = [Channel('key_blocks["jawOpen"].value', 0, frames, opened * np.abs(np.sin(frames)))]
    keys = bpy.data.objects["Face"].data.shape_keys
    layer = add_layer(bpy.context, keys, "speech", "Face Speech", shape, options=EASED_LAYER)
    remember_together([layer.action_name])


def results(rig: bpy.types.Object) -> list[LayerResult]:
    return results_on(datablocks_of(objects_of(rig)))


def only(rig: bpy.types.Object, capability: str, number: int = 0) -> LayerResult:
    return [each for each in results(rig) if each.capability == capability][number]
