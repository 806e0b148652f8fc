"""Sub-panels of the walk: how somebody walks, and what changes along the path."""

from __future__ import annotations

from typing import Any

import bpy

from ....blender.ui.common import InTab, draw_hint, draw_wrapped
from ....core.settings import declared
from ....core.walk.settings import Direction
from ..properties import chosen_walk
from .properties import VALUE_OF_KIND
from .style_menu import has_pictures, is_unknown


class NEURALMOTION_PT_direction(InTab, bpy.types.Panel):
    bl_label = "Direction"
    bl_parent_id = "NEURALMOTION_PT_walk"
    bl_order = 0
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        walk, layout = chosen_walk(context), self.layout
        if walk is None:
            return
        chosen = walk.direction
        _draw_presets(layout, chosen)
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        _draw_blend(column, context, chosen)
        for each in declared(Direction):
            column.prop(chosen, each.name)
        layout.operator("neural_motion.reset_direction", text="Reset", icon="LOOP_BACK")


def _draw_presets(layout: bpy.types.UILayout, chosen: Any) -> None:
    row = layout.row(align=True)
    row.menu("NEURALMOTION_MT_direction_presets", text="", icon="PRESET")
    row.prop(chosen, "preset", text="")
    row.operator("neural_motion.save_direction_preset", text="", icon="ADD")
    row.operator("neural_motion.delete_direction_preset", text="", icon="REMOVE")


def _draw_blend(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: Any) -> None:
    """The picture of the style, and another to blend it with."""
    if chosen.style and has_pictures(context):
        layout.template_icon_view(chosen, "style_menu", show_labels=True, scale=5.0)
    _draw_second(layout, chosen)


def _draw_second(layout: bpy.types.UILayout, chosen: Any) -> None:
    """Another style to blend with, and how much of it."""
    layout.prop(chosen, "second_style_menu")
    blend = layout.column()
    blend.active = bool(chosen.second_style)
    blend.prop(chosen, "blend")


def _draw_mark(layout: bpy.types.UILayout, context: bpy.types.Context, mark: Any) -> None:
    """What a line of the list has no room for."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    if mark.kind == "STYLE":
        _draw_second(layout, mark)
        _draw_missing(layout, context, mark)


def draw_style(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: Any) -> None:
    """The menu of styles, and what is wrong with the choice."""
    layout.prop(chosen, "style_menu")
    _draw_missing(layout, context, chosen)


def _draw_missing(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: Any) -> None:
    missing = [n for n in (chosen.style, chosen.second_style) if is_unknown(n, context)]
    if missing:
        column = layout.column()
        column.alert = True
        draw_wrapped(column, f"The model has no style '{missing[0]}'. Choose another", "ERROR")


class NEURALMOTION_UL_path_marks(bpy.types.UIList):
    """One line for each place where something changes."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: object,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
    ) -> None:
        row = layout.row(align=True)
        for name in ("distance", "kind", VALUE_OF_KIND[item.kind]):
            row.prop(item, name, text="", emboss=False)


class NEURALMOTION_PT_path_marks(InTab, bpy.types.Panel):
    bl_label = "Along the Path"
    bl_parent_id = "NEURALMOTION_PT_direction"
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_walk(context)
        if chosen is None:
            return
        row = self.layout.row()
        row.template_list(
            "NEURALMOTION_UL_path_marks", "", chosen, "marks", chosen, "active_mark", rows=3
        )
        buttons = row.column(align=True)
        buttons.operator_menu_enum("neural_motion.add_path_mark", "kind", text="", icon="ADD")
        buttons.operator("neural_motion.remove_path_mark", text="", icon="REMOVE")
        draw_hint(self.layout, chosen.marks, "No changes yet: + adds one along the path")
        if chosen.active_mark < len(chosen.marks):
            _draw_mark(self.layout.column(), context, chosen.marks[chosen.active_mark])
        self.layout.prop(chosen, "show_on_path")


CLASSES = (NEURALMOTION_PT_direction, NEURALMOTION_UL_path_marks, NEURALMOTION_PT_path_marks)
