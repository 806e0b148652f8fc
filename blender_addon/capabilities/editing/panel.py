"""Panel of the edits of a motion: which one, of what, its few settings, go."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import bpy

from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.result_properties import draw_result_options
from ...blender.layers.found import LayerResult, datablocks_of, result_of, results_on
from ...blender.layers.influence import influence_of
from ...blender.models.chosen import draw_models
from ...blender.ui.common import InTab, draw_generate, draw_wrapped
from ...core.settings import declared
from .choice import Edit
from .choosing import missing_bones, reason_not_to_edit
from .depends import made_from
from .kinds import KINDS, Kind
from .properties import (
    FRAMES,
    GAPS,
    NEURALMOTION_PG_editing,
    chosen_editing,
    may_be_layer,
)
from .ranges import span_of

_COLUMNS: Final = 4
_IN_A_LINE: Final = 4
"""Names of missing bones that are shown."""


class NEURALMOTION_PT_editing(InTab, bpy.types.Panel):
    bl_label = "Motion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen = self.layout, chosen_editing(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        edit = Edit.FILL if chosen is None else Edit(chosen.edit)
        kind = KINDS[edit]
        if chosen is not None:
            column = layout.column(align=True)
            grid = column.grid_flow(columns=_COLUMNS, row_major=True, even_columns=True, align=True)
            grid.use_property_split = False
            for each in KINDS.values():
                grid.prop_enum(chosen, "edit", each.edit.value)
            column.separator(factor=0.5)
            _draw_what(column, chosen, edit)
            _draw_settings(column, chosen, kind)
            _draw_where(column, chosen, kind)
        reason = reason_not_to_edit(context, edit)
        draw_generate(layout, context, kind.operator, reason, text=kind.title, icon=kind.icon)
        if chosen is not None:
            _draw_result(layout, context, chosen)


def _draw_what(column: bpy.types.UILayout, chosen: NEURALMOTION_PG_editing, edit: Edit) -> None:
    """What else an edit is of, besides what plays."""
    if edit is Edit.RESTYLE:
        column.prop(chosen, "reference", icon="ACTION")
        column.prop(chosen, "reference_rig")
    elif edit is Edit.CONNECT:
        column.prop(chosen, "first", icon="ACTION")
        column.prop(chosen, "second", icon="ACTION")
    elif edit in (Edit.FOLLOW, Edit.FILL):
        column.prop(chosen, "path")
    elif edit is Edit.VARY:
        column.prop(chosen, "of_selected")
    elif edit is Edit.CLEAN:
        _draw_missing(column, chosen)


def _draw_missing(layout: bpy.types.UILayout, chosen: NEURALMOTION_PG_editing) -> None:
    names = missing_bones(chosen)
    row = layout.row(align=True)
    row.operator("neural_motion.mark_missing_bones", icon="BONE_DATA")
    if names:
        row.operator("neural_motion.clear_missing_bones", text="", icon="X")
        more = len(names) - _IN_A_LINE
        listed = ", ".join(names[:_IN_A_LINE]) + (f" and {more} more" if more > 0 else "")
        draw_wrapped(layout, f"Missing: {listed}", "BLANK1")


def _draw_settings(column: bpy.types.UILayout, chosen: NEURALMOTION_PG_editing, kind: Kind) -> None:
    own = getattr(chosen, kind.name)
    for each in declared(kind.settings):
        if each.name in kind.shown:
            column.prop(own, each.name)
    if kind.has_seed:
        _draw_beside(column, chosen, ("seed", "variants") if kind.has_variants else ("seed",))


def _draw_where(column: bpy.types.UILayout, chosen: NEURALMOTION_PG_editing, kind: Kind) -> None:
    """Which frames and bones change, and what is written."""
    row = column.row(align=True)
    if kind.has_range:
        row.prop(chosen, "fill_span" if kind.edit is Edit.FILL else "span")
    if kind.has_bones:
        row.prop(chosen, "bones_only", text="", icon="BONE_DATA")
    if kind.has_range:
        _draw_frames(column, chosen, span_of(chosen, kind.edit))
    if may_be_layer(chosen, kind.edit):
        column.row(align=True).prop(chosen.result, "kind", expand=True)


def _draw_frames(column: bpy.types.UILayout, chosen: NEURALMOTION_PG_editing, span: str) -> None:
    if span == FRAMES:
        _draw_beside(column, chosen, ("first_frame", "last_frame"))
    elif span == GAPS:
        column.prop(chosen, "gap")


def _draw_beside(
    column: bpy.types.UILayout, chosen: NEURALMOTION_PG_editing, names: tuple[str, ...]
) -> None:
    """Numbers in one row, each with its name in it."""
    row = column.row(align=True)
    row.use_property_split = False
    for name in names:
        row.prop(chosen, name)


def _draw_result(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: NEURALMOTION_PG_editing
) -> None:
    """What came of the last edit, and how much of it shows."""
    if not chosen.last_result or not chosen.last_result_edit:
        return
    edit, owner = Edit(chosen.last_result_edit), chosen.id_data
    draw_if_stale(layout, chosen, "editing", partial(made_from, context.scene, owner, edit))
    draw_last_result(layout, chosen, "editing")
    for result in last_results(chosen):
        row = layout.row(align=True)
        row.enabled = influence_of(result) is not None
        row.prop(result.lead.neural_motion_row, "influence", text="Strength", slider=True)


def last_results(chosen: NEURALMOTION_PG_editing) -> list[LayerResult]:
    """Layers of the last edit that play still."""
    names = chosen.last_result_names.splitlines()
    owner: bpy.types.Object = chosen.id_data
    found = results_on(datablocks_of([owner]))
    actions = (bpy.data.actions.get((name, None)) for name in names)
    results = (result_of(each, found) for each in actions if each is not None)
    return [each for each in results if each is not None and each.strips]


class NEURALMOTION_PT_editing_more(InTab, bpy.types.Panel):
    bl_label = "More Settings"
    bl_parent_id = "NEURALMOTION_PT_editing"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, chosen = self.layout, chosen_editing(context)
        if chosen is None:  # the panel above says what to do
            return
        _draw_presets(layout, chosen)
        layout.use_property_split = True
        layout.use_property_decorate = False
        kind = KINDS[Edit(chosen.edit)]
        column, own = layout.column(align=True), getattr(chosen, kind.name)
        for each in declared(kind.settings):
            if each.name not in kind.shown:
                column.prop(own, each.name)
        draw_result_options(
            layout,
            chosen.result,
            ("replace_last", "markers", "density"),
            ("turn_bound", "shift_bound_mm"),
        )
        draw_models(layout, context, "editing")


def _draw_presets(layout: bpy.types.UILayout, chosen: Any) -> None:
    row = layout.row(align=True)
    row.menu("NEURALMOTION_MT_editing_presets", text="", icon="PRESET")
    row.prop(chosen, "preset", text="")
    row.operator("neural_motion.save_editing_preset", text="", icon="ADD")
    row.operator("neural_motion.delete_editing_preset", text="", icon="REMOVE")


CLASSES = (NEURALMOTION_PT_editing, NEURALMOTION_PT_editing_more)
