"""Drive: steer the character in the viewport by keys or towards the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ....blender.jobs.last_result import keep_result
from ....blender.jobs.modal import tell
from ....blender.keys.result_properties import action_options
from ....blender.live.steering import DrivesLive
from ....blender.models.preferred import model_choice
from ....blender.ui.reporting import report
from ..properties import chosen_walk
from .choice import drive_settings, reason_not_to_drive

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .drive import LiveDrive


class NEURALMOTION_OT_live_drive(DrivesLive, bpy.types.Operator):
    """Steer the character by W A S D and Shift, or to the mouse; Enter keeps the walk as keys"""

    bl_idname = "neural_motion.live_drive"
    bl_label = "Drive"
    bl_options = {"REGISTER", "UNDO"}

    help_text = "W A S D: walk   Shift: jog   Enter: keep   Esc: take back"
    faster_text = "jog"

    profile: bpy.props.StringProperty(
        name="Profile",
        description="Without a window: seconds and velocity in m/s along X and Y of each stretch, "
        'as in "2:0:-1.3; 1:0:0"',
        options={"HIDDEN", "SKIP_SAVE"},
    )

    reason = staticmethod(reason_not_to_drive)

    @staticmethod
    def settings(context: bpy.types.Context) -> Any:
        return chosen_walk(context).drive

    @staticmethod
    def speeds(context: bpy.types.Context) -> tuple[float, float]:
        chosen = chosen_walk(context).drive
        return chosen.walk, chosen.jog

    def begin(self, context: bpy.types.Context) -> LiveDrive:
        from .drive import LiveDrive

        drive = LiveDrive(context, drive_settings(context), model_choice(context))
        tell(self, drive.warnings)
        return drive

    def keep(self, context: bpy.types.Context, driven: LiveDrive) -> None:
        from ..residual import measure_if_possible

        shown = chosen_walk(context)
        written, job, outcome = driven.keep(context, action_options(shown.result))
        walk = outcome.result
        residual = measure_if_possible(context, job, walk, written.first_frame, written.blended_s)
        count = written.last_frame - written.first_frame + 1
        brief = f"{count} frames, {walk.clip.duration_s:.1f} s driven{residual.brief}"
        told = f"{brief}; {residual.describe()}"
        warnings = (*written.notes, *residual.warnings())
        keep_result(shown, told, outcome.describe(), (*driven.warnings, *warnings))
        report(self, {"INFO"}, f"'{written.action_name}': {told}")
        tell(self, warnings)


CLASSES = (NEURALMOTION_OT_live_drive,)
