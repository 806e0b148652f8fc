"""Panel of the quadruped: where, how fast, in which gait, go."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.start_properties import draw_start
from ...blender.models.chosen import draw_models
from ...blender.ui.common import InTab, draw_generate, draw_hint, draw_wrapped
from ...blender.units import metres_per_unit, units_of
from ...core.quadruped.body import Family, FootKind
from ...core.quadruped.settings import SecondarySettings
from ...core.settings import declared
from ..character.chosen import chosen_armature
from .judged import is_animal, judge_animal, may_be_animal
from .marks import VALUE_OF_KIND, gait_of
from .properties import AS_FOUND, chosen_quadruped, reason_not_to_generate

_FEET: Final = {
    FootKind.HOOF: "It stands on hooves",
    FootKind.PAW: "It stands on paws",
    FootKind.SOLE: "It stands on soles",
}
_DISTANCES: Final = 0.22
_KINDS: Final = 0.5
"""Parts of a line of the marks, the second of what is left: "Look Round" and "1.2 m/s" fit."""


class NEURALMOTION_PT_quadruped(InTab, bpy.types.Panel):
    bl_label = "Quadruped"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not where a person is chosen: a small window has no room for headings of no use."""
        armature = chosen_armature(context)
        return armature is None or may_be_animal(armature)

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_quadruped(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        is_found = chosen is not None and judge_animal(chosen.id_data).found is not None
        if not is_found:
            row = layout.row(align=True)
            add = "neural_motion.add_animal"
            row.operator(add, text="Add Horse", icon="ADD").kind = "horse"
            row.operator(add, text="Add Dog", icon="ADD").kind = "dog"
        if is_found:
            column = layout.column(align=True)
            _draw_found(column, context, chosen)
            _draw_way(column, chosen)
            _draw_gait(column, context, chosen)
        reason = reason_not_to_generate(context)
        draw_generate(layout, context, "neural_motion.generate_quadruped", reason)
        if chosen is not None:
            column = layout.column(align=True)
            draw_if_stale(column, chosen, "quadruped", lambda: _made_from(chosen))
            draw_last_result(column, chosen, "quadruped")


def _made_from(chosen: Any) -> Any:
    # Not above: drawing a panel does not wait for what writes motions.
    from .applying import made_from

    return made_from(chosen)


def _draw_found(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: Any) -> None:
    """What it stands on, how high its hips are, and what is doubtful about that."""
    from .pace import hip_height_m

    found = judge_animal(chosen.id_data).found
    height = units_of(context.scene).length(hip_height_m(context, chosen.id_data) or 0.0)
    foot = found.foot if chosen.foot == AS_FOUND else FootKind[chosen.foot]
    draw_wrapped(layout, f"{_FEET[foot]}, hips at {height}", "ARMATURE_DATA")
    for doubt in found.doubts:
        draw_wrapped(layout, doubt[0].upper() + doubt[1:], "QUESTION")


def _draw_way(layout: bpy.types.UILayout, chosen: Any) -> None:
    layout.prop(chosen, "path")
    if chosen.path is None:
        layout.operator("neural_motion.add_quadruped_path", text="Add Path", icon="CURVE_DATA")
    layout.prop(chosen, "ground")
    layout.prop(chosen, "speed")
    layout.prop(chosen, "gait")


def _draw_gait(layout: bpy.types.UILayout, context: bpy.types.Context, chosen: Any) -> None:
    """Which gait that speed is."""
    from .pace import gait_in_words, hip_height_m

    found = judge_animal(chosen.id_data).found
    hip_m = hip_height_m(context, chosen.id_data)
    if not hip_m or chosen.speed <= 0:
        return
    family = found.family if chosen.family == AS_FOUND else Family[chosen.family]
    speed = chosen.speed * metres_per_unit(context.scene)
    draw_wrapped(layout, gait_in_words(speed, hip_m, family, gait_of(chosen.gait)), "INFO")


class OfQuadruped(InTab):
    """Mix-in of the panels that show what is set for one animal."""

    bl_parent_id = "NEURALMOTION_PT_quadruped"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Where an animal is chosen, or joints of one were set by hand."""
        armature = chosen_armature(context)
        return armature is not None and is_animal(armature)


class NEURALMOTION_UL_quadruped_marks(bpy.types.UIList):
    """One line for each place where something changes, or is done."""

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
        row = layout.split(factor=_DISTANCES, align=True)
        row.prop(item, "distance", text="", emboss=False)
        rest = row.split(factor=_KINDS, align=True)
        rest.prop(item, "kind", text="", emboss=False)
        value = VALUE_OF_KIND.get(item.kind, "seconds")
        if value:
            rest.prop(item, value, text="", emboss=False)


class NEURALMOTION_PT_quadruped_marks(OfQuadruped, bpy.types.Panel):
    bl_label = "Marks"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        chosen = chosen_quadruped(context)
        row = self.layout.row()
        row.template_list(
            "NEURALMOTION_UL_quadruped_marks", "", chosen, "marks", chosen, "active_mark", rows=3
        )
        buttons = row.column(align=True)
        buttons.operator_menu_enum("neural_motion.add_quadruped_mark", "kind", text="", icon="ADD")
        buttons.operator("neural_motion.remove_quadruped_mark", text="", icon="REMOVE")
        draw_hint(self.layout, chosen.marks, "No marks yet: + adds a gait, a stop, something to do")


class NEURALMOTION_PT_quadruped_secondary(OfQuadruped, bpy.types.Panel):
    bl_label = "Tail and Ears"
    bl_order = 1

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(chosen_quadruped(context).secondary, "use", text="")

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_quadruped(context).secondary, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.active = chosen.use
        layout.prop(chosen, "look_at")
        for each in declared(SecondarySettings):
            layout.prop(chosen, each.name)


class NEURALMOTION_PT_quadruped_options(OfQuadruped, bpy.types.Panel):
    bl_label = "Options"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_quadruped(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_models(layout, context, "quadruped")
        draw_start(layout.column(align=True), chosen)
        layout.prop(chosen, "ground_collection", text="Grounds")
        for name in (
            "backward", "root_motion", "stand_before", "stand_after", "seed",
        ):  # fmt: skip
            layout.prop(chosen, name)


CLASSES = (
    NEURALMOTION_UL_quadruped_marks,
    NEURALMOTION_PT_quadruped,
    NEURALMOTION_PT_quadruped_marks,
    NEURALMOTION_PT_quadruped_secondary,
    NEURALMOTION_PT_quadruped_options,
)
