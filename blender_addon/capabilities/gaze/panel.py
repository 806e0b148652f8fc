"""Panel of the gaze: what there is to look at, whose voice, go."""

from __future__ import annotations

from functools import partial

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.result_properties import draw_layer_result
from ...blender.models.chosen import draw_models
from ...blender.sound.choice import draw_sound
from ...blender.ui.common import InTab, draw_generate, draw_hint, draw_keyable, draw_wrapped
from ...core.gaze.request import GazeSettings
from ...core.notes import Note
from ...core.settings import Seeded, declared
from ..character.chosen import chosen_settings
from .depends import made_from
from .properties import (
    describe_eyes,
    gaze_characters,
    gazing,
    reason_not_to_look,
    reason_not_to_look_all,
)


class _OfCharacter(InTab):
    """Mix-in of the panels that show one character's settings."""

    bl_parent_id = "NEURALMOTION_PT_gaze"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return gazing(context) is not None


class NEURALMOTION_UL_gaze_targets(bpy.types.UIList):
    """One line for each target."""

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
        split = layout.split(factor=0.7)
        name = "(empty)" if item.target is None else item.bone or item.target.name
        split.label(text=name, icon="ERROR" if item.target is None else _ICONS[item.kind])
        split.prop(item, "weight", text="", emboss=False)


_ICONS = {"PARTNER": "USER", "OBJECT": "OBJECT_DATA", "DISTRACTION": "HIDE_OFF"}


class NEURALMOTION_PT_gaze(InTab, bpy.types.Panel):
    bl_label = "Gaze"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "gaze")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            _draw_targets(layout, chosen)
            draw_keyable(layout, chosen, "role")
        when = context.scene.neural_motion.gaze
        layout.prop(when, "range")
        if when.range == "FRAMES":
            column = layout.column(align=True)
            column.prop(when, "first_frame")
            column.prop(when, "last_frame")
        draw_generate(layout, context, "neural_motion.generate_gaze", reason_not_to_look(context))
        row = layout.row(align=True)
        several = len(gaze_characters(context)) > 1 and reason_not_to_look_all(context) is None
        if several:
            row.operator("neural_motion.generate_gaze_all", icon="COMMUNITY")
        if chosen is not None and chosen.last_result:
            text = "" if several else "Switch Gaze On or Off"
            row.operator("neural_motion.show_gaze", text=text, icon="HIDE_OFF")
        if chosen is not None:
            draw_if_stale(layout, chosen, "gaze", partial(made_from, context.scene, chosen.id_data))
            draw_last_result(layout, chosen, "gaze")


def _draw_targets(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    row = layout.row()
    row.template_list(
        "NEURALMOTION_UL_gaze_targets", "", chosen, "targets", chosen, "active_target", rows=2
    )
    buttons = row.column(align=True)
    buttons.operator("neural_motion.add_gaze_target", text="", icon="ADD")
    buttons.operator("neural_motion.remove_gaze_target", text="", icon="REMOVE")
    draw_hint(layout, chosen.targets, "No targets yet: + adds one to look at")
    if 0 <= chosen.active_target < len(chosen.targets):
        target = chosen.targets[chosen.active_target]
        column = layout.column(align=True)
        column.prop(target, "target")
        if target.target is not None and target.target.type == "ARMATURE":
            column.prop_search(target, "bone", target.target.data, "bones")
        column.prop(target, "kind")
        draw_keyable(column, target, "weight")


class NEURALMOTION_PT_gaze_sound(_OfCharacter, bpy.types.Panel):
    bl_label = "Voices"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "gaze")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for title, sound in (("Own Voice", chosen.sound), ("Partner's", chosen.partner_sound)):
            layout.label(text=title)
            draw_sound(layout, context.scene, sound)
        draw_wrapped(layout, "With None, a partner's own voice is taken from its settings", "INFO")


class NEURALMOTION_PT_gaze_style(_OfCharacter, bpy.types.Panel):
    bl_label = "Style"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_settings(context, "gaze")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for each in (*declared(GazeSettings), *declared(Seeded)):
            layout.prop(chosen, each.name)
        draw_models(layout, context, "gaze")


class NEURALMOTION_PT_gaze_eyes(_OfCharacter, bpy.types.Panel):
    bl_label = "Eyes"
    bl_parent_id = "NEURALMOTION_PT_gaze_style"

    def draw(self, context: bpy.types.Context) -> None:
        rig = gazing(context)
        chosen = chosen_settings(context, "gaze")
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "eye_kind")
        armature = armature_of(rig)
        if chosen.eye_kind == "BONES" and armature is not None:
            for name in ("left_bone", "right_bone"):
                layout.prop_search(chosen, name, armature.data, "bones")
        if chosen.eye_kind == "OBJECTS":
            for name in ("left_object", "right_object"):
                layout.prop(chosen, name)
        if armature is not None:
            for name in ("head_bone", "neck_bone"):
                layout.prop_search(chosen, name, armature.data, "bones")
        layout.prop(chosen, "eye_limits")
        if chosen.eye_limits == "MANUAL":
            column = layout.column(align=True)
            for name in ("eye_limit_side", "eye_limit_up", "eye_limit_down"):
                column.prop(chosen, name)
        found, problems = describe_eyes(rig)
        for part in found.split("; ") if found else ():
            draw_wrapped(layout, part, "CHECKMARK")
        for problem in problems:
            draw_wrapped(layout, problem, "INFO" if isinstance(problem, Note) else "ERROR")


class NEURALMOTION_PT_gaze_keys(_OfCharacter, bpy.types.Panel):
    bl_label = "Keys"
    bl_parent_id = "NEURALMOTION_PT_gaze_style"

    def draw(self, context: bpy.types.Context) -> None:
        draw_layer_result(self.layout, chosen_settings(context, "gaze").result)


CLASSES = (
    NEURALMOTION_UL_gaze_targets,
    NEURALMOTION_PT_gaze,
    NEURALMOTION_PT_gaze_sound,
    NEURALMOTION_PT_gaze_style,
    NEURALMOTION_PT_gaze_eyes,
    NEURALMOTION_PT_gaze_keys,
)
