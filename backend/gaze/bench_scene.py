"""Gaze in Blender: a minute with its keys, a crowd over one, being told to stop."""

from __future__ import annotations

import bpy
import numpy as np

from backend.bench.cancel import slowest_stop
from backend.bench.setting import MINUTE_S
from backend.bench.timing import timed
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.core.inference.choice import ModelChoice

GAZE_HZ = 60
MANY = 64

_BONES = {
    "Hips": ("", (0, 0, 1.0), (0, 0, 1.2)),
    "Spine": ("Hips", (0, 0, 1.2), (0, 0, 1.5)),
    "Neck": ("Spine", (0, 0, 1.5), (0, 0, 1.6)),
    "Head": ("Neck", (0, 0, 1.6), (0, 0, 1.8)),
    "LeftEye": ("Head", (0.03, -0.08, 1.68), (0.03, -0.11, 1.68)),
    "RightEye": ("Head", (-0.03, -0.08, 1.68), (-0.03, -0.11, 1.68)),
}


def time_gaze(count: int, models: ModelChoice, repeats: int) -> dict[str, float]:
    """A minute of gaze at 60 Hz for characters that look at one another and at a cup.

    Args:
        count: characters, in one batch.
        models: how the models are run.
        repeats: the median of so many.

    Returns:
        Seconds: ``read`` heads and targets off the scene, ``run`` the networks and all around
        them, ``write`` the keys.
    """
    times: dict[str, list[float]] = {"read": [], "run": [], "write": []}
    for turn in range(repeats + 1):
        choices = make_lookers(count)
        last = MINUTE_S * GAZE_HZ
        with timed(times["read"]):
            job = gaze_scene.read(bpy.context, choices, 1, last, models)
        with timed(times["run"]):
            gaze = job.run().result
        with timed(times["write"]):
            gaze_scene.write(bpy.context, job, gaze)
        if turn == 0:  # the first one loads the models
            for values in times.values():
                values.clear()
    return {name: float(np.median(values)) for name, values in times.items()}


def many_over_one(models: ModelChoice, repeats: int) -> float:
    """Gaze of many characters, keys included, over that of one, in turns."""
    ratios = []
    for _ in range(repeats):
        before, many, after = (
            sum(time_gaze(count, models, 1)[part] for part in ("run", "write"))
            for count in (1, MANY, 1)
        )
        ratios.append(2 * many / (before + after))
    return float(np.median(ratios))


def cancel_seconds(models: ModelChoice) -> float:
    """From being told to having ended, the longest of several moments of a minute of gaze."""
    job = gaze_scene.read(bpy.context, make_lookers(1), 1, MINUTE_S * GAZE_HZ, models)
    job.run()  # loads the models
    return slowest_stop(job.run)


def make_lookers(count: int) -> list[GazeChoice]:
    """Slim armatures in pairs, face to face, with a cup between all of them."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = GAZE_HZ, MINUTE_S * GAZE_HZ
    data = _make_armature()
    cup = bpy.data.objects.new("Cup", None)
    cup.location = (0.3, -0.5, 1.0)
    scene.collection.objects.link(cup)
    characters = []
    for number in range(max(count, 2)):
        character = bpy.data.objects.new(f"Character {number}", data)
        character.location = (number // 2, -1.0 * (number % 2), 0.0)
        character.rotation_euler.z = np.pi * (number % 2)
        scene.collection.objects.link(character)
        characters.append(character)
    bpy.context.view_layer.update()
    return [
        GazeChoice(
            characters[n],
            (TargetChoice(characters[n ^ 1]), TargetChoice(cup, "OBJECT", weight=0.3)),
            role="SPEAKING" if n % 2 else "LISTENING",
            seed=n,
        )
        for n in range(count)
    ]


def _make_armature() -> bpy.types.Armature:
    data = bpy.data.armatures.new("Character")
    maker = bpy.data.objects.new("Maker", data)
    bpy.context.scene.collection.objects.link(maker)
    bpy.context.view_layer.objects.active = maker
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (parent, head, tail) in _BONES.items():
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = head, tail
        bone.parent = data.edit_bones.get(parent)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.data.objects.remove(maker)
    return data
