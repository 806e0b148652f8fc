"""The mouth shapes that were heard of the chosen sound, to look through and to correct."""

from __future__ import annotations

import bpy

from ...blender.ui.common import InTab, draw_wrapped
from ..character.chosen import chosen_character, chosen_settings
from .heard import MOST_LISTED, heard_of, is_told
from .heard_properties import KINDS
from .heard_solve import GONE
from .model import what_model_lacks

_NOT_YET = "Generate Speech lists the mouth shapes here that it hears"
_TITLES = {item[0]: item[1] for item in KINDS}


class NEURALMOTION_UL_heard_phones(bpy.types.UIList):
    """One line for each mouth shape: whether it counts, its frame, what it is, how sure that is."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
    ) -> None:
        row = layout.row(align=True)
        row.prop(item, "used", text="")
        part = row.split(factor=0.33)  # an icon and a number would push the columns apart
        part.active = item.used
        part.label(text=f"{0.5 * (item.first + item.last):.0f}")
        part = part.split(factor=0.6)
        part.label(text=_TITLES[item.kind])
        if is_told(data, item):
            part.label(text="", icon="GREASEPENCIL")
        else:
            part.label(text=f"{item.sure:.0%}")


class NEURALMOTION_PT_speech_heard(InTab, bpy.types.Panel):
    bl_label = "Mouth Shapes"
    bl_parent_id = "NEURALMOTION_PT_speech"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_character(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        speech, layout = chosen_settings(context, "speech"), self.layout
        heard = heard_of(speech)
        if heard is None:
            draw_wrapped(layout, what_model_lacks(context, "phones") or _NOT_YET, "INFO")
            return
        if lacking := what_model_lacks(context, "phones"):
            draw_wrapped(layout, lacking, "INFO")
            layout = layout.column()
            layout.active = False
        layout.operator("neural_motion.edit_mouth_shapes", icon="ACTION")
        row = layout.row()
        row.template_list(
            "NEURALMOTION_UL_heard_phones", "", heard, "phones", speech, "active_phone", rows=6
        )
        _draw_buttons(row.column(align=True))
        if 0 <= speech.active_phone < len(heard.phones):
            _draw_phone(layout, heard, heard.phones[speech.active_phone])
        if heard.note:
            draw_wrapped(layout, heard.note, "ERROR")
            if heard.note == GONE:
                layout.operator("neural_motion.show_corrections", icon="FILE_REFRESH")
        if heard.rest:
            told = f"{MOST_LISTED} shapes are listed; all others stay as they were heard"
            draw_wrapped(layout, told, "INFO")
            layout.operator("neural_motion.list_heard_here", icon="TIME")
        layout.operator("neural_motion.hear_again", icon="FILE_REFRESH")


def _draw_buttons(column: bpy.types.UILayout) -> None:
    column.operator("neural_motion.add_heard_phone", text="", icon="ADD")
    column.operator("neural_motion.remove_heard_phone", text="", icon="REMOVE")
    column.operator("neural_motion.next_heard_phone", text="", icon="TRIA_LEFT").back = True
    column.operator("neural_motion.next_heard_phone", text="", icon="TRIA_RIGHT").back = False
    column.operator("neural_motion.reset_heard_phone", text="", icon="LOOP_BACK")


def _draw_phone(
    layout: bpy.types.UILayout, heard: bpy.types.PropertyGroup, phone: bpy.types.PropertyGroup
) -> None:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.active = phone.used
    for name in ("kind", "first", "last"):
        column.prop(phone, name)
    strength = column.column()
    lips = phone.kind in ("BILABIAL", "LABIODENTAL", "ROUNDED_GLIDE")
    strength.active = lips or is_told(heard, phone)
    strength.prop(phone, "closure")


CLASSES = (NEURALMOTION_UL_heard_phones, NEURALMOTION_PT_speech_heard)
