"""Add Path: a gentle curve at the 3D cursor."""

from __future__ import annotations

import bpy

from ...blender.ground.path import add_curve


class NEURALMOTION_OT_add_path(bpy.types.Operator):
    """Add a gentle curve at the 3D cursor and choose it as the path"""

    bl_idname = "neural_motion.add_path"
    bl_label = "Add Path"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set("Switch to Object Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.neural_motion.path = add_curve(context)
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_path,)
