"""Panel of the walk: who, where, how fast, go."""

from __future__ import annotations

import textwrap

import bpy

from ..properties import reason_not_to_walk

_LINE_LETTERS = 32  # what a sidebar of the usual width shows


class _InTab:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Neural Motion"


class NEURALMOTION_UL_path_marks(bpy.types.UIList):
    """One line for each change of speed or stop."""

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
        row.prop(item, "distance", text="", emboss=False)
        row.prop(item, "kind", text="", emboss=False)
        row.prop(item, "speed" if item.kind == "SPEED" else "seconds", text="", emboss=False)


class NEURALMOTION_PT_walk(_InTab, bpy.types.Panel):
    bl_label = "Walk"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = context.scene.neural_motion
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "rig")
        if chosen.rig is None:
            layout.operator("neural_motion.add_demo_character", icon="ARMATURE_DATA")
        layout.prop(chosen, "path")
        if chosen.path is None:
            layout.operator("neural_motion.add_path", icon="CURVE_DATA")
        layout.prop(chosen, "ground")
        layout.prop(chosen, "speed")
        self._draw_go(context)

    def _draw_go(self, context: bpy.types.Context) -> None:
        state = context.window_manager.neural_motion
        if state.running:
            self.layout.progress(
                factor=state.progress, text=f"{state.progress:.0%}   (Esc cancels)"
            )
            return
        row = self.layout.row()
        row.scale_y = 1.5
        row.operator("neural_motion.generate_walk", icon="PLAY")
        reason = reason_not_to_walk(context)
        if reason is not None:
            for n, line in enumerate(textwrap.wrap(reason, _LINE_LETTERS)):
                self.layout.label(text=line, icon="BLANK1" if n else "INFO")


class NEURALMOTION_PT_path_marks(_InTab, bpy.types.Panel):
    bl_label = "Speeds and Stops"
    bl_parent_id = "NEURALMOTION_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = context.scene.neural_motion
        row = self.layout.row()
        row.template_list(
            "NEURALMOTION_UL_path_marks", "", chosen, "marks", chosen, "active_mark", rows=3
        )
        buttons = row.column(align=True)
        buttons.operator("neural_motion.add_path_mark", text="", icon="ADD")
        buttons.operator("neural_motion.remove_path_mark", text="", icon="REMOVE")


class NEURALMOTION_PT_walk_options(_InTab, bpy.types.Panel):
    bl_label = "Options"
    bl_parent_id = "NEURALMOTION_PT_walk"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = context.scene.neural_motion
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in (
            "ground_collection", "root_motion", "stand_before", "stand_after", "seed",
        ):  # fmt: skip
            layout.prop(chosen, name)


class NEURALMOTION_PT_last_result(_InTab, bpy.types.Panel):
    bl_label = "Last Result"
    bl_parent_id = "NEURALMOTION_PT_walk"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(context.scene.neural_motion.last_result)

    def draw(self, context: bpy.types.Context) -> None:
        chosen = context.scene.neural_motion
        column = self.layout.column(align=True)
        column.label(text=chosen.last_result, icon="ACTION")
        for sentence in chosen.last_provider.split("; "):
            for line in textwrap.wrap(sentence, _LINE_LETTERS):
                column.label(text=line, icon="BLANK1")
