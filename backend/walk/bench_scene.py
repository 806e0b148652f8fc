"""Walking in Blender: live drive, ten seconds with their keys, being told to stop, clicks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import bpy
import numpy as np

from backend.bench.cancel import slowest_stop
from backend.rigs.built import FINGERS, Build, build_rig
from backend.rigs.generated import make_rigify
from backend.rigs.variants import ALL_JOINTS
from blender_addon.blender import register as register_mechanisms
from blender_addon.blender import unregister as unregister_mechanisms
from blender_addon.capabilities import register, unregister
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.live.drive import DriveSettings, LiveDrive
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.inference.choice import ModelChoice

_EXTRA = tuple(("Hand", f"f{n}_{{}}", (0.02 * n, 0.0, 0.05)) for n in range(14))
_WARM_UP = 60
_TRIES = 5
_TEN_SECONDS_M = 11.1  # at 1.3 m/s, with the half and the whole second of standing
AT_ONCE: Final = ("try_it",)
BY_HAND: Final = ("add_character", "add_path", "generate_walk")
"""What the manual's first page tells, in its order."""

_GONE_M: Final = 1.0
"""Who is that far from the beginning has walked."""


def drive_hz(models: ModelChoice, seconds: float) -> tuple[float, int]:
    """Median steps a second, each shown and evaluated, and the rig's bones."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = build_rig(Build(ALL_JOINTS, root="root", below=(*FINGERS, *_EXTRA), roll=0.3))
    drive = LiveDrive(bpy.context, DriveSettings(armature), models)
    took = []
    for number in range(_WARM_UP + max(round(60 * seconds), 60)):
        started = time.perf_counter()
        angle = 0.01 * number
        drive.advance((1.3 * np.cos(angle), 1.3 * np.sin(angle)))
        bpy.context.view_layer.update()
        took.append(time.perf_counter() - started)
    drive.revert()
    return 1.0 / float(np.median(took[_WARM_UP:])), len(armature.data.bones)


def rigify_seconds(models: ModelChoice) -> tuple[float, int]:
    """Ten seconds of walking on Rigify's human: read, generate, write, measure; and its bones."""
    settings = make_walk()
    took = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        job = walk_scene.read(bpy.context, settings, models)
        walk = job.run().result
        written = walk_scene.write(bpy.context, job, walk)
        measure_residual(bpy.context, job, walk, written.first_frame)
        took.append(time.perf_counter() - started)
    return float(np.median(took)), len(settings.armature.data.bones)


def make_walk() -> WalkSettings:
    """Rigify's human and a straight path of ten seconds, in a scene of their own."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = make_rigify("human")
    data = bpy.data.curves.new("Path", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(1)
    spline.points[1].co = (0.0, -_TEN_SECONDS_M, 0.0, 1.0)
    curve = bpy.data.objects.new("Path", data)
    bpy.context.scene.collection.objects.link(curve)
    return WalkSettings(rig, curve, start_frame=1)


def cancel_seconds(models: ModelChoice) -> float:
    """From being told to having ended, the longest of several moments of ten seconds of walking."""
    job = walk_scene.read(bpy.context, make_walk(), models)
    job.run()  # loads the model
    return slowest_stop(job.run)


def clicks_to_walk(buttons: Sequence[str]) -> int:
    """Press buttons one after the other in an empty scene, until somebody has walked.

    Args:
        buttons: names of operators of the extension.

    Returns:
        How many were pressed.

    Raises:
        RuntimeError: nobody walks after all of them.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    register_mechanisms()
    register()
    try:
        for number, name in enumerate(buttons, 1):
            getattr(bpy.ops.neural_motion, name)()  # type: ignore[attr-defined]
            if any(map(_walks, bpy.context.scene.objects)):
                return number
    finally:
        unregister()
        unregister_mechanisms()
    raise RuntimeError(f"nobody walks after {', '.join(buttons)}")


def _walks(thing: bpy.types.Object) -> bool:
    """Whether keys of an armature take its bones away from where they are at first."""
    data = thing.animation_data
    if thing.type != "ARMATURE" or data is None or data.action is None:
        return False
    places = []
    for frame in (data.action.frame_range[0], data.action.frame_range[1]):
        bpy.context.scene.frame_set(round(frame))
        heads = (thing.matrix_world @ bone.head for bone in thing.pose.bones)
        places.append([each.to_tuple() for each in heads])
    moved = np.linalg.norm(np.diff(np.array(places), axis=0)[0], axis=-1)
    return bool(np.median(moved) > _GONE_M)
