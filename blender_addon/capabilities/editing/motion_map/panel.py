"""Panel of the map: which motions, the picture, what was clicked in it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ....blender.ui.common import InTab, draw_generate, draw_wrapped
from .operators import NEURALMOTION_OT_make_motion_map
from .properties import FOLDER, LIBRARY
from .shown import latest_map


class NEURALMOTION_PT_motion_map(InTab, bpy.types.Panel):
    bl_label = "Map"
    bl_parent_id = "NEURALMOTION_PT_editing"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen = self.layout, context.scene.neural_motion.editing
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(chosen, "source", expand=True)
        column = layout.column(align=True)
        if chosen.source == FOLDER:
            column.prop(chosen, "folder")
        elif chosen.source == LIBRARY:
            column.prop(chosen, "library", icon="ASSET_MANAGER")
        column.prop(chosen, "seed")
        reason = NEURALMOTION_OT_make_motion_map.reason(context)
        draw_generate(
            layout, context, "neural_motion.make_motion_map", reason, icon="STICKY_UVS_LOC"
        )
        if latest_map() is not None:
            draw_wrapped(layout, chosen.last_result.partition("; ")[0], "CHECKMARK")
            layout.operator("neural_motion.show_motion_map", icon="HIDE_OFF")
        if chosen.clip:
            _draw_clip(layout, chosen)


def _draw_clip(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    column = layout.column(align=True)
    draw_wrapped(column, f"'{chosen.clip}', frame {chosen.clip_frame}", "ACTION")
    if chosen.clip_file:
        column.label(text=Path(chosen.clip_file).name, icon="FILE", translate=False)
    row = column.row(align=True)
    row.operator("neural_motion.use_map_clip")
    row.operator("neural_motion.map_clip_as_reference")


CLASSES = (NEURALMOTION_PT_motion_map,)
