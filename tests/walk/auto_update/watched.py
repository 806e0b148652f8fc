"""A character whose walk follows, in a real file: ticks with a clock of the test's own."""

from __future__ import annotations

from typing import Any

import bpy

from blender_addon.blender import compat
from blender_addon.blender.models.preferred import model_choice
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.applying import write_walk
from blender_addon.capabilities.walk.auto_update.machine import UP_TO_DATE
from blender_addon.capabilities.walk.auto_update.service import Watch
from blender_addon.capabilities.walk.auto_update.states import state_of
from blender_addon.capabilities.walk.properties import walk_settings
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.stand_in import SwingingWalker

AHEAD = ((0, 0, 0), (0, -1.2, 0), (0.3, -2.4, 0))


class Watched:
    """One character and its path.

    Args:
        trained: generate with the trained model, else by a stand-in.
    """

    def __init__(self, *, trained: bool = False) -> None:
        self.pipeline = None if trained else SwingingWalker()
        self.watch = Watch(threaded=False, pipeline=self.pipeline)
        self.now_s = 0.0
        rig = make_rig(root_bone=True)
        bpy.context.scene.neural_motion.character = rig
        self.walk.path = make_curve(AHEAD)
        self.walk.auto_update = True
        bpy.ops.ed.undo_push(message="begin")

    @property
    def rig(self) -> bpy.types.Object:
        return bpy.context.scene.neural_motion.character

    @property
    def walk(self) -> Any:
        return self.rig.neural_motion.walk

    @property
    def take(self) -> bpy.types.Action | None:
        data = self.rig.animation_data
        return data.action if data is not None else None

    @property
    def state(self) -> str:
        return state_of(self.rig)[0]

    @property
    def first_point(self) -> Any:
        return self.walk.path.data.splines[0].points[1]

    def generate(self) -> None:
        """What Generate Walk does, and its undo step."""
        context = bpy.context
        job = walk_scene.read(context, walk_settings(context), model_choice(context))
        write_walk(context, self.walk, job, job.run(pipeline=self.pipeline))
        bpy.ops.ed.undo_push(message="generate")

    def bend(self, by: float = 0.3) -> None:
        """Move a point, as a step."""
        self.first_point.co.x += by
        bpy.ops.ed.undo_push(message="bend")

    def rest(self, seconds: float = 0.3) -> None:
        """Let time go by."""
        for _ in range(round(seconds / 0.05)):
            self.now_s += 0.05
            self.watch.tick(bpy.context, self.now_s)

    def walking(self) -> Watched:
        """With a walk that begins on frame 5 and is up to date."""
        bpy.context.scene.frame_set(5)
        self.generate()
        self.rest()
        assert self.state == UP_TO_DATE
        return self

    def undo(self) -> None:
        if bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo()
            self.watch.undone()

    def redo(self) -> None:
        if bpy.ops.ed.redo.poll():
            bpy.ops.ed.redo()
            self.watch.undone()


def keys(watched: Watched) -> list[float]:
    """What the walk's curves show on some frames."""
    curves = compat.fcurves_of(watched.rig)
    return [curve.evaluate(frame) for curve in curves for frame in (10.0, 30.0, 50.0)]


def other_ground(watched: Watched) -> None:
    """Choose another ground, higher up."""
    bpy.ops.mesh.primitive_plane_add(size=20, location=(0, 0, 0.4))
    watched.walk.ground = bpy.context.object
