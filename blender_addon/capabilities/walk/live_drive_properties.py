"""What the user sets in the Live Drive sub-panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.jobs.state import RUNNING
from ...blender.rig.pose import RootMotion
from ...core.retarget.control_map import LimbMode, LimbModes

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .live_drive import DriveSettings


class NEURALMOTION_PG_live_drive(bpy.types.PropertyGroup):
    """How a character is driven."""

    walk: bpy.props.FloatProperty(
        name="Walk",
        description="Speed while a direction key is held",
        default=1.3,
        min=0.1,
        max=100.0,
        soft_max=4.0,
        unit="VELOCITY",
    )
    jog: bpy.props.FloatProperty(
        name="Jog",
        description="Speed while Shift is held as well",
        default=2.6,
        min=0.1,
        max=100.0,
        soft_max=4.0,
        unit="VELOCITY",
    )
    toward_mouse: bpy.props.BoolProperty(
        name="Toward Mouse",
        description="Walk towards the mouse on the ground all the time; where this is off, only "
        "while its left button is held",
        default=False,
    )


def drive_settings(scene: bpy.types.Scene) -> DriveSettings:
    """The scene's choices; who, where and on what come from the Walk panel."""
    from .live_drive import DriveSettings

    chosen = scene.neural_motion
    return DriveSettings(
        armature=chosen.rig,
        ground=chosen.ground,
        ground_collection=chosen.ground_collection,
        root_motion=RootMotion(chosen.root_motion),
        limbs=LimbModes(LimbMode(chosen.legs), LimbMode(chosen.arms)),
        seed=chosen.seed,
    )


def reason_not_to_drive(context: bpy.types.Context) -> str | None:
    """Why Drive is greyed out, in the user's words; None if it is not."""
    chosen = context.scene.neural_motion
    if context.window_manager.neural_motion.running:
        return RUNNING
    if chosen.rig is None:
        return "Choose a character, or add the demo character"
    if chosen.rig.mode == "EDIT":
        return f"Leave Edit Mode of '{chosen.rig.name}' first (Tab)"
    if chosen.root_motion == RootMotion.IN_PLACE.value:
        return "Set Root Motion to Root Bone or Object: in place goes nowhere"
    return None
