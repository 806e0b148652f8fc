"""Panel of the walk: where, how fast, go."""

from __future__ import annotations

import bpy

from ...blender.jobs.last_result import draw_last_result
from ...blender.keys.start_properties import draw_start
from ...blender.models.chosen import draw_models
from ...blender.ui.common import InTab, draw_generate, draw_wrapped
from .auto_update.states import draw_auto_update
from .direction.arrival_panel import draw_going
from .direction.going import GoKind
from .direction.panel import draw_style
from .previews import latest_preview
from .properties import chosen_walk, has_controls, reason_not_to_walk


class NEURALMOTION_PT_walk(InTab, bpy.types.Panel):
    bl_label = "Walk"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_walk(context)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            column = layout.column(align=True)
            draw_going(column, chosen)
            column.prop(chosen, "ground")
            if chosen.going.go != GoKind.STAND.value:
                column.prop(chosen, "speed")
            draw_style(column, context, chosen.direction)
            draw_start(column, chosen)
            _draw_preview(column)
        reason = reason_not_to_walk(context)
        draw_generate(layout, context, "neural_motion.generate_walk", reason)
        if chosen is not None:
            column = layout.column(align=True)
            if reason is None or chosen.auto_update:
                draw_auto_update(column, chosen)
            draw_last_result(column, chosen, "walk")


def _draw_preview(layout: bpy.types.UILayout) -> None:
    """When the character will arrive, and what will not go as asked."""
    preview = latest_preview()
    column = layout.column(align=True)
    if preview.describe():
        draw_wrapped(column, preview.describe(), "TIME")
    if preview.slow:
        draw_wrapped(column, preview.slow[0].upper() + preview.slow[1:], "INFO")
    if preview.problem:
        column.alert = True
        draw_wrapped(column, preview.problem[0].upper() + preview.problem[1:], "ERROR")


class _OfWalk(InTab):
    """Mix-in of the panels that show what is set for one character's walk."""

    bl_parent_id = "NEURALMOTION_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}


class NEURALMOTION_PT_walk_options(_OfWalk, bpy.types.Panel):
    bl_label = "Options"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_walk(context)
        if chosen is None:
            return
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_models(layout, context, "walk")
        layout.prop(chosen, "ground_collection", text="Grounds")
        if has_controls(chosen.id_data):
            for name in ("legs", "arms"):
                layout.row().prop(chosen, name, expand=True)
        for name in ("root_motion", "stand_before", "stand_after", "seed", "fingers", "eyes"):
            layout.prop(chosen, name)


CLASSES = (
    NEURALMOTION_PT_walk,
    NEURALMOTION_PT_walk_options,
)
