"""Add and remove the places along a path where something changes."""

from __future__ import annotations

from typing import Final

import bpy

from ....blender.rows import remove_row
from ....blender.translation import translated
from ....blender.ui.reporting import report
from ....core.errors import SettingsError
from ...character.chosen import reason_without_armature
from ..properties import chosen_walk
from .properties import MARK_KINDS, SLIDERS

_STYLE: Final = ("style", "second_style", "blend")


class NEURALMOTION_OT_add_path_mark(bpy.types.Operator):
    """Add a place on the path where something changes"""

    bl_idname = "neural_motion.add_path_mark"
    bl_label = "Add Change Along the Path"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("kind",)

    kind: bpy.props.EnumProperty(
        name="What", description="What changes there", items=MARK_KINDS, default="STOP"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_walk(context)
        # Not above: switching the extension on does not wait for it.
        from ..pace import lengths_per_person

        mark, each = chosen.marks.add(), lengths_per_person(context, chosen.id_data)
        mark.distance, mark.speed = mark.distance * each, mark.speed * each
        mark.kind = self.kind
        if self.kind == "STYLE":
            for name in _STYLE:
                setattr(mark, name, getattr(chosen.direction, name))
        elif self.kind in SLIDERS:
            name = SLIDERS[self.kind].name
            setattr(mark, name, getattr(chosen.direction, name))
        chosen.active_mark = len(chosen.marks) - 1
        return {"FINISHED"}


class NEURALMOTION_OT_remove_path_mark(bpy.types.Operator):
    """Remove the chosen line"""

    bl_idname = "neural_motion.remove_path_mark"
    bl_label = "Remove Change Along the Path"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen, reason = chosen_walk(context), reason_without_armature(context)
        if reason is None and not len(chosen.marks):
            reason = "There is nothing to remove"
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_walk(context)
        try:
            remove_row(chosen.marks, chosen.active_mark)
        except SettingsError as error:
            report(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        chosen.active_mark = max(0, min(chosen.active_mark, len(chosen.marks) - 1))
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_path_mark, NEURALMOTION_OT_remove_path_mark)
