"""Sub-panel of the quadruped: which bone each joint is, and how exactly it goes."""

from __future__ import annotations

import json
from typing import Any, Final

import bpy

from ...blender.ui.common import draw_wrapped
from ...core.quadruped.skeleton import JOINTS
from .judged import judge_animal
from .panel import OfQuadruped
from .properties import chosen_quadruped

_NAMES: Final = 0.42
_BONES: Final = 0.66


class NEURALMOTION_PT_quadruped_rig(OfQuadruped, bpy.types.Panel):
    bl_label = "Rig"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_quadruped(context), self.layout
        found = judge_animal(chosen.id_data).found
        kept = kept_residual(chosen)
        column = layout.column(align=True)
        for joint in JOINTS:
            if joint in found.bones:
                _draw_joint(column, joint, found.bones[joint], kept)
        if not kept:
            draw_wrapped(layout, "How exactly each goes is measured by Generate Quadruped", "INFO")


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


CLASSES = (NEURALMOTION_PT_quadruped_rig,)
