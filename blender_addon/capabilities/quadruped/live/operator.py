"""Drive Quadruped: steer the animal in the viewport by keys or towards the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ....blender.jobs.modal import tell
from ....blender.keys.result_properties import action_options
from ....blender.live.steering import DrivesLive
from ....blender.models.preferred import model_choice
from ....blender.rig.pose import RootMotion
from ....blender.ui.reporting import report
from ...character.chosen import chosen_armature
from ..properties import animal_choice, chosen_quadruped, reason_not_an_animal

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .drive import AnimalDrive


def reason_not_to_drive(context: bpy.types.Context) -> str | None:
    """Why Drive is greyed out, in the user's words; None if it is not."""
    reason = reason_not_an_animal(context)
    if reason is None and chosen_quadruped(context).root_motion == RootMotion.IN_PLACE.value:
        return "Set Root Motion to Root Bone or Object: in place goes nowhere"
    return reason


class NEURALMOTION_OT_drive_quadruped(DrivesLive, bpy.types.Operator):
    """Steer the animal by W A S D and Shift, or to the mouse; Enter keeps the motion as keys"""

    bl_idname = "neural_motion.drive_quadruped"
    bl_label = "Drive Quadruped"
    bl_options = {"REGISTER", "UNDO"}

    help_text = "W A S D: go   Shift: faster   Enter: keep   Esc: take back"
    faster_text = "faster"

    profile: bpy.props.StringProperty(
        name="Profile",
        description="Without a window: seconds and velocity in m/s along X and Y of each stretch, "
        'as in "2:0:-1.3; 1:0:0"',
        options={"HIDDEN", "SKIP_SAVE"},
    )

    reason = staticmethod(reason_not_to_drive)

    @staticmethod
    def settings(context: bpy.types.Context) -> Any:
        return chosen_quadruped(context).drive

    @staticmethod
    def speeds(context: bpy.types.Context) -> tuple[float, float]:
        chosen = chosen_quadruped(context).drive
        return chosen.slow, chosen.fast

    def begin(self, context: bpy.types.Context) -> AnimalDrive:
        from .drive import AnimalDrive

        choice = animal_choice(context, chosen_armature(context))
        drive = AnimalDrive(context, choice, model_choice(context))
        tell(self, drive.warnings)
        return drive

    def keep(self, context: bpy.types.Context, driven: AnimalDrive) -> None:
        from ..applying import tell_motion

        shown = chosen_quadruped(context)
        written, job, outcome = driven.keep(context, action_options(shown.result))
        told, after = tell_motion(context, shown, job, outcome, written)
        report(self, {"INFO"}, f"'{written.action_name}': {told}")
        tell(self, after)


CLASSES = (NEURALMOTION_OT_drive_quadruped,)
