"""Physics, clicked: a push where one looks, Generate, Esc, a fall, undone."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import album
import bpy
import clicks
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("physics", "physics_pushes")}
_GENERATE = "neural_motion.generate_physics"
_FROM_THE_SIDE = Euler((1.4, 0.0, 1.3))
_PUSHED = 40


def _physics() -> Any:
    return bpy.context.scene.neural_motion.character.neural_motion.physics


def steps(desk: album.Album) -> clicks.Waits:
    """As an animator does it for the first time."""
    yield from desk.open_tab()
    desk.shot("nobody")
    yield from desk.run("neural_motion.add_character")
    yield 0.8
    desk.shot("nothing_plays")
    yield from desk.run("neural_motion.add_path")
    yield from desk.run("neural_motion.generate_walk")
    desk.look((0.0, -1.5, 0.9), 6.0, _FROM_THE_SIDE)
    bpy.context.scene.frame_set(_PUSHED)
    yield 0.8
    if find_spec("mujoco") is None:
        desk.shot("no_engine")
        desk.note(engine=False)
        return
    yield from desk.press("neural_motion.add_physics_push")
    yield 0.8
    desk.shot("pushed")
    physics = _physics()
    desk.note(push=(physics.pushes[0].frame, tuple(physics.pushes[0].direction)))
    physics.pushes[0].strength = 90.0
    yield 0.5
    yield from desk.generate_and_cancel(_GENERATE)
    before = clicks.state()
    yield from desk.generate(_GENERATE)
    tracks = [each.name for each in _armature().animation_data.nla_tracks]
    desk.note(shown=physics.last_result, tracks=tracks)
    bpy.context.scene.frame_set(_PUSHED + 14)
    yield 1.0
    desk.shot("result")
    yield from desk.undo()
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))
    for mode in ("BALANCE", "FALL"):
        _physics().mode = mode
        yield from desk.settle()
        desk.shot(mode.lower())


def _armature() -> Any:
    return bpy.context.scene.neural_motion.character


album.start(steps, "physics", _OPEN)
