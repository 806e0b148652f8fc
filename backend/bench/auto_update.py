"""How soon a walk follows its path, the rest that is waited for included."""

from __future__ import annotations

import time
from typing import Any

import bpy
import numpy as np

import blender_addon
from blender_addon.capabilities.walk.applying import write_walk
from blender_addon.capabilities.walk.auto_update.service import Watch
from blender_addon.capabilities.walk.properties import walk_settings
from blender_addon.capabilities.walk.scene import read
from blender_addon.core.inference.choice import ModelChoice

_TRIES = 7
_LENGTH_M = 11.1  # ten seconds at 1.3 m/s, with the half and the whole second of standing
_PATIENCE_S = 60.0


def auto_update_seconds(models: ModelChoice) -> float:
    """Median seconds from the last change of a path of ten seconds until its keys are written.

    The demo character walks; looks come as often as the timer of a window makes them.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    try:
        path = _walking(models)
        watch = Watch()
        return float(np.median([_follow(watch, path) for _ in range(_TRIES + 1)][1:]))
    finally:
        blender_addon.unregister()


def _walking(models: ModelChoice) -> Any:
    """The path that the demo character walks along and follows."""
    context: Any = bpy.context
    operators: Any = bpy.ops
    operators.neural_motion.add_character()
    operators.neural_motion.add_path()
    walk = context.scene.neural_motion.character.neural_motion.walk
    points = walk.path.data.splines[0].bezier_points
    for number, point in enumerate(points):
        point.co = (0.3 * (number % 2), -_LENGTH_M * number / (len(points) - 1), 0.0)
    job = read(context, walk_settings(context), models)
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
