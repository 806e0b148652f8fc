"""Sub-panel of the walk: several characters in one go."""

from __future__ import annotations

import bpy

from ....blender.ui.common import InTab, draw_generate, draw_hint
from .migration import has_own_speed
from .properties import reason_not_to_walk_together


class NEURALMOTION_UL_crowd(bpy.types.UIList):
    """One line for each character."""

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
        parts = layout.split(factor=0.5)
        rig, path = item.rig, item.path
        parts.label(text=rig.name if rig else "Nobody", icon="ARMATURE_DATA" if rig else "ERROR")
        parts.label(text=path.name if path else "As in Walk", icon="CURVE_DATA")


class NEURALMOTION_PT_crowd(InTab, bpy.types.Panel):
    bl_label = "Several Characters"
    bl_parent_id = "NEURALMOTION_PT_walk_options"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = context.scene.neural_motion.walk, self.layout
        row = layout.row()
        row.template_list(
            "NEURALMOTION_UL_crowd", "", chosen, "crowd", chosen, "active_member", rows=3
        )
        buttons = row.column(align=True)
        buttons.operator("neural_motion.add_crowd_members", text="", icon="ADD")
        buttons.operator("neural_motion.remove_crowd_member", text="", icon="REMOVE")
        draw_hint(layout, chosen.crowd, "Nobody yet: select characters, + adds them")
        layout.use_property_split = True
        layout.use_property_decorate = False
        if 0 <= chosen.active_member < len(chosen.crowd):
            member = chosen.crowd[chosen.active_member]
            for name in ("rig", "path", "own_speed"):
                layout.prop(member, name)
            speed = layout.row()
            speed.active = has_own_speed(member)
            speed.prop(member, "speed")
            for name in ("delay", "seed"):
                layout.prop(member, name)
        layout.prop(chosen, "keep_apart")
        reason = reason_not_to_walk_together(context)
        draw_generate(layout, context, "neural_motion.generate_crowd", reason)


class NEURALMOTION_PT_crowd_vary(InTab, bpy.types.Panel):
    bl_label = "Vary"
    bl_parent_id = "NEURALMOTION_PT_crowd"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.neural_motion.walk, "vary", text="")

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = context.scene.neural_motion.walk, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.active = chosen.vary
        for name in ("vary_speed", "vary_delay", "vary_styles", "vary_seed"):
            layout.prop(chosen, name)


CLASSES = (NEURALMOTION_UL_crowd, NEURALMOTION_PT_crowd, NEURALMOTION_PT_crowd_vary)
