"""Sub-panel of the quadruped: several animals in one go."""

from __future__ import annotations

import bpy

from ....blender.ui.common import InTab, draw_generate, draw_wrapped
from .members import herd_of, reason_not_to_go_together


class NEURALMOTION_PT_herd(InTab, bpy.types.Panel):
    bl_label = "Herd"
    bl_parent_id = "NEURALMOTION_PT_quadruped_options"
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        reason = reason_not_to_go_together(context)
        if reason is None:
            draw_wrapped(self.layout, f"{len(herd_of(context))} animals are selected", "COMMUNITY")
        draw_generate(self.layout, context, "neural_motion.generate_herd", reason)


CLASSES = (NEURALMOTION_PT_herd,)
