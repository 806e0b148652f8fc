"""What the panels draw of where a walk goes and how it ends."""

from __future__ import annotations

from typing import Any

import bpy

from ....blender.ui.common import InTab
from ..properties import chosen_walk
from .going import FaceKind, GoKind


def draw_going(layout: bpy.types.UILayout, walk: Any) -> None:
    """Where to go."""
    chosen = walk.going
    layout.row().prop(chosen, "go", expand=True)
    if chosen.go == GoKind.STAND.value:
        layout.prop(chosen, "stand_for")
        draw_end_facing(layout, chosen, text="Turn To")
    elif chosen.go == GoKind.TARGET.value:
        layout.prop(chosen, "target")
        layout.prop(chosen, "stop_short")
    else:
        layout.prop(walk, "path")
        if walk.path is None:
            layout.operator("neural_motion.add_path", icon="CURVE_DATA")


def draw_end_facing(layout: bpy.types.UILayout, chosen: Any, text: str) -> None:
    """Where to face in the end."""
    layout.prop(chosen, "end_facing", text=text)
    if chosen.end_facing == FaceKind.HEADING.value:
        layout.prop(chosen, "end_heading")
    elif chosen.end_facing == FaceKind.OBJECT.value:
        layout.prop(chosen, "end_toward")


class NEURALMOTION_PT_arrival(InTab, bpy.types.Panel):
    bl_label = "Arrival"
    bl_parent_id = "NEURALMOTION_PT_direction"
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        walk, layout = chosen_walk(context), self.layout
        if walk is None:
            return
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = walk.going
        if chosen.go == GoKind.STAND.value:
            layout.label(text="Who stands does not arrive", icon="INFO")
            return
        layout.prop(chosen, "use_arrive")
        frame = layout.column()
        frame.active = chosen.use_arrive
        frame.prop(chosen, "arrive_frame", text="Frame")
        draw_end_facing(layout, chosen, text="End Facing")


CLASSES = (NEURALMOTION_PT_arrival,)
