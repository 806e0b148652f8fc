"""Panel of gestures: which sound, whether to talk or to dance, how, go."""

from __future__ import annotations

from functools import partial

import bpy

from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.result_properties import draw_layer_result, draw_result_options
from ...blender.models.chosen import draw_models
from ...blender.sound.choice import draw_sound
from ...blender.ui.common import InTab, draw_generate, draw_keyable, draw_wrapped
from ...core.retarget.control_map import find_control_family
from .depends import made_from
from .properties import OFF, chosen_gesture, reason_not_to_gesture


class _OfCharacter(InTab):
    """Mix-in of the panels that show one character's settings."""

    bl_parent_id = "NEURALMOTION_PT_gesture"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = chosen_gesture(context)
        return chosen is not None and chosen.mode != OFF


class NEURALMOTION_PT_gesture(InTab, bpy.types.Panel):
    bl_label = "Gesture"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_gesture(context)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            layout.row().prop(chosen, "mode", expand=True)
        if chosen is not None and chosen.mode != OFF:
            column = layout.column(align=True)
            draw_sound(column, context.scene, chosen)
            if chosen.source == "FILE":
                column.prop(chosen, "start_frame")
            if chosen.mode == "DANCE":
                layout.prop(chosen, "style")
            column = layout.column(align=True)
            draw_keyable(column, chosen, "energy")
            draw_keyable(column, chosen, "size")
        draw_generate(
            layout, context, "neural_motion.generate_gesture", reason_not_to_gesture(context)
        )
        if chosen is not None:
            draw_if_stale(
                layout, chosen, "gesture", partial(made_from, context.scene, chosen.id_data)
            )
            draw_last_result(layout, chosen, "gesture")


class NEURALMOTION_PT_gesture_style(_OfCharacter, bpy.types.Panel):
    bl_label = "Hands and Variation"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_gesture(context)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        dances = chosen.mode == "DANCE"
        shown = ("travel",) if dances else ("handedness", "space", "head", "replace_arms")
        for name in (*shown, "mirror", "seed"):
            layout.prop(chosen, name)
        layout.prop(chosen, "use_range")
        if chosen.use_range:
            column = layout.column(align=True)
            column.prop(chosen, "first_frame")
            column.prop(chosen, "last_frame")
        draw_models(layout, context, "gesture")


class NEURALMOTION_PT_gesture_strokes(_OfCharacter, bpy.types.Panel):
    bl_label = "Strokes"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = chosen_gesture(context)
        return chosen is not None and chosen.mode == "TALK"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_gesture(context)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "show_strokes")
        column = layout.column(align=True)
        column.operator("neural_motion.add_stroke", icon="ADD")
        column.operator("neural_motion.clear_moved_strokes", icon="LOOP_BACK")
        if chosen.show_strokes:
            draw_wrapped(
                layout, "Drag or delete the markers in the timeline, then generate again", "INFO"
            )


class NEURALMOTION_PT_gesture_beats(_OfCharacter, bpy.types.Panel):
    bl_label = "Beats"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = chosen_gesture(context)
        return chosen is not None and chosen.mode == "DANCE"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_gesture(context)
        beats, layout = chosen.beats, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen.last_result_bpm:
            heard = f"{chosen.last_result_bpm:.1f} bpm heard, {chosen.last_result_sure:.0%} sure"
            draw_wrapped(layout, heard, "SOUND")
        layout.row().prop(beats, "tempo_from", expand=True)
        column = layout.column(align=True)
        if beats.tempo_from == "SET":
            column.prop(beats, "tempo")
            column.prop(beats, "first_beat")
        else:
            column.prop(beats, "shift")
        column = layout.column(align=True)
        column.operator("neural_motion.tap_tempo", icon="PLAY")
        row = column.row(align=True)
        row.operator("neural_motion.scale_tempo", text="Half").factor = "HALF"
        row.operator("neural_motion.scale_tempo", text="Double").factor = "DOUBLE"
        column.operator("neural_motion.first_beat_here", icon="MARKER_HLT")
        layout.prop(chosen, "show_beats")


class NEURALMOTION_PT_gesture_keys(_OfCharacter, bpy.types.Panel):
    bl_label = "Keys"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_gesture(context)
        if chosen.mode == "TALK":
            draw_layer_result(self.layout, chosen.result)
            return
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "root_motion")
        if find_control_family(chosen.id_data.data.bones.keys()) is not None:
            layout.prop(chosen, "legs")
            layout.prop(chosen, "arms")
        draw_result_options(
            layout,
            chosen.result_of_dance,
            ("kind", "replace_last", "blend_in", "blend_out", "density"),
            ("turn_bound", "shift_bound_mm"),
        )


CLASSES = (
    NEURALMOTION_PT_gesture,
    NEURALMOTION_PT_gesture_style,
    NEURALMOTION_PT_gesture_strokes,
    NEURALMOTION_PT_gesture_beats,
    NEURALMOTION_PT_gesture_keys,
)
