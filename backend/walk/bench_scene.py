"""Walking in Blender: live drive, ten seconds with their keys, being told to stop, clicks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

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
from blender_addon.capabilities.walk.applying import write_walk
from blender_addon.capabilities.walk.auto_update.service import Watch
from blender_addon.capabilities.walk.live.drive import DriveSettings, LiveDrive
from blender_addon.capabilities.walk.properties import walk_settings
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.inference.choice import ModelChoice

_EXTRA = tuple(("Hand", f"f{n}_{{}}", (0.02 * n, 0.0, 0.05)) for n in range(14))
_WARM_UP = 60
_PATIENCE_S: Final = 60.0
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


def auto_update_seconds(models: ModelChoice) -> float:
    """Median seconds from the last change of a path of ten seconds until its keys are written.

    The demo character walks; looks come as often as the timer of a window makes them.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    register_mechanisms()
    register()
    try:
        path = _walking(models)
        watch = Watch()
        return float(np.median([_follow(watch, path) for _ in range(_TRIES + 1)][1:]))
    finally:
        unregister()
        unregister_mechanisms()


def _walking(models: ModelChoice) -> Any:
    """The path that the demo character walks along and follows."""
    context: Any = bpy.context
    operators: Any = bpy.ops
    operators.neural_motion.add_character()
    operators.neural_motion.add_path()
    walk = context.scene.neural_motion.character.neural_motion.walk
    points = walk.path.data.splines[0].bezier_points
    for number, point in enumerate(points):
        point.co = (0.3 * (number % 2), -_TEN_SECONDS_M * number / (len(points) - 1), 0.0)
    job = walk_scene.read(context, walk_settings(context), models)
    write_walk(context, walk, job, job.run())
    walk.auto_update = True
    return walk.path


def _follow(watch: Watch, path: Any) -> float:
    """Bend the path and look until the walk is another."""
    context, steps = bpy.context, watch.steps
    watch.tick(context, time.monotonic())
    path.data.splines[0].bezier_points[1].co.x += 0.05
    started = time.monotonic()
    while watch.steps == steps:
        if time.monotonic() - started > _PATIENCE_S:
            raise TimeoutError("the walk does not follow its path")
        time.sleep(watch.tick(context, time.monotonic()))
    return time.monotonic() - started
