"""Who is driven and how, or why nobody can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ....blender.jobs.state import RUNNING
from ....blender.rig.pose import RootMotion
from ...character.chosen import chosen_armature, reason_without_armature
from ..properties import walk_settings

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .drive import DriveSettings


def drive_settings(context: bpy.types.Context) -> DriveSettings:
    """Who is driven, where and on what, as the Walk panel has it."""
    from .drive import DriveSettings

    walk = walk_settings(context)
    return DriveSettings(
        armature=walk.armature,
        ground=walk.ground,
        ground_collection=walk.ground_collection,
        root_motion=walk.root_motion,
        limbs=walk.limbs,
        seed=walk.seed,
        fingers=walk.fingers,
        eyes=walk.eyes,
        style=walk.directions.style,
        direction=walk.directions.start,
    )


def reason_not_to_drive(context: bpy.types.Context) -> str | None:
    """Why Drive is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    armature = chosen_armature(context)
    if (reason := reason_without_armature(context)) is not None:
        return reason
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    if armature.neural_motion.walk.root_motion == RootMotion.IN_PLACE.value:
        return "Set Root Motion to Root Bone or Object: in place goes nowhere"
    return None
