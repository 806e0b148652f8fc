"""What happens in the physics demo: somebody walks straight ahead, and is not left in peace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy

from blender_addon.capabilities.physics import scene as physics_scene
from blender_addon.capabilities.physics.choice import PhysicsChoice, PushChoice
from blender_addon.capabilities.physics.job import PhysicsJob, PhysicsMotion
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Outcome
from blender_addon.core.physics.settings import Mode, PhysicsSettings

from ..cast import add_actor
from .stage import Stage

FRAME_RATE: Final = 24
FIRST_FRAME: Final = 1
WALKER: Final = "Ada"
_FROM_X_M, _TO_X_M = -4.5, 5.0
_SPEED_M_S: Final = 1.25
_PUSHED_S: Final = 0.1


@dataclass(frozen=True)
class DemoPush:
    """A push of the demo.

    Args:
        title: what it is called in pictures.
        at_s: when, from the first frame.
        bone: that an arrow points at.
        body: of the figure that is pushed.
        impulse_n_s: direction and strength, Blender's axes.
    """

    title: str
    at_s: float
    bone: str
    body: str
    impulse_n_s: tuple[float, float, float]

    @property
    def strength(self) -> float:
        """N s."""
        return sum(each * each for each in self.impulse_n_s) ** 0.5


PUSHES: Final = (
    DemoPush("pushed aside", 2.0, "chest", "chest", (0.0, 32.0, 0.0)),
    DemoPush("pushed from behind", 3.8, "chest", "chest", (34.0, -16.0, 0.0)),
    DemoPush("knocked down", 8.2, "chest", "chest", (-70.0, 130.0, 0.0)),
)


def push_frames() -> list[int]:
    """The frames on which the pushes begin."""
    return [FIRST_FRAME + round(push.at_s * FRAME_RATE) for push in PUSHES]


def let_walk(context: bpy.types.Context, stage: Stage, models: ModelChoice) -> bpy.types.Object:
    """Add somebody who walks straight ahead, as the walk's operator does it; knows of nothing."""
    rig = add_actor(context, WALKER)
    context.view_layer.update()
    settings = WalkSettings(
        armature=rig,
        curve=_path(context),
        ground=stage.floor,
        speed_m_s=_SPEED_M_S,
        stand_before_s=0.4,
        stand_after_s=1.6,
        start_frame=FIRST_FRAME,
    )
    job = walk_scene.read(context, settings, models)
    walk_scene.write(context, job, job.run().result)
    return rig


def _path(context: bpy.types.Context) -> bpy.types.Object:
    data = bpy.data.curves.new("Path", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(1)
    for point, x in zip(spline.points, (_FROM_X_M, _TO_X_M), strict=True):
        point.co = (x, 0.0, 0.0, 1.0)
    curve = bpy.data.objects.new("Path", data)
    context.scene.collection.objects.link(curve)
    return curve


def knock(
    context: bpy.types.Context, rig: bpy.types.Object, stage: Stage, models: ModelChoice
) -> tuple[PhysicsJob, Outcome[PhysicsMotion]]:
    """Give the walk weight, pushes and a plank, as the operator does it: without any help."""
    choice = PhysicsChoice(
        armature=rig,
        settings=PhysicsSettings(mode=Mode.BALANCE, help_percent=0.0),
        pushes=tuple(
            PushChoice(frame, push.body, push.impulse_n_s, _PUSHED_S)
            for push, frame in zip(PUSHES, push_frames(), strict=True)
        ),
        obstacles=tuple(stage.obstacles.objects),
    )
    job = physics_scene.read(context, choice, models)
    outcome = job.run()
    physics_scene.write(context, job, outcome.result)
    return job, outcome
