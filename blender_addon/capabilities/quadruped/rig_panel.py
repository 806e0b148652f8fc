"""Sub-panel of the quadruped: which bone each joint is, and how exactly it goes."""

from __future__ import annotations

import json
from typing import Any, Final

import bpy

from ...blender.ui.common import draw_hint, draw_wrapped
from ...core.quadruped.skeleton import JOINTS
from .judged import judge_animal
from .panel import OfQuadruped
from .properties import chosen_quadruped

_NAMES: Final = 0.42
_BONES: Final = 0.66


class NEURALMOTION_PT_quadruped_rig(OfQuadruped, bpy.types.Panel):
    bl_label = "Rig"
    bl_parent_id = "NEURALMOTION_PT_quadruped_options"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_quadruped(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "foot")
        layout.prop(chosen, "family")
        _draw_by_hand(layout, chosen)
        found = judge_animal(chosen.id_data).found
        if found is None:
            return
        kept = kept_residual(chosen)
        column = layout.column(align=True)
        for joint in JOINTS:
            if joint in found.bones:
                _draw_joint(column, joint, found.bones[joint], kept)
        if not kept:
            draw_wrapped(layout, "How exactly each goes is measured by Generate Quadruped", "INFO")


def _draw_by_hand(layout: bpy.types.UILayout, chosen: Any) -> None:
    """Joints whose bones are set by hand, a line each."""
    row = layout.row()
    row.template_list(
        "NEURALMOTION_UL_quadruped_joints", "", chosen, "joints", chosen, "active_joint", rows=2
    )
    buttons = row.column(align=True)
    buttons.operator("neural_motion.add_quadruped_joint", text="", icon="ADD")
    buttons.operator("neural_motion.remove_quadruped_joint", text="", icon="REMOVE")
    draw_hint(layout, chosen.joints, "Is a joint below another bone than it should be? + sets it")


class NEURALMOTION_UL_quadruped_joints(bpy.types.UIList):
    """One line for each joint that is set by hand."""

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
        row = layout.row(align=True)
        row.prop(item, "joint", text="", emboss=False)
        row.prop_search(item, "bone", item.id_data.data, "bones", text="")


def _draw_joint(layout: bpy.types.UILayout, joint: str, bone: str, kept: dict[str, float]) -> None:
    parts = layout.split(factor=_NAMES)
    parts.label(text=joint.replace("_", " ").title())
    rest = parts.split(factor=_BONES)
    rest.label(text=bone, translate=False)
    if bone in kept:
        rest.label(text=f"{1000.0 * kept[bone]:.1f} mm", translate=False)


def kept_residual(shown: Any) -> dict[str, float]:
    """Metres by bone, as kept with the last result; empty without any."""
    try:
        kept = json.loads(shown.last_result_bones or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


CLASSES = (NEURALMOTION_UL_quadruped_joints, NEURALMOTION_PT_quadruped_rig)
