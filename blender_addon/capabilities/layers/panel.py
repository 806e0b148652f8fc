"""Panel of what was written on the chosen character: a row for each result."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.layers.found import LayerResult
from ...blender.layers.influence import influence_of
from ...blender.layers.switching import is_muted, is_solo, silenced_on
from ...blender.ui.common import InTab, draw_wrapped
from ...core.wording import listed
from ..character.chosen import NOBODY, chosen_character, settings_of
from .known import chosen_datablocks, chosen_results, seems_untouched
from .properties import in_order

_ICONS: Final = {
    "walk": "ARMATURE_DATA",
    "gaze": "HIDE_OFF",
    "speech": "SPEAKER",
    "gesture": "VIEW_PAN",
    "editing": "ACTION_TWEAK",
    **dict.fromkeys(("fill", "clean", "restyle", "vary"), "ACTION_TWEAK"),
    "quadruped": "ARMATURE_DATA",
    "video": "FILE_MOVIE",
    "secondary": "FORCE_WIND",
    "merged": "NLA",
}
_OTHER: Final = "ACTION"
_TOUCHED: Final = "GREASEPENCIL"
_FRAMES: Final = 0.42


class NEURALMOTION_PT_layers(InTab, bpy.types.Panel):
    bl_label = "Layers"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        character, layout = chosen_character(context), self.layout
        if character is None:
            draw_wrapped(layout, NOBODY, "INFO")
            return
        results = chosen_results(context)
        if not results:
            draw_wrapped(layout, "Nothing was generated for this character yet", "INFO")
            return
        settings = settings_of(character, "layers")
        layout.row(align=True).prop(settings, "sorting", expand=True)
        silenced = silenced_on(chosen_datablocks(context), results)
        touched = [each for each in results if not seems_untouched(each)]
        for each in in_order(results, settings.sorting):
            _draw_row(layout, each, each.name in silenced, each in touched)
        if silenced:
            draw_wrapped(layout, f"Solo silences {listed(silenced)}", "SOLO_ON")
        if touched:
            draw_wrapped(layout, "Changed by hand, so it is kept", _TOUCHED)


def _draw_row(
    layout: bpy.types.UILayout, result: LayerResult, silenced: bool, touched: bool
) -> None:
    column = layout.column(align=True)
    plays = not silenced and not is_muted(result)
    _draw_title(column.row(align=True), result, touched, plays)
    _draw_tools(column.row(align=True), result, plays)


def _draw_title(row: bpy.types.UILayout, result: LayerResult, touched: bool, plays: bool) -> None:
    switches = row.row(align=True)
    switches.enabled = bool(result.strips)
    tick = "CHECKBOX_DEHLT" if is_muted(result) else "CHECKBOX_HLT"
    _button(switches, "mute_layer", tick, result, emboss=False)
    name = row.row(align=True)
    name.active = plays
    name.label(text=result.name, icon=_ICONS.get(result.capability, _OTHER))
    if touched:
        row.label(text="", icon=_TOUCHED)
    switches = row.row(align=True)
    switches.enabled = bool(result.strips)
    star = "SOLO_ON" if is_solo(result) else "SOLO_OFF"
    _button(switches, "solo_layer", star, result, emboss=False)


def _draw_tools(row: bpy.types.UILayout, result: LayerResult, plays: bool) -> None:
    first, last = result.span
    split = row.split(factor=_FRAMES, align=True)
    _button(split, "jump_to_layer", "NONE", result, text=f"{first:.0f} – {last:.0f}")
    rest = split.row(align=True)
    if result.strips:
        slider = rest.row(align=True)
        slider.enabled, slider.active = influence_of(result) is not None, plays
        slider.prop(result.lead.neural_motion_row, "influence", text="", slider=True)
        _button(rest, "select_layer", "RESTRICT_SELECT_OFF", result)
        _button(rest, "merge_layer", "TRIA_DOWN_BAR", result)
    else:
        _button(rest, "push_layer_down", "NONE", result, text="Push Down")
    _button(rest, "remove_layer", "X", result)


def _button(
    layout: bpy.types.UILayout,
    operator: str,
    icon: str,
    result: LayerResult,
    text: str = "",
    emboss: bool = True,
) -> None:
    told = layout.operator(f"neural_motion.{operator}", text=text, icon=icon, emboss=emboss)
    told.action = result.name


CLASSES = (NEURALMOTION_PT_layers,)
