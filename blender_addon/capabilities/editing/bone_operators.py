"""Marks bones of a capture as missing, and forgets that again."""

from __future__ import annotations

import bpy

from ...blender.ui.reporting import report
from ..character.changing import ChangesCharacter
from ..character.chosen import chosen_armature, reason_without_armature
from .choosing import missing_bones
from .properties import NEURALMOTION_PG_editing, chosen_editing
from .ranges import selected_bones


class _OfBones(ChangesCharacter):
    """Mix-in of operators on the bones that are marked."""

    settings_of = staticmethod(chosen_editing)


class NEURALMOTION_OT_mark_missing_bones(_OfBones, bpy.types.Operator):
    """Mark the bones that are selected in Pose Mode as missing: Clean fills what they do"""

    bl_idname = "neural_motion.mark_missing_bones"
    bl_label = "Mark Selected as Missing"

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is None and not selected_bones(chosen_armature(context)):
            return "Select the bones in Pose Mode first"
        return reason

    def change(self, context: bpy.types.Context, chosen: NEURALMOTION_PG_editing) -> None:
        names = dict.fromkeys((*missing_bones(chosen), *selected_bones(chosen_armature(context))))
        chosen.missing = "\n".join(names)
        report(self, {"INFO"}, f"{len(names)} bones are marked as missing. Clean fills them")


class NEURALMOTION_OT_clear_missing_bones(_OfBones, bpy.types.Operator):
    """Forget which bones were marked as missing"""

    bl_idname = "neural_motion.clear_missing_bones"
    bl_label = "Clear Missing Bones"

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is None and not chosen_armature(context).neural_motion.editing.missing:
            return "No bone is marked as missing"
        return reason

    def change(self, _context: bpy.types.Context, chosen: NEURALMOTION_PG_editing) -> None:
        chosen.missing = ""


CLASSES = (NEURALMOTION_OT_mark_missing_bones, NEURALMOTION_OT_clear_missing_bones)
