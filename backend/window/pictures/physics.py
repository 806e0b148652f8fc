"""Somebody who walks is pushed: the panel, and the moment after."""

from __future__ import annotations

import album
import bpy
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("physics", "physics_pushes")}
_HEIGHT = 300  # pixels
_FROM_AHEAD = Euler((1.42, 0.0, 0.5))
_PUSHED, _SEEN = 60, 66  # frames
_HELP, _PUSH_N_S = 80.0, 90.0


def steps(desk: album.Album) -> album.Waits:
    """A walk, then the same with weight and a push from the side."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path", shape="STRAIGHT")
    yield from desk.run("neural_motion.generate_walk")
    scene = bpy.context.scene
    rig = scene.neural_motion.character
    scene.frame_set(_PUSHED)
    chosen = rig.neural_motion.physics
    chosen.help = _HELP
    yield from desk.run("neural_motion.add_physics_push")
    push = chosen.pushes[0]
    push.direction, push.strength = (1.0, 0.0, 0.0), _PUSH_N_S
    yield from desk.run("neural_motion.generate_physics")
    desk.note(result=chosen.last_result)
    scene.frame_set(_SEEN)
    for each in bpy.context.selected_objects:
        each.select_set(False)
    bones = rig.pose.bones
    x, y, _ = rig.matrix_world @ bones["spine"].head
    desk.look((x, y, 0.8), 4.6, _FROM_AHEAD)
    yield from desk.panel("physics_panel")
    yield from desk.view("physics_view", _HEIGHT)


album.start(steps, "physics", _OPEN)
