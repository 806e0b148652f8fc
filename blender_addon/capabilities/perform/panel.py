"""Panel of the performance: the voices, who is talked with, which parts, go."""

from __future__ import annotations

from functools import partial

import bpy

from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.sound.choice import draw_sound
from ...blender.ui.common import InTab, draw_generate, draw_wrapped
from ..character.chosen import chosen_character
from ..package import Cue
from .cues import draft_cue, is_filled_in
from .depends import made_from
from .operators import reason_not_to_perform, reason_not_to_perform_both
from .parts import PARTS, box_of
from .properties import NEURALMOTION_PG_perform, performing


class NEURALMOTION_PT_perform(InTab, bpy.types.Panel):
    bl_label = "Perform"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, character = self.layout, chosen_character(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        if character is not None:
            chosen = performing(character)
            _draw_voices(layout, context, chosen)
            cue = draft_cue(context, character)
            if cue is not None:
                _draw_parts(layout, context, character, chosen, cue)
        reason = reason_not_to_perform(context)
        draw_generate(layout, context, "neural_motion.generate_perform", reason)
        if character is None:
            return
        if reason is None and reason_not_to_perform_both(context) is None:
            layout.operator("neural_motion.perform_both", icon="COMMUNITY")
        key = partial(made_from, context.scene, chosen.id_data)
        draw_if_stale(layout, chosen, "perform", key)
        draw_last_result(layout, chosen, "perform")


def _draw_voices(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: NEURALMOTION_PG_perform
) -> None:
    draw_sound(layout, context.scene, chosen)
    if chosen.source == "FILE" or chosen.partner_sound.source == "FILE":
        layout.prop(chosen, "start_frame")
    layout.prop(chosen, "partner")
    if chosen.partner is not None or chosen.partner_sound.source != "NONE":
        layout.label(text="Partner's Voice")
        draw_sound(layout, context.scene, chosen.partner_sound)


def _draw_parts(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    character: bpy.types.Object,
    chosen: NEURALMOTION_PG_perform,
    cue: Cue,
) -> None:
    """A tick box for each part, why it cannot take part, and a button that does it alone again."""
    grid = layout.grid_flow(columns=2, row_major=True, even_columns=True, align=True)
    grid.use_property_split = False
    notes = layout.column(align=True)
    for name, part in PARTS.items():
        reason = part.reason(context, character, cue)
        row = grid.row(align=True)
        box = row.row(align=True)
        box.enabled = reason is None
        box.prop(chosen, box_of(name), text=part.title)
        again = row.row(align=True)
        again.enabled = reason is None and bool(chosen.last_result)
        button = again.operator(
            "neural_motion.generate_perform", text="", icon="FILE_REFRESH", emboss=False
        )
        button.only = name
        if reason is not None and getattr(chosen, box_of(name)):
            draw_wrapped(notes, reason, "INFO")


class NEURALMOTION_PT_perform_options(InTab, bpy.types.Panel):
    bl_label = "Options"
    bl_parent_id = "NEURALMOTION_PT_perform"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_character(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, character = self.layout, chosen_character(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = performing(character)
        for name in ("role", "stand_in", "seed"):
            layout.prop(chosen, name)
        cue = draft_cue(context, character)
        if cue is not None and any(
            not getattr(chosen, box_of(name)) and is_filled_in(context, character, cue, part)
            for name, part in PARTS.items()
        ):
            draw_wrapped(layout, "Nothing moves the body yet: it is let stand", "INFO")


CLASSES = (NEURALMOTION_PT_perform, NEURALMOTION_PT_perform_options)
