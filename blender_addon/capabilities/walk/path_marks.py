"""Add and remove the places where speed changes or the character stops."""

from __future__ import annotations

import bpy


class NEURALMOTION_OT_add_path_mark(bpy.types.Operator):
    """Add a change of speed or a stop on the path"""

    bl_idname = "neural_motion.add_path_mark"
    bl_label = "Add Speed or Stop"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = context.scene.neural_motion
        chosen.marks.add()
        chosen.active_mark = len(chosen.marks) - 1
        return {"FINISHED"}


class NEURALMOTION_OT_remove_path_mark(bpy.types.Operator):
    """Remove the chosen change of speed or stop"""

    bl_idname = "neural_motion.remove_path_mark"
    bl_label = "Remove Speed or Stop"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not len(context.scene.neural_motion.marks):
            cls.poll_message_set("There is nothing to remove")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = context.scene.neural_motion
        chosen.marks.remove(chosen.active_mark)
        chosen.active_mark = max(0, min(chosen.active_mark, len(chosen.marks) - 1))
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_path_mark, NEURALMOTION_OT_remove_path_mark)
