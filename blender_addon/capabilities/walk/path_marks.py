"""Add and remove the places where speed changes or the character stops."""

from __future__ import annotations

import bpy

from ...blender.rows import remove_row
from ...core.errors import SettingsError
from ..character.chosen import reason_without_armature
from .properties import chosen_walk


class NEURALMOTION_OT_add_path_mark(bpy.types.Operator):
    """Add a change of speed or a stop on the path"""

    bl_idname = "neural_motion.add_path_mark"
    bl_label = "Add Speed or Stop"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is not None:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_walk(context)
        # Not above: switching the extension on does not wait for it.
        from .pace import lengths_per_person

        mark, each = chosen.marks.add(), lengths_per_person(context, chosen.id_data)
        mark.distance, mark.speed = mark.distance * each, mark.speed * each
        chosen.active_mark = len(chosen.marks) - 1
        return {"FINISHED"}


class NEURALMOTION_OT_remove_path_mark(bpy.types.Operator):
    """Remove the chosen change of speed or stop"""

    bl_idname = "neural_motion.remove_path_mark"
    bl_label = "Remove Speed or Stop"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen, reason = chosen_walk(context), reason_without_armature(context)
        if reason is None and not len(chosen.marks):
            reason = "There is nothing to remove"
        if reason is not None:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_walk(context)
        try:
            remove_row(chosen.marks, chosen.active_mark)
        except SettingsError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        chosen.active_mark = max(0, min(chosen.active_mark, len(chosen.marks) - 1))
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_path_mark, NEURALMOTION_OT_remove_path_mark)
