"""Sub-panel of the quadruped: what the keys are written to, and how many."""

from __future__ import annotations

import bpy

from ...blender.keys.result_properties import draw_result_options
from ...blender.ui.common import InTab
from .properties import chosen_quadruped


class NEURALMOTION_PT_quadruped_result(InTab, bpy.types.Panel):
    bl_label = "Keys"
    bl_parent_id = "NEURALMOTION_PT_quadruped_options"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_quadruped(context)
        if chosen is not None:
            draw_result_options(
                self.layout,
                chosen.result,
                ("kind", "replace_last", "blend_in", "blend_out", "contacts", "density"),
                ("turn_bound", "shift_bound_mm"),
            )


CLASSES = (NEURALMOTION_PT_quadruped_result,)
