"""Panel of physics: what the body tries, how strong it is, who helps it, go."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.result_properties import draw_result_options
from ...blender.models.chosen import draw_models
from ...blender.ui.common import (
    InTab,
    draw_generate,
    draw_hint,
    draw_keyable,
    draw_wrapped,
)
from ...core.physics.settings import Balancer, Mode
from .properties import (
    NO_POLICY,
    NEURALMOTION_PG_physics,
    body_title,
    chosen_physics,
    has_policy,
    reason_not_to_generate,
)

_LABELS: Final = 0.4
"""Of the width: where Blender parts labels from fields."""
_FRAME, _BODY = 0.22, 0.6
"""Parts of a line of the list of pushes."""


class NEURALMOTION_PT_physics(InTab, bpy.types.Panel):
    bl_label = "Physics"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_physics(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            column = layout.column(align=True)
            row = column.row(align=True)
            row.use_property_split = False
            row.prop(chosen, "mode", expand=True)
            column.separator(factor=0.5)
            _draw_mode(column, chosen)
        reason = reason_not_to_generate(context)
        draw_generate(layout, context, "neural_motion.generate_physics", reason)
        if chosen is not None:
            column = layout.column(align=True)
            draw_if_stale(column, chosen, "physics", lambda: _made_from(context, chosen))
            draw_last_result(column, chosen, "physics")


def _made_from(context: bpy.types.Context, chosen: Any) -> Any:
    # Not above: drawing a panel does not wait for what writes motions.
    from .depends import made_from

    return made_from(context.scene, chosen)


def _draw_mode(column: bpy.types.UILayout, chosen: NEURALMOTION_PG_physics) -> None:
    """What belongs to the mode that is chosen."""
    if chosen.mode == Mode.BALANCE.value:
        _draw_balancer(column, chosen)
    if chosen.mode == Mode.FALL.value:
        column.prop(chosen, "fall_frame")
        column.prop(chosen, "fade")
    column.prop(chosen, "muscles")
    if chosen.mode != Mode.BALANCE.value:
        draw_keyable(column, chosen, "help", text="Help (%)")
    column.prop(chosen, "get_back")


def _draw_balancer(column: bpy.types.UILayout, chosen: NEURALMOTION_PG_physics) -> None:
    parts = column.split(factor=_LABELS, align=True)
    parts.use_property_split = False
    label = parts.row()
    label.alignment = "RIGHT"
    label.label(text=chosen.bl_rna.properties["balancer"].name)
    row, known = parts.row(align=True), has_policy()
    row.prop_enum(chosen, "balancer", Balancer.PLAN.value)
    policy = row.row(align=True)
    policy.enabled = known
    policy.prop_enum(chosen, "balancer", Balancer.POLICY.value)
    if not known and chosen.balancer == Balancer.PLAN.value:
        draw_wrapped(column, NO_POLICY, "INFO")


class _OfPhysics(InTab):
    """Mix-in of the panels that show one character's settings."""

    bl_parent_id = "NEURALMOTION_PT_physics"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_physics(context) is not None


class NEURALMOTION_PT_physics_pushes(_OfPhysics, bpy.types.Panel):
    bl_label = "Pushes"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_physics(context), self.layout
        row = layout.row()
        row.template_list(
            "NEURALMOTION_UL_physics_pushes", "", chosen, "pushes", chosen, "active_push", rows=3
        )
        buttons = row.column(align=True)
        buttons.operator("neural_motion.add_physics_push", text="", icon="ADD")
        buttons.operator("neural_motion.remove_physics_push", text="", icon="REMOVE")
        buttons.operator("neural_motion.clear_physics_pushes", text="", icon="X")
        draw_hint(
            layout, chosen.pushes, "No pushes yet: add one on the frame of the playhead, where to "
            "you look",
        )  # fmt: skip
        if not 0 <= chosen.active_push < len(chosen.pushes):
            return
        layout.use_property_split = True
        layout.use_property_decorate = False
        column, push = layout.column(align=True), chosen.pushes[chosen.active_push]
        column.prop(push, "frame")
        column.prop(push, "body")
        column.prop(push, "strength")
        column.prop(push, "duration")
        column.prop(push, "direction")
        column.operator("neural_motion.aim_physics_push", icon="HIDE_OFF")


class NEURALMOTION_UL_physics_pushes(bpy.types.UIList):
    """One line for each push: its frame, the part of the body, how strong it is."""

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
        row = layout.split(factor=_FRAME)
        row.prop(item, "frame", text="", emboss=False)
        rest = row.split(factor=_BODY)
        rest.label(text=body_title(item.body))
        rest.prop(item, "strength", text="", emboss=False)


class NEURALMOTION_PT_physics_world(_OfPhysics, bpy.types.Panel):
    bl_label = "Ground and Obstacles"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_physics(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("ground", "ground_collection", "obstacles", "footsteps"):
            layout.prop(chosen, name)
        if chosen.footsteps:
            layout.prop(chosen, "walk_anew")


class NEURALMOTION_PT_physics_options(_OfPhysics, bpy.types.Panel):
    bl_label = "Options"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_physics(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_models(layout, context, "physics")
        layout.prop(chosen, "mass_kg", text="Mass (kg)")
        layout.prop(chosen, "seed")
        layout.prop(chosen, "use_range")
        if chosen.use_range:
            column = layout.column(align=True)
            column.prop(chosen, "first_frame")
            column.prop(chosen, "last_frame")


class NEURALMOTION_PT_physics_keys(_OfPhysics, bpy.types.Panel):
    bl_label = "Keys"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        draw_result_options(
            self.layout,
            chosen_physics(context).result,
            ("replace_last", "blend_in", "blend_out", "markers", "density"),
            ("turn_bound", "shift_bound_mm"),
        )


CLASSES: Final = (
    NEURALMOTION_UL_physics_pushes,
    NEURALMOTION_PT_physics,
    NEURALMOTION_PT_physics_pushes,
    NEURALMOTION_PT_physics_world,
    NEURALMOTION_PT_physics_options,
    NEURALMOTION_PT_physics_keys,
)
