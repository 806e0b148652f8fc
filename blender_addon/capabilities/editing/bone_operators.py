"""Marks bones of a capture as missing, and forgets that again."""

from __future__ import annotations

import bpy

from ...blender.translation import translated
from ...blender.ui.reporting import report
from ..character.chosen import chosen_armature, reason_without_armature
from .choosing import missing_bones
from .ranges import selected_bones


class _OfBones:
    """Mix-in of operators on the bones that are marked."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        return reason_without_armature(context)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None


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

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = chosen_armature(context)
        chosen, new = armature.neural_motion.editing, selected_bones(armature)
        names = dict.fromkeys((*missing_bones(chosen), *new))
        chosen.missing = "\n".join(names)
        report(self, {"INFO"}, f"{len(names)} bones are marked as missing. Clean fills them")
        return {"FINISHED"}


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

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen_armature(context).neural_motion.editing.missing = ""
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_mark_missing_bones, NEURALMOTION_OT_clear_missing_bones)
