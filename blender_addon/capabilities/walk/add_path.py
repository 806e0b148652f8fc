"""Add Path: a gentle curve at the 3D cursor."""

from __future__ import annotations

import bpy

from ...blender.ground.path import add_curve
from ..character.chosen import reason_without_armature
from .properties import chosen_walk


class NEURALMOTION_OT_add_path(bpy.types.Operator):
    """Add a gentle curve at the 3D cursor and choose it as the path"""

    bl_idname = "neural_motion.add_path"
    bl_label = "Add Path"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if context.mode != "OBJECT":
            reason = "Switch to Object Mode first"
        if reason is not None:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from .pace import lengths_per_person

        chosen = chosen_walk(context)
        chosen.path = add_curve(context, size=lengths_per_person(context, chosen.id_data))
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_path,)
