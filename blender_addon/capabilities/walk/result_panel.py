"""Sub-panel of the walk: what the keys are written to, and how many."""

from __future__ import annotations

import bpy

from ...blender.ui.common import InTab
from .keys import KeyDensity


class NEURALMOTION_PT_walk_result(InTab, bpy.types.Panel):
    bl_label = "Result"
    bl_parent_id = "NEURALMOTION_PT_walk"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = context.scene.neural_motion.result
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("kind", "replace_last", "blend_in", "blend_out", "density"):
            layout.prop(chosen, name)
        if chosen.density == KeyDensity.REDUCED.value:
            column = layout.column(align=True)
            column.prop(chosen, "turn_bound")
            column.prop(chosen, "shift_bound_mm")


CLASSES = (NEURALMOTION_PT_walk_result,)
