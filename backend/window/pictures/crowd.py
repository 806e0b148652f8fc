"""Three characters, each on a path of its own."""

from __future__ import annotations

import album
import bpy
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("walk", "walk_options", "crowd")}
_HEIGHT = 460  # pixels
_WIDE_M = 1.6


def steps(desk: album.Album) -> album.Waits:
    """Selected, added, generated."""
    yield from desk.open_wide_tab()
    chosen = bpy.context.scene.neural_motion
    for number, name in enumerate(("Anna", "Ben", "Carl")):
        chosen.character = None
        yield from desk.run("neural_motion.add_character")
        yield from desk.run("neural_motion.add_path")
        chosen.character.name = name
        for each in (chosen.character, chosen.character.neural_motion.walk.path):
            each.location.x = _WIDE_M * (number - 1)
    for each in bpy.data.objects:
        each.select_set(each.type in ("ARMATURE", "CURVE"))
    yield 0.5
    yield from desk.run("neural_motion.add_crowd_members")
    for each in bpy.data.objects:
        each.select_set(False)
    yield from desk.run("neural_motion.generate_crowd")
    bpy.context.scene.frame_set(80)
    yield from desk.panel("crowd_panel")
    chosen.character.neural_motion.walk.show_on_path = False  # it tells of the next walk
    desk.look((0.0, -3.0, 0.8), 9.5, Euler((1.15, 0.0, 0.7)))
    yield from desk.view("crowd_view", _HEIGHT)


album.start(steps, "crowd", _OPEN)
