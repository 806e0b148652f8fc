"""Sub-panel of the quadruped: steer the animal in the viewport."""

from __future__ import annotations

import bpy

from ....blender.ui.common import InTab, draw_wrapped
from ....core.quadruped.driving import DrivingSettings
from ....core.settings import declared
from ..properties import chosen_quadruped
from .operator import reason_not_to_drive


class NEURALMOTION_PT_quadruped_drive(InTab, bpy.types.Panel):
    bl_label = "Live Drive"
    bl_parent_id = "NEURALMOTION_PT_quadruped_options"
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_quadruped(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            for each in declared(DrivingSettings):
                layout.prop(chosen.drive, each.name)
        row = layout.row()
        row.scale_y = 1.3
        row.operator("neural_motion.drive_quadruped", icon="PLAY")
        driving = context.window_manager.neural_motion.driving
        reason = None if driving else reason_not_to_drive(context)
        draw_wrapped(
            layout, reason or "W A S D, Shift to go faster. Enter keeps it, Esc takes it back",
            "INFO",
        )  # fmt: skip


CLASSES = (NEURALMOTION_PT_quadruped_drive,)
