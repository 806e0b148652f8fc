"""Panel of speech: which sound, in what style, go."""

from __future__ import annotations

from functools import partial

import bpy

from ...blender.face.shape_keys import armature_of, find_face_meshes
from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.result_properties import draw_layer_result
from ...blender.models.chosen import draw_models
from ...blender.sound.choice import draw_sound, what_sound_lacks
from ...blender.sound.playing import draw_playing
from ...blender.translation import translated
from ...blender.ui.common import InTab, draw_generate, draw_hint, draw_keyable, draw_wrapped
from ...core.face.table import TargetKind
from ...core.speech.expressions import EMOTIONS, EXPRESSIONS
from ..character.chosen import chosen_character, chosen_settings
from .depends import made_from
from .heard_panel import CLASSES as HEARD
from .model import what_model_lacks
from .properties import offered_styles, reason_not_to_speak, speaking


class _OfCharacter(InTab):
    """Mix-in of the panels that show one character's settings."""

    bl_parent_id = "NEURALMOTION_PT_speech"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_character(context) is not None


class NEURALMOTION_UL_face_channels(bpy.types.UIList):
    """One line for each row of the channel table."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: object,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
    ) -> None:
        row = layout.row(align=True)
        row.prop(item, "used", text="")
        part = row.row()
        part.active = item.used
        part.label(text=_row_text(item), icon=_row_icon(item))


def _row_text(item: bpy.types.PropertyGroup) -> str:
    """Gain unless 1, channel, target unless of the same name: as short as the narrow room."""
    channel = item.channel.rpartition(" / ")[2] or "?"
    gain = "" if abs(item.gain - 1.0) < 0.005 else f"{item.gain:.2g} × "
    target = "" if channel == item.target else f" → {item.target or 'none'}"
    return f"{gain}{channel}{target}"


def _row_icon(item: bpy.types.PropertyGroup) -> str:
    if not item.target:
        return "ERROR"
    return "NONE" if item.kind == TargetKind.SHAPE.value else "BONE_DATA"


class NEURALMOTION_PT_speech(InTab, bpy.types.Panel):
    bl_label = "Speech"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "speech")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            column = layout.column(align=True)
            draw_sound(column, context.scene, chosen)
            if chosen.source == "FILE":
                column.prop(chosen, "start_frame")
            if what_sound_lacks(chosen) is None:
                column.prop(chosen, "show_waveform")
                draw_playing(layout, context.scene)
            draw_keyable(layout, chosen, "strength")
        reason = reason_not_to_speak(context)
        draw_generate(layout, context, "neural_motion.generate_speech", reason)
        if chosen is not None:
            draw_if_stale(
                layout, chosen, "speech", partial(made_from, context.scene, chosen.id_data)
            )
            draw_last_result(layout, chosen, "speech")


def _draw_variation(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup
) -> None:
    """What the chosen network may heed; inactive with a reason where it does not."""
    lacking = what_model_lacks(context, "variation")
    row = layout.row(align=True)
    row.active = not lacking
    row.prop(chosen, "variation")
    row.operator("neural_motion.new_speech_variation", text="", icon="FILE_REFRESH")
    if lacking:
        draw_wrapped(layout, lacking, "INFO")


class NEURALMOTION_PT_speech_style(_OfCharacter, bpy.types.Panel):
    bl_label = "Style and Expression"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "speech")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(align=True)
        for style in offered_styles(context, chosen):
            draw_keyable(column, style, "weight", text=style.name.title())
        lacking = what_model_lacks(context, "expressiveness")
        column = layout.column()
        column.active = not lacking
        column.prop(chosen, "expressiveness")
        if lacking:
            draw_wrapped(layout, lacking, "INFO")
        _draw_emotions(layout, context, chosen)


def _draw_emotions(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup
) -> None:
    lacking, emotions = what_model_lacks(context, "expressions"), list(EMOTIONS.values())
    whole = layout.column()
    whole.active = not lacking
    column = whole.column(align=True)
    column.label(text="Emotions (laid over)")
    for name in (*emotions, *(name for name in EXPRESSIONS if name not in emotions)):
        draw_keyable(column, chosen.expressions, name)
    whole.prop(chosen, "markers")
    if lacking:
        draw_wrapped(layout, lacking, "INFO")


class NEURALMOTION_PT_speech_options(_OfCharacter, bpy.types.Panel):
    bl_label = "Options"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "speech")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_models(layout, context, "speech")
        _draw_variation(layout, context, chosen)
        lacking = {name: what_model_lacks(context, name) for name in ("lip_closure", "blinks")}
        for name in ("smoothing", "offset", "lip_closure", "breath", "upper_face"):
            _draw_able(layout, chosen, name, lacking.get(name, ""))
        column = layout.column()
        column.active = chosen.upper_face
        for name in ("blinks", "seed", "nods"):
            _draw_able(column, chosen, name, lacking.get(name, ""))
        head = column.column()
        head.active = chosen.nods
        head.prop(chosen, "head")
        layout.prop(chosen, "use_range")
        if chosen.use_range:
            column = layout.column(align=True)
            column.prop(chosen, "first_frame")
            column.prop(chosen, "last_frame")


def _draw_able(
    layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup, name: str, lacking: str
) -> None:
    """A setting; inactive, with the reason under it, where the model cannot heed it."""
    row = layout.row()
    row.active = not lacking
    row.prop(chosen, name)
    if lacking:
        draw_wrapped(layout, lacking, "INFO")


class NEURALMOTION_PT_speech_channels(_OfCharacter, bpy.types.Panel):
    bl_label = "Channels"
    bl_parent_id = "NEURALMOTION_PT_speech_options"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "speech")
        layout = self.layout
        if lacking := what_model_lacks(context, "channels"):
            draw_wrapped(layout, lacking, "INFO")
            layout = layout.column()
            layout.active = False
        layout.operator("neural_motion.find_face_channels", icon="VIEWZOOM")
        if len(chosen.channels):
            layout.label(text=translated(f"Names: {chosen.family or 'not known'}"))
        row = layout.row()
        row.template_list(
            "NEURALMOTION_UL_face_channels", "", chosen, "channels", chosen, "active_channel",
            rows=5,
        )  # fmt: skip
        buttons = row.column(align=True)
        buttons.operator("neural_motion.add_face_channel", text="", icon="ADD")
        buttons.operator("neural_motion.remove_face_channel", text="", icon="REMOVE")
        draw_hint(layout, chosen.channels, "Found by the shapes' names when speech is generated")
        if 0 <= chosen.active_channel < len(chosen.channels):
            _draw_row(layout, context, chosen.channels[chosen.active_channel])
        row = layout.row(align=True)
        row.menu("NEURALMOTION_MT_face_presets", text="", icon="PRESET")
        row.prop(chosen, "preset", text="")
        row.operator("neural_motion.save_face_preset", text="", icon="ADD")
        row.operator("neural_motion.delete_face_preset", text="", icon="REMOVE")


def _draw_row(
    layout: bpy.types.UILayout, context: bpy.types.Context, row: bpy.types.PropertyGroup
) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(row, "channel")
    layout.prop(row, "kind")
    character = speaking(context)
    armature, meshes = armature_of(character), find_face_meshes(character)
    if row.kind != TargetKind.SHAPE.value and armature is not None:
        layout.prop_search(row, "target", armature.pose, "bones")
    elif row.kind == TargetKind.SHAPE.value and len(meshes) == 1:
        layout.prop_search(row, "target", meshes[0].data.shape_keys, "key_blocks")
    else:
        layout.prop(row, "target")
    layout.prop(row, "gain")


class NEURALMOTION_PT_speech_keys(_OfCharacter, bpy.types.Panel):
    bl_label = "Keys"
    bl_parent_id = "NEURALMOTION_PT_speech_options"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        draw_layer_result(self.layout, chosen_settings(context, "speech").result)


CLASSES = (
    NEURALMOTION_UL_face_channels,
    NEURALMOTION_PT_speech,
    NEURALMOTION_PT_speech_style,
    *HEARD,
    NEURALMOTION_PT_speech_options,
    NEURALMOTION_PT_speech_channels,
    NEURALMOTION_PT_speech_keys,
)
